import Domain

/// Gathers everything that a record is posted under.
///
/// One pass over the folded text looks for the only two kinds of byte with which an e-mail address, a
/// number or a date can be found - the sign `@` and digits - and looks closer only there.
final class RecordPostings {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    private let hasher: FormHasher
    private let keys: PostingKeys
    /// Of the current record: distinct, in the order in which they were found.
    private(set) var found: [(key: UInt64, source: PostingSource)] = []
    private var joined: [Range<Int>] = []
    private var form: [UInt8] = []
    private let subjectText = FoldingBuffer()

    init(_ keys: PostingKeys) {
        self.keys = keys
        hasher = FormHasher(keys)
    }

    func removeAll() { found.removeAll(keepingCapacity: true) }

    /// Adds what a folded text holds.
    func detect(in text: Bytes, _ source: PostingSource) {
        var index = 0
        joined.removeAll(keepingCapacity: true)
        while true {
            index = Self.nextSign(in: text, from: index)
            guard index < text.count else { break }
            if text[index] == UInt8(ascii: "@") {
                if let email = IdentifierDetector.email(in: text, at: index) {
                    post(email: Bytes(rebasing: text[email]), source)
                }
                index += 1
                continue
            }
            let start = index
            while index < text.count, IdentifierDetector.isDigit(text[index]) { index += 1 }
            if let last = joined.last,
                !IdentifierDetector.isSeparator(text, last.upperBound..<start)
            {
                postNumbers(text, source)
            }
            joined.append(start..<index)
            if index - start == 4 {
                DateDetector.dates(in: text, year: start..<index) { year, month, day in
                    post(.dateOfBirth, DateDetector.form(year, month, day), source)
                }
            }
        }
        postNumbers(text, source)
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
                IdentifierDetector.email(in: text, at: at) == 0..<text.count
            else { return false }
            post(email: text, .declared)
            return true
        }
        if value.kind.elementsEqual("phone".utf8) {
            form.removeAll(keepingCapacity: true)
            for byte in text {
                guard (32...126).contains(byte) else { return false }
                if IdentifierDetector.isDigit(byte) { form.append(byte) }
            }
            guard !form.isEmpty, !form.starts(with: "00".utf8) else { return false }
            let digits = form
            digits.withUnsafeBufferPointer { digits in
                post(.phone, digits, .declared)
                if PhoneNumber.isNorthAmerican(digits) {
                    postForms(ofInternational: digits, .phone, .declared)
                }
            }
            return true
        }
        if value.kind.elementsEqual("name".utf8) {
            var last: UInt8 = 32
            form.removeAll(keepingCapacity: true)
            for byte in text {
                let small = byte | 32
                guard (97...122).contains(small) || (byte == 32 && last != 32) else { return false }
                form.append(byte == 32 ? 32 : small)
                last = byte
            }
            guard last != 32 else { return false }
            post(.name, form, .declared)
            if !form.elementsEqual(text) { post(.name, text, .declared) }
            return true
        }
        return false
    }

    /// Printable ASCII that folds to itself.
    static func isSmall(_ byte: UInt8) -> Bool {
        (33...126).contains(byte) && !(65...90).contains(byte) && byte != UInt8(ascii: "\\")
    }

    /// Adds a declared value in canonical form.
    func add(_ kind: IdentifierKind, canonical: String) {
        for form in IdentifierForms.forms(kind, canonical) {
            post(PostingGroup(kind), Array(form.utf8), .declared)
        }
        if kind == .email,
            let plain = IdentifierDetector.withoutTag(Array(canonical.utf8)[...])
        {
            post(.email, plain, .declared)
        }
    }

    /// Adds a subject; gives its row.
    func add(subject: Bytes) -> Int64 {
        if subject.allSatisfy(Self.isSmall) {
            // Most ids are their own normal form, and its key serves as row.
            let key = hasher.key(.subject, subject)
            post(key, .attribution)
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

    private func post(email: Bytes, _ source: PostingSource) {
        post(.email, email, source)
        // The address without a tag in its local part.
        guard let at = email.lastIndex(of: UInt8(ascii: "@")),
            let plus = email[..<at].firstIndex(of: UInt8(ascii: "+")), plus > 0
        else { return }
        form.removeAll(keepingCapacity: true)
        form.append(contentsOf: email[..<plus])
        form.append(contentsOf: email[at...])
        post(.email, form, source)
    }

    private func postNumbers(_ text: Bytes, _ source: PostingSource) {
        defer { joined.removeAll(keepingCapacity: true) }
        let digitCount = joined.reduce(0) { $0 + $1.count }
        guard digitCount >= IdentifierDetector.digitCounts.lowerBound else { return }
        IdentifierDetector.numbers(in: text, joined: joined) { digits, isInternational in
            post(.digits, digits, source)
            let isDialled = digits[0] == 48 && digits[1] == 48
            guard isInternational || isDialled else { return }
            let isDropped = !isInternational && digits.count > 9
            let number = isDropped ? Bytes(rebasing: digits[2...]) : digits
            guard isInternational || isDropped else {
                // Too short for a country code after its zeros.
                return postPlus(digits, .digits, source)
            }
            postForms(ofInternational: number, .digits, source)
        }
    }

    /// Posts what `PhoneNumber.forms` gives for an international number, and the first with a plus.
    private func postForms(
        ofInternational digits: Bytes, _ group: PostingGroup, _ source: PostingSource
    ) {
        post(group, digits, source)
        postPlus(digits, group, source)
        let code = PhoneNumber.codeLength(digits)
        guard digits.count - code >= 6 else { return }
        let rest = Bytes(rebasing: digits[code...])
        post(group, rest, source)
        guard digits[0] != UInt8(ascii: "1") else { return }
        form.removeAll(keepingCapacity: true)
        form.append(UInt8(ascii: "0"))
        form.append(contentsOf: rest)
        post(group, form, source)
    }

    private func postPlus(_ digits: Bytes, _ group: PostingGroup, _ source: PostingSource) {
        form.removeAll(keepingCapacity: true)
        form.append(UInt8(ascii: "+"))
        form.append(contentsOf: digits)
        post(group, form, source)
    }

    /// The next digit or `@`; the text's count if there is none.
    @inline(__always)
    private static func nextSign(in text: Bytes, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        guard let base = UnsafeRawPointer(text.baseAddress) else { return 0 }
        var index = start
        while index + 8 <= text.count {
            let word = UInt64(
                littleEndian: (base + index).loadUnaligned(as: UInt64.self))
            let low = word & ~highs
            let isDigit = (low &+ ones &* (128 - 48)) & ~(low &+ ones &* (128 - 58))
            let isAt = ~((low ^ ones &* 64) &+ ones &* 127)
            let signs = (isDigit | isAt) & highs & ~word
            if signs != 0 { return index + (signs.trailingZeroBitCount >> 3) }
            index += 8
        }
        while index < text.count {
            let byte = text[index]
            if byte == 64 || IdentifierDetector.isDigit(byte) { return index }
            index += 1
        }
        return text.count
    }
}

extension PostingKeys {
    /// The key under which a record's id is posted and looked up.
    func recordIDKey(_ id: String) -> UInt64 {
        // An id of white space alone has no normal form.
        key(.recordID, form: Array((IdentifierForms.forms(.recordID, id).first ?? id).utf8))
    }
}
