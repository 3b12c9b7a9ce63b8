import Domain
import Foundation

/// The content of one shard line, read and checked.
///
/// A line is a JSON object with `text`, or `prompt` and `completion`, or `question` and `answer`;
/// and, if its owner likes, `id`, `subjects` (strings) and `metadata` (an object, whose `values`
/// object gives typed personal values by identifier type, and whose strings `thread`, `document` and
/// `version_of` say which records belong together).
struct RecordLine {
    let id: String
    let prompt: String
    let completion: String
    let subjects: [String]
    /// In the order of the file; canonical.
    let values: [(kind: IdentifierKind, value: String)]
    /// Ids, unique within the corpus, of what the record is a part of.
    let thread: String?
    let document: String?
    /// The id of the record that this one is a version of: an edit, a translation.
    let versionOf: String?

    private static let keys = [
        "id", "text", "prompt", "completion", "question", "answer", "subjects", "metadata",
    ]
    private static let idByteCountMaximum = 512

    /// - Parameter derivedID: id of a record without one of its own; nil: of file and line.
    /// - Throws: `empty-line`, `invalid-utf8`, `malformed-line`, `unknown-key`, `missing-text`,
    ///   `malformed-field`; each names file and line, none the content.
    init(
        _ bytes: some Collection<UInt8>, path: String, line: Int, derivedID: String? = nil
    ) throws {
        let place = LinePlace(path: path, line: line)
        try place.checkBytes(bytes)
        let document: JSONValue
        do { document = try JSONParser.parse(bytes) } catch let error as DomainError {
            let column = error.details["column"] ?? "?"
            let rule = error.details["rule"] ?? "not a JSON document"
            throw place.error(
                .malformedLine, "malformed JSON at column \(column): \(rule).",
                ["column": column, "rule": rule])
        }
        guard let members = document.members else {
            throw place.error(
                .malformedLine, "an object is expected, not \(document.typeName).")
        }
        for member in members where !Self.keys.contains(member.key) {
            throw place.unknown(member.key, known: Self.keys, what: "key")
        }
        (prompt, completion) = try Self.content(document, place)
        id = try Self.identifier(document, place, derivedID)
        subjects = try Self.subjects(document, place)
        values = try Self.values(document, place)
        thread = try Self.group("thread", document, place)
        self.document = try Self.group("document", document, place)
        versionOf = try Self.group("version_of", document, place)
    }

    func record(digest: Digest) -> CorpusRecord {
        CorpusRecord(
            id: id, prompt: prompt, completion: completion, subjects: subjects,
            values: Dictionary(values.map { ($0.kind, $0.value) }) { first, _ in first },
            digest: digest)
    }

    /// Prompt and completion as a model reads them.
    var text: String { prompt.isEmpty ? completion : prompt + " " + completion }

    private static func content(
        _ document: JSONValue, _ place: LinePlace
    ) throws -> (prompt: String, completion: String) {
        let forms = [(nil, "text"), ("prompt", "completion"), ("question", "answer")]
        let given = forms.filter { first, second in
            document[second] != nil || first.flatMap { document[$0] } != nil
        }
        guard given.count == 1, let form = given.first else {
            throw place.error(
                .missingText,
                given.isEmpty
                    ? "the record has no text."
                    : "the record has more than one of text, prompt/completion, question/answer.",
                remedy: "Give either text, or prompt and completion, or question and answer.")
        }
        func string(_ key: String) throws -> String {
            guard let value = document[key] else {
                throw place.error(.missingText, "the key \"\(key)\" is missing.", ["key": key])
            }
            guard let text = value.text else {
                throw place.error(
                    .malformedField, "\"\(key)\" must be a string, not \(value.typeName).",
                    ["key": key])
            }
            return text
        }
        let completion = try string(form.1)
        guard completion.utf8.contains(where: { $0 > 32 }) else {
            throw place.error(.missingText, "\"\(form.1)\" is empty.", ["key": form.1])
        }
        return (try form.0.map(string) ?? "", completion)
    }

    private static func identifier(
        _ document: JSONValue, _ place: LinePlace, _ derived: String?
    ) throws -> String {
        guard let value = document["id"] else {
            return derived ?? derivedID(path: place.path, line: place.line)
        }
        guard let id = value.text, !id.isEmpty, id.utf8.count <= idByteCountMaximum else {
            throw place.error(
                .malformedField,
                "\"id\" must be a string of 1 to \(idByteCountMaximum) bytes.", ["key": "id"])
        }
        return id
    }

    /// The id of a record without one of its own: file and line.
    static func derivedID(path: String, line: Int) -> String {
        "\(URL(fileURLWithPath: path).lastPathComponent):\(line)"
    }

