import Domain

/// Gathers everything that a record is posted under.
final class RecordPostings {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    private let hasher: FormHasher
    private let keys: PostingKeys
    /// Of the current record: distinct, in the order in which they were found.
    private(set) var found: [(key: UInt64, source: PostingSource)] = []
    private var scanner = TextKeyScanner()
    private var form: [UInt8] = []
    private let subjectText = FoldingBuffer()

    init(_ keys: PostingKeys) {
        self.keys = keys
        hasher = FormHasher(keys)
    }

    func removeAll() { found.removeAll(keepingCapacity: true) }

    /// Adds what a folded text holds.
    func detect(in text: Bytes, _ source: PostingSource) {
        scanner.scan(text) { post($0, $1, source) }
    }

    /// Adds a declared value.
    /// - Returns: false if the value is malformed or of an unknown type.
    func add(value: (kind: Bytes, value: Bytes)) -> Bool {
        if addPlain(value) { return true }
        guard let kind = IdentifierKind(rawValue: String(decoding: value.kind, as: UTF8.self)),
            let canonical = IdentifierForms.canonical(
                kind, String(decoding: value.value, as: UTF8.self))
        else { return false }
        add(kind, canonical: canonical)
        return true
    }

    /// Adds a value whose normal forms need no Unicode; false if it is none, or no e-mail address,
    /// telephone number or name. What is posted is what `IdentifierForms` gives.
    private func addPlain(_ value: (kind: Bytes, value: Bytes)) -> Bool {
        let text = value.value
        if value.kind.elementsEqual("email".utf8) {
            guard let at = text.firstIndex(of: UInt8(ascii: "@")), text.allSatisfy(Self.isSmall),
                IdentifierDetector.email(at: at, in: text) == 0..<text.count
            else { return false }
            let email = Array(text)
            post(.email, email, .declared)
            for form in EmailForms.mailboxes(email[...]) { post(.email, form, .declared) }
            return true
        }
        if value.kind.elementsEqual("phone".utf8) {
            form.removeAll(keepingCapacity: true)
            for byte in text {
                if IdentifierDetector.isDigit(byte) {
                    form.append(byte)
                } else if byte != 32, byte != UInt8(ascii: "-"), byte != UInt8(ascii: ".") {
                    return false
                }
            }
            // Other beginnings may be those of international numbers.
            guard let first = form.first, first > 49 || (first == 49 && form.count != 11) else {
                return false
            }
            post(.phone, form, .declared)
            return true
        }
        if value.kind.elementsEqual("name".utf8) {
            var last: UInt8 = 32
            var wordCount = 1
            form.removeAll(keepingCapacity: true)
            for byte in text {
                let small = byte | 32
                guard (97...122).contains(small) || (byte == 32 && last != 32) else { return false }
                form.append(byte == 32 ? 32 : small)
                if byte == 32 { wordCount += 1 }
                last = byte
            }
            // Longer ones may have titles and the like.
            guard last != 32, wordCount <= 2 else { return false }
            post(.name, form, .declared)
            if !form.elementsEqual(text) { post(.name, text, .declared) }
            return true
        }
        return false
    }

    /// Printable ASCII that folds to itself, whatever stands beside it.
    static func isSmall(_ byte: UInt8) -> Bool {
        (33...126).contains(byte) && !(65...90).contains(byte) && byte != UInt8(ascii: "\\")
            && byte != UInt8(ascii: "&") && byte != UInt8(ascii: "%")
    }

    /// Adds a declared value in canonical form.
    func add(_ kind: IdentifierKind, canonical: String) {
        for form in IdentifierForms.forms(kind, canonical) {
            post(PostingGroup(kind), Array(form.utf8), .declared)
        }
    }

    /// Adds the id of a thread, document or earlier version.
    func add(_ group: PostingGroup, _ id: Bytes) { post(group, id, .declared) }

    /// Adds a subject; gives its row.
    func add(subject: Bytes) -> Int64 {
        if subject.allSatisfy(Self.isSmall) {
            // Most ids are their own normal form, and its key serves as row.
            let key = hasher.key(.subject, subject)
            post(key, .attribution)
            if let mark = IdentifierForms.compactMark(ofFolded: subject) {
                post(.subject, mark, .attribution)
            }
            detect(in: subject, .attribution)
            return Int64(bitPattern: key)
        } else {
            for form in IdentifierForms.forms(
                .customerID, String(decoding: subject, as: UTF8.self))
            {
                post(.subject, Array(form.utf8), .attribution)
            }
            subjectText.removeAll()
            subjectText.append(subject)
            subjectText.finish()
            detect(in: subjectText.bytes, .attribution)
        }
        return Int64(bitPattern: hasher.key(.subjectRow, subject))
    }

    /// The key under which a record's id is posted.
    func recordIDKey(_ id: Bytes) -> UInt64 {
        // Most ids are printable ASCII, which is its own normal form.
        if id.allSatisfy({ (33...126).contains($0) }) { return hasher.freshKey(.recordID, id) }
        return keys.recordIDKey(String(decoding: id, as: UTF8.self))
    }

    // MARK: - Posting

    @inline(__always)
    private func post(_ key: UInt64, _ source: PostingSource) {
        for index in found.indices where found[index].key == key && found[index].source == source {
            return
        }
        found.append((key, source))
    }

    private func post(_ group: PostingGroup, _ form: Bytes, _ source: PostingSource) {
        post(hasher.key(group, form), source)
    }

    private func post(_ group: PostingGroup, _ form: [UInt8], _ source: PostingSource) {
        post(hasher.key(group, form), source)
    }
}

extension PostingKeys {
    /// The key under which a record's id is posted and looked up.
    func recordIDKey(_ id: String) -> UInt64 {
        // An id of white space alone has no normal form.
        key(.recordID, form: Array((IdentifierForms.forms(.recordID, id).first ?? id).utf8))
    }
}
