import Domain

/// Gathers everything that a record is posted under.
///
/// The forms of a record are kept until it is known to be complete, and then queued to become keys.
final class RecordPostings {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    private struct Staged {
        var start: Int
        var count: Int
        var group: PostingGroup
        var source: PostingSource
        var purpose: PostingQueue.Purpose
        var subject: Int
    }

    private let queue: PostingQueue
    private var staged: UnsafeMutablePointer<Staged>
    private var stagedCount = 0
    private var stagedCapacity = 1 << 8
    /// The bytes of the staged forms.
    private var forms: UnsafeMutablePointer<UInt8>
    private var capacity = 1 << 12
    private var used = 0
    private var scanner = TextKeyScanner()
    private var form: [UInt8] = []
    private let subjectText = FoldingBuffer()

    init(_ keys: PostingKeys) {
        queue = PostingQueue(keys)
        staged = .allocate(capacity: stagedCapacity)
        forms = .allocate(capacity: capacity)
    }

    deinit {
        staged.deallocate()
        forms.deallocate()
    }

    /// Forgets what was added since the last `commit`.
    func removeAll() {
        stagedCount = 0
        used = 0
    }

    /// Posts the record.
    func commit(ordinal: Int) {
        for index in 0..<stagedCount {
            let entry = staged[index]
            queue.append(
                entry.group, Bytes(start: forms + entry.start, count: entry.count), entry.purpose,
                place: UInt64(ordinal) << 2 | UInt64(entry.source.rawValue),
                subject: entry.subject)
        }
        removeAll()
    }

    /// Gives the piece what was committed since the last call.
    func finish(_ piece: inout IndexedPiece) {
        (piece.postings, piece.recordIDs, piece.subjectList.rows) =
            queue.finish(subjectCount: piece.subjectList.count)
    }

    /// Adds what a folded text holds.
    func detect(in text: Bytes, _ source: PostingSource) {
        // A copy, so that nothing has to watch over the property meanwhile.
        var scanner = TextKeyScanner()
        swap(&scanner, &self.scanner)
        scanner.scan(text) { post($0, $1, source) }
        swap(&scanner, &self.scanner)
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
            post(.email, text, .declared)
            guard EmailForms.mayHaveMailboxes(text, at: at) else { return true }
            for form in EmailForms.mailboxes(Array(text)[...]) { post(.email, form, .declared) }
            return true
        }
        if value.kind.elementsEqual("phone".utf8) {
            // A plus at the beginning is no part of the declared form.
            form.removeAll(keepingCapacity: true)
            form.append(UInt8(ascii: "+"))
            for byte in text.first == form[0] ? text[1...] : text[...] {
                if IdentifierDetector.isDigit(byte) {
                    form.append(byte)
                } else if byte != 32, byte != UInt8(ascii: "-"), byte != UInt8(ascii: ".") {
                    return false
                }
            }
            // Numbers that begin with 0 may be international ones.
            guard form.count > 1, form[1] > 48 else { return false }
            form.withUnsafeBufferPointer { form in
                post(.phone, Bytes(rebasing: form[1...]), .declared)
                // A North American number: `PhoneNumber.forms`.
                guard form.count == 12, form[1] == 49 else { return }
                post(.phone, Bytes(rebasing: form[2...]), .declared)
                post(.phone, form, .declared)
            }
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

    /// Adds a subject.
    /// - Parameter index: its place in the piece's list of subjects, for its row.
    func add(subject: Bytes, at index: Int) {
        if subject.allSatisfy(Self.isSmall) {
            // Most ids are their own normal form, and its key serves as row.
            stage(.subject, subject, .attribution, .subject, index)
            postCompactMark(of: subject)
            detect(in: subject, .attribution)
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
            stage(.subjectRow, subject, .attribution, .subjectRow, index)
        }
    }

    /// What `IdentifierForms.compactMark` gives for an id that is its own normal form.
    private func postCompactMark(of subject: Bytes) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: subject.count + 1) { mark in
            mark[0] = UInt8(ascii: "=")
            var count = 1
            for byte in subject where FoldedWord.isWordByte(byte) {
                mark[count] = byte
                count += 1
            }
            guard count > IdentifierForms.compactByteCountMinimum else { return }
            post(.subject, Bytes(rebasing: UnsafeBufferPointer(mark)[..<count]), .attribution)
        }
    }

    /// Adds the record's own id.
    func add(recordID id: Bytes) {
        // Most ids are printable ASCII, which is its own normal form.
        guard !id.allSatisfy({ (33...126).contains($0) }) else {
            return stage(.recordID, id, .attribution, .recordID)
        }
        PostingKeys.recordIDForm(String(decoding: id, as: UTF8.self)).withUnsafeBufferPointer {
            stage(.recordID, $0, .attribution, .recordID)
        }
    }

    // MARK: - Posting

    private func post(_ group: PostingGroup, _ form: Bytes, _ source: PostingSource) {
        stage(group, form, source, .posting)
    }

    private func post(_ group: PostingGroup, _ form: [UInt8], _ source: PostingSource) {
        form.withUnsafeBufferPointer { stage(group, $0, source, .posting) }
    }

    private func stage(
        _ group: PostingGroup, _ form: Bytes, _ source: PostingSource,
        _ purpose: PostingQueue.Purpose, _ subject: Int = 0
    ) {
        if used + form.count > capacity {
            capacity = max(capacity * 2, used + form.count)
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
            larger.update(from: forms, count: used)
            forms.deallocate()
            forms = larger
        }
        if let base = form.baseAddress { (forms + used).update(from: base, count: form.count) }
        if stagedCount == stagedCapacity {
            stagedCapacity *= 2
            let larger = UnsafeMutablePointer<Staged>.allocate(capacity: stagedCapacity)
            larger.update(from: staged, count: stagedCount)
            staged.deallocate()
            staged = larger
        }
        staged[stagedCount] = Staged(
            start: used, count: form.count, group: group, source: source, purpose: purpose,
            subject: subject)
        stagedCount += 1
        used += form.count
    }
}

extension PostingKeys {
    /// The key under which a record's id is posted and looked up.
    func recordIDKey(_ id: String) -> UInt64 { key(.recordID, form: Self.recordIDForm(id)) }

    /// An id of white space alone has no normal form and stands for itself.
    static func recordIDForm(_ id: String) -> [UInt8] {
        Array((IdentifierForms.forms(.recordID, id).first ?? id).utf8)
    }
}