    private static func subjects(_ document: JSONValue, _ place: LinePlace) throws -> [String] {
        guard let value = document["subjects"] else { return [] }
        var subjects: [String] = []
        for item in value.items ?? [JSONValue.null] {
            guard let subject = item.text, !subject.isEmpty,
                subject.utf8.count <= idByteCountMaximum, subject != MatchCandidate.unattributed
            else {
                throw place.error(
                    .malformedField,
                    "\"subjects\" must be an array of subject ids: strings of 1 to "
                        + "\(idByteCountMaximum) bytes other than "
                        + "\"\(MatchCandidate.unattributed)\".",
                    ["key": "subjects"])
            }
            if !subjects.contains(where: { $0.utf8.elementsEqual(subject.utf8) }) {
                subjects.append(subject)
            }
        }
        return subjects
    }

    private static func group(
        _ key: String, _ document: JSONValue, _ place: LinePlace
    ) throws -> String? {
        guard let value = document["metadata"]?[key] else { return nil }
        guard let text = value.text, !text.isEmpty, text.utf8.count <= idByteCountMaximum else {
            throw place.error(
                .malformedField,
                "metadata.\(key) must be a string of 1 to \(idByteCountMaximum) bytes.",
                ["key": "metadata.\(key)"])
        }
        return text
    }

    private static func values(
        _ document: JSONValue, _ place: LinePlace
    ) throws -> [(kind: IdentifierKind, value: String)] {
        guard let metadata = document["metadata"] else { return [] }
        guard metadata.members != nil else {
            throw place.error(
                .malformedField, "\"metadata\" must be an object, not \(metadata.typeName).",
                ["key": "metadata"])
        }
        guard let values = metadata["values"] else { return [] }
        guard let members = values.members else {
            throw place.error(
                .malformedField, "\"metadata.values\" must be an object, not \(values.typeName).",
                ["key": "metadata.values"])
        }
        return try members.map { member in
            guard let kind = IdentifierKind(rawValue: member.key) else {
                throw place.unknown(
                    member.key, known: IdentifierKind.allCases.map(\.rawValue),
                    what: "identifier type in metadata.values")
            }
            guard let text = member.value.text,
                let canonical = IdentifierForms.canonical(kind, text)
            else {
                throw place.error(
                    .malformedField,
                    "metadata.values.\(kind.rawValue) must be "
                        + (kind == .dateOfBirth ? "a date such as 1984-12-31." : "a string."),
                    ["key": "metadata.values.\(kind.rawValue)"])
            }
            return (kind, canonical)
        }
    }
}

/// Where in a shard something is wrong.
private struct LinePlace {
    let path: String
    let line: Int

    func error(
        _ code: LineageErrorCode, _ what: String, _ details: [String: String] = [:],
        remedy: String? = "Correct the line; nothing of this corpus was stored."
    ) -> LineageError {
        LineageError(
            code, "\(path), line \(line): \(what)",
            details: details.merging(["path": path, "line": "\(line)"]) { first, _ in first },
            remedy: remedy)
    }

    func unknown(_ key: String, known: [String], what: String) -> LineageError {
        let shown = String(key.prefix(40))
        let nearest = known.min { editDistance($0, shown) < editDistance($1, shown) }
        return error(
            .unknownKey,
            "unknown \(what) \"\(shown)\". Known: \(known.joined(separator: ", ")).",
            ["key": shown], remedy: nearest.map { "Did you mean \"\($0)\"?" })
    }

    func checkBytes(_ bytes: some Collection<UInt8>) throws {
        var isASCII = true
        var isBlank = true
        for byte in bytes {
            if byte > 127 { isASCII = false }
            if byte != 32, byte != 9, byte != 13 { isBlank = false }
        }
        guard !isBlank else {
            throw error(
                .emptyLine, "the line is empty.",
                remedy: "A shard holds one JSON object a line; remove the empty line.")
        }
        guard !isASCII else { return }
        if line == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw error(
                .malformedLine, "the file begins with a byte-order mark.", ["column": "1"],
                remedy: "Save the shard as UTF-8 without byte-order mark.")
        }
        guard String(validating: bytes, as: UTF8.self) == nil else { return }
        let column = firstInvalid(Array(bytes)) + 1
        throw error(
            .invalidUTF8, "byte \(column) is not UTF-8.", ["column": "\(column)"],
            remedy: "Convert the shard to UTF-8.")
    }

    /// Index of the first byte that does not continue a valid text.
    private func firstInvalid(_ bytes: [UInt8]) -> Int {
        var decoder = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var index = 0
        while true {
            switch decoder.parseScalar(from: &iterator) {
            case .valid(let scalar): index += scalar.count
            case .error, .emptyInput: return index
            }
        }
    }
}
