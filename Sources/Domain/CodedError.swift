/// What kind of failure an error is, seen from the outside. The command turns it into an exit status.
package enum FailureKind: Int32, Sendable, Codable {
    /// The operation failed for a reason no other kind describes.
    case failed = 1
    /// Verification ran and did not pass.
    case verificationFailed = 2
    /// A policy or the state of a case forbids the operation.
    case refused = 3
    /// Something named does not exist.
    case notFound = 4
    /// A history, certificate or artefact does not match its digests.
    case integrity = 5
    /// The command line is wrong.
    case usage = 64
    /// Input data is malformed.
    case badInput = 65
    /// Something could not be created.
    case cannotCreate = 73
    /// Reading or writing failed.
    case io = 74
    /// Another process holds the workspace; trying again later can succeed.
    case locked = 75
    /// The operator interrupted; state was saved and the same command continues.
    case interrupted = 130
}

/// An error that can be shown to an operator: a stable code, a message that names what happened and
/// where, and what to do about it. It never holds personal data.
package protocol ReportableError: Error, Sendable, CustomStringConvertible {
    /// Stable kebab-case identifier, unique within the module, e.g. `truncated-file`.
    var codeName: String { get }
    var kind: FailureKind { get }
    var message: String { get }
    /// Machine-readable facts for `--json`.
    var details: [String: String] { get }
    /// What the operator can do.
    var remedy: String? { get }
}

/// The extensible set of error codes of one module.
package protocol ErrorCode: RawRepresentable<String>, Sendable, Hashable {
    var kind: FailureKind { get }
}

/// The one error shape of the house. A module declares its codes and a typealias:
/// `package typealias IntakeError = CodedError<IntakeErrorCode>`.
package struct CodedError<Code: ErrorCode>: ReportableError {
    package let code: Code
    package let message: String
    package let details: [String: String]
    package let remedy: String?
    package let cause: (any Error)?

    package init(
        _ code: Code, _ message: String, details: [String: String] = [:], remedy: String? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.details = details
        self.remedy = remedy
        self.cause = cause
    }

    package var codeName: String { code.rawValue }
    package var kind: FailureKind { code.kind }
    package var description: String {
        remedy.map { "\(message) \($0)" } ?? message
    }
}

/// Codes of the failures that every module shares.
package struct DomainErrorCode: ErrorCode {
    package let rawValue: String
    package let kind: FailureKind

    package init(rawValue: String) { self.init(rawValue, .failed) }
    private init(_ rawValue: String, _ kind: FailureKind) {
        self.rawValue = rawValue
        self.kind = kind
    }

    package static let malformedJSON = DomainErrorCode("malformed-json", .badInput)
    package static let unexpectedJSON = DomainErrorCode("unexpected-json", .badInput)
    package static let malformedValue = DomainErrorCode("malformed-value", .badInput)
    package static let unknownName = DomainErrorCode("unknown-name", .notFound)
    package static let fileUnreadable = DomainErrorCode("file-unreadable", .io)
    package static let fileNotWritten = DomainErrorCode("file-not-written", .io)
    package static let interrupted = DomainErrorCode("interrupted", .interrupted)
}

package typealias DomainError = CodedError<DomainErrorCode>
