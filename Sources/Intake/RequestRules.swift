import Domain
import Foundation

/// The rules every request obeys, whatever format it came in. Messages never repeat a value.
enum RequestRules {
    /// Largest file, in bytes.
    static let fileByteCount = 1 << 20
    /// Deepest nesting of a document.
    static let depth = 32
    /// Largest identifier value, in bytes of UTF-8.
    static let valueByteCount = 4096
    /// Largest id, ground or scope name, in bytes of UTF-8.
    static let shortTextByteCount = 256
    /// Largest note, in bytes of UTF-8.
    static let noteByteCount = 65_536
    /// Most identifiers, and most scope names, of one request.
    static let listCount = 256
    /// Largest callback URL, in bytes.
    static let urlByteCount = 2048
    /// Most callback URLs of one request.
    static let callbackCount = 16
    /// Most limits of one request; a shop's customer may have many orders.
    static let limitCount = 10_000
    /// Fewest digits of a telephone number.
    static let phoneDigitCount = 5

    /// The bytes of any request file: present, not too many, UTF-8 without NUL.
    /// - Throws: `RequestFault` with code `unreadable-text`.
    static func checkBytes(_ data: Data) throws {
        guard !data.isEmpty else { throw RequestFault(.unreadableText, "the file is empty") }
        guard data.count <= fileByteCount else {
            throw RequestFault(
                .unreadableText,
                "the file has \(data.count) bytes; at most \(fileByteCount) are accepted",
                remedy: "Split it into several files.")
        }
        let bytes = [UInt8](data)
        if let index = bytes.firstIndex(of: 0) {
            throw RequestFault(
                .unreadableText, "the file holds a NUL byte; it must be UTF-8 text",
                at: position(of: index, in: bytes), remedy: "Save the file as UTF-8.")
        }
        if let index = firstInvalidByte(bytes) {
            throw RequestFault(
                .unreadableText, "the file is not valid UTF-8",
                at: position(of: index, in: bytes), remedy: "Save the file as UTF-8.")
        }
    }

    /// Drafts of one file as requests.
    /// - Throws: `RequestFault` with code `invalid-request` or `duplicate-request-id`.
    static func requests(from drafts: [RequestDraft]) throws -> [DeletionRequest] {
        guard !drafts.isEmpty else { throw RequestFault("the file holds no request") }
        // Ids are compared as bytes: Swift's String would call NFC and NFD forms equal.
        var places: [[UInt8]: Place] = [:]
        return try drafts.map { draft in
            let request = try request(from: draft)
            if let first = places.updateValue(draft.id.place, forKey: Array(draft.id.value.utf8)) {
                throw RequestFault(
                    .duplicateID,
                    "the request id is the same as at \(first.description); ids must be unique",
                    at: draft.id.place)
            }
            return request
        }
    }

    /// One draft as a request.
    static func request(from draft: RequestDraft) throws -> DeletionRequest {
        try checkShort(draft.id, "the request id")
        guard !draft.identifiers.isEmpty || draft.kind != .erasure else {
            throw RequestFault(
                "a request needs at least one identifier of the person",
                at: draft.identifiersPlace)
        }
        guard draft.identifiers.count <= listCount else {
            throw RequestFault(
                "there are \(draft.identifiers.count) identifiers; at most \(listCount) are accepted",
                at: draft.identifiersPlace)
        }
        for identifier in draft.identifiers { try check(identifier) }
        if let ground = draft.ground { try checkShort(ground, "the ground") }
        if draft.scope.count > listCount, let last = draft.scope.last {
            throw RequestFault(
                "there are \(draft.scope.count) scope names; at most \(listCount) are accepted",
                at: last.place)
        }
        for name in draft.scope { try checkShort(name, "the scope name") }
        if let note = draft.note {
            try checkText(note, "the note", byteCount: noteByteCount, linesAllowed: true)
        }
        try checkAttachments(of: draft)
        return DeletionRequest(
            sourceID: draft.id.value, receivedAt: try draft.receivedAt.map(time),
            regime: draft.regime,
            identifiers: draft.identifiers.map {
                PersonalIdentifier(kind: $0.kind, value: $0.value.value, format: $0.format)
            },
            ground: draft.ground?.value, scope: draft.scope.map(\.value), note: draft.note?.value,
            kind: draft.kind, authenticity: draft.authenticity,
            callbacks: draft.callbacks.map(\.value),
            relationships: draft.relationships.map(\.value),
            limits: draft.limits.map { RequestLimit($0.kind, $0.value.value) },
            demandIDs: draft.demandIDs.map(\.value))
    }

