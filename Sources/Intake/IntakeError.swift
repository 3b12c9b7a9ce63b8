import Domain

/// What can be wrong with a request file. Every code is of the kind "bad input" except the last.
package struct IntakeErrorCode: ErrorCode {
    package let rawValue: String
    package let kind: FailureKind

    package init(rawValue: String) { self.init(rawValue, .badInput) }
    private init(_ rawValue: String, _ kind: FailureKind = .badInput) {
        self.rawValue = rawValue
        self.kind = kind
    }

    /// The file is empty, larger than 1 MiB, holds a NUL byte or is not UTF-8.
    package static let unreadableText = IntakeErrorCode("unreadable-text")
    /// No format recognises the file.
    package static let unrecognisedFormat = IntakeErrorCode("unrecognised-format")
    /// The file breaks the grammar of JSON or XML.
    package static let malformedDocument = IntakeErrorCode("malformed-document")
    /// The file is well-formed, but not what its format or the rules for requests ask for.
    package static let invalidRequest = IntakeErrorCode("invalid-request")
    /// A valid request for something else than deletion.
    package static let notADeletionRequest = IntakeErrorCode("not-a-deletion-request")
    /// An identifier hashed with an algorithm other than SHA-256, SHA-1 and MD5.
    package static let unsupportedHash = IntakeErrorCode("unsupported-hash")
    /// An identifier of a type that Lethe has no kind for.
    package static let unsupportedIdentifier = IntakeErrorCode("unsupported-identifier")
    /// A signature does not hold under the keys given, or its algorithm is not accepted.
    package static let invalidSignature = IntakeErrorCode("invalid-signature")
    /// A signed message names somebody else as sender or recipient.
    package static let wrongParty = IntakeErrorCode("wrong-party")
    /// A message from the future, or one that has expired.
    package static let outsideValidity = IntakeErrorCode("outside-validity")
    /// A key file, or the key for signing answers, cannot be used.
    package static let unusableKeys = IntakeErrorCode("unusable-keys")
    /// An answer in this format needs something that was not given.
    package static let incompleteReply = IntakeErrorCode("incomplete-reply")
    /// The same request id stands twice in one file.
    package static let duplicateID = IntakeErrorCode("duplicate-request-id")
    /// A schema shipped with Lethe could not be compiled: a defect of this build.
    package static let schemaUnusable = IntakeErrorCode("schema-unusable", .failed)
}

package typealias IntakeError = CodedError<IntakeErrorCode>

/// Where something stands in a request file, as far as it is known.
struct Place: Sendable, Equatable {
    /// Key path (`subject.identifiers[0].value`) or element path (`subject/identifier[1]/@type`).
    var path: String?
    /// From 1.
    var line: Int?
    /// From 1; in bytes for JSON, in characters for XML, where it is just behind the fault.
    var column: Int?

    /// The file as a whole.
    static let document = Place()

    init(path: String? = nil, line: Int? = nil, column: Int? = nil) {
        self.path = path.flatMap { $0.isEmpty ? nil : $0 }
        self.line = line
        self.column = column
    }

    var description: String {
        var parts: [String] = []
        if let line { parts.append("line \(line)") }
        if let column { parts.append("column \(column)") }
        if let path { parts.append(path) }
        return parts.joined(separator: ", ")
    }
}

/// A value together with where it was read, so that a later check can still say where it failed.
struct Located<Value: Sendable>: Sendable {
    let value: Value
    let place: Place

    init(_ value: Value, at place: Place) {
        self.value = value
        self.place = place
    }
}

/// A broken rule at a place, before it is known which file it is about.
struct RequestFault: Error {
    let code: IntakeErrorCode
    let rule: String
    let place: Place
    let remedy: String?

    init(_ rule: String, at place: Place = .document, remedy: String? = nil) {
        self.init(.invalidRequest, rule, at: place, remedy: remedy)
    }

    init(
        _ code: IntakeErrorCode, _ rule: String, at place: Place = .document,
        remedy: String? = nil
    ) {
        self.code = code
        self.rule = rule
        self.place = place
        self.remedy = remedy
    }

    /// The error to report, naming the file.
    func error(source: String) -> IntakeError {
        var details = ["source": source, "rule": rule]
        details["line"] = place.line.map(String.init)
        details["column"] = place.column.map(String.init)
        details["path"] = place.path
        let position = place.description
        return IntakeError(
            code, "\(source)\(position.isEmpty ? "" : ", \(position)"): \(rule).",
            details: details, remedy: remedy ?? "Correct the file and take it in again.")
    }
}