    /// What other formats carry beside the person and the ground.
    private static func checkAttachments(of draft: RequestDraft) throws {
        if draft.callbacks.count > callbackCount, let last = draft.callbacks.last {
            throw RequestFault(
                "there are \(draft.callbacks.count) callback URLs; at most \(callbackCount) are "
                    + "accepted", at: last.place)
        }
        for url in draft.callbacks { try checkURL(url) }
        let lists = [
            (draft.relationships, listCount), (draft.demandIDs, listCount),
            (draft.limits.map(\.value), limitCount),
        ]
        for (list, most) in lists where list.count > most {
            throw RequestFault(
                "a list has \(list.count) entries; at most \(most) are accepted",
                at: list.last?.place ?? .document)
        }
        for name in draft.relationships { try checkShort(name, "the relationship") }
        for id in draft.demandIDs { try checkShort(id, "the demand id") }
        for limit in draft.limits {
            try checkText(limit.value, "the limit", byteCount: valueByteCount)
        }
    }

    /// A URL that a status can be sent to: http or https, a host, no user name or password, ASCII.
    private static func checkURL(_ text: Located<String>) throws {
        let parts = URLComponents(string: text.value)
        guard text.value.utf8.count <= urlByteCount,
            text.value.utf8.allSatisfy({ (33...126).contains($0) }),
            let parts, ["https", "http"].contains(parts.scheme?.lowercased()),
            let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil
        else {
            throw RequestFault(
                "a callback is an http or https URL with a host and without a password, at most "
                    + "\(urlByteCount) bytes of ASCII", at: text.place)
        }
    }

    private static func time(_ text: Located<String>) throws -> Timestamp {
        guard let time = Timestamp(text.value) else {
            throw RequestFault(
                "the time is not RFC 3339, e.g. 2026-03-05T09:14:00Z or 2026-03-05", at: text.place)
        }
        return time
    }

    private static func check(_ identifier: RequestDraft.IdentifierDraft) throws {
        let text = identifier.value
        try checkText(text, "the identifier value", byteCount: valueByteCount)
        if let count = identifier.format.digitCount {
            let isHash =
                text.value.utf8.count == count
                && text.value.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
            guard isHash else {
                throw RequestFault(
                    "a \(identifier.format.rawValue) value must be \(count) lower-case hexadecimal "
                        + "digits", at: text.place)
            }
            return
        }
        switch identifier.kind {
        case .email:
            let parts = text.value.utf8.split(
                separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
                !text.value.unicodeScalars.contains(where: \.properties.isWhitespace)
            else {
                throw RequestFault(
                    "an e-mail address has exactly one @, text on both sides and no white space",
                    at: text.place)
            }
        case .phone:
            let digitCount = text.value.unicodeScalars.count {
                $0.properties.numericType == .decimal
            }
            guard digitCount >= phoneDigitCount else {
                throw RequestFault(
                    "a telephone number has at least \(phoneDigitCount) digits", at: text.place)
            }
        case .dateOfBirth:
            guard text.value.utf8.count == 10, Timestamp(text.value) != nil else {
                throw RequestFault(
                    "a date of birth is a calendar date written year-month-day, e.g. 1984-12-31",
                    at: text.place)
            }
        case .name, .address, .username, .text, .nationalID, .customerID, .recordID: break
        }
    }

    private static func checkShort(_ text: Located<String>, _ what: String) throws {
        try checkText(text, what, byteCount: shortTextByteCount)
    }

    private static func checkText(
        _ text: Located<String>, _ what: String, byteCount: Int, linesAllowed: Bool = false
    ) throws {
        let scalars = text.value.unicodeScalars
        guard scalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw RequestFault("\(what) is empty", at: text.place)
        }
        guard text.value.utf8.count <= byteCount else {
            throw RequestFault(
                "\(what) has \(text.value.utf8.count) bytes; at most \(byteCount) are accepted",
                at: text.place)
        }
        for scalar in scalars {
            let isLineText = scalar == "\n" || scalar == "\r" || scalar == "\t"
            guard scalar.properties.generalCategory != .control || (linesAllowed && isLineText)
            else { throw RequestFault("\(what) holds a control character", at: text.place) }
            // XML cannot carry these two, and no text needs them.
            guard scalar.value != 0xFFFE, scalar.value != 0xFFFF else {
                throw RequestFault("\(what) holds a noncharacter", at: text.place)
            }
        }
    }

    /// Line and column of a byte offset.
    static func position(of index: Int, in bytes: [UInt8]) -> Place {
        let before = bytes[..<index]
        let line = before.count { $0 == 10 } + 1
        let lineStart = before.lastIndex(of: 10).map { $0 + 1 } ?? 0
        return Place(line: line, column: index - lineStart + 1)
    }

    private static func firstInvalidByte(_ bytes: [UInt8]) -> Int? {
        if String(validating: bytes, as: UTF8.self) != nil { return nil }
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var index = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded): index += encoded.count
            case .error, .emptyInput: return index
            }
        }
    }
}
