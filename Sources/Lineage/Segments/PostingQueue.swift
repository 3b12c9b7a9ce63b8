/// Turns forms into keys, eight at a time, and puts each key where it belongs.
///
/// Forms are taken up in the order in which they are given, so places rise under each key.
final class PostingQueue {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    /// What becomes of a key.
    enum Purpose: UInt8 {
        case posting
        /// A posting of a record's own id.
        case recordID
        /// A posting, and the row of a subject.
        case subject
        /// The row of a subject alone.
        case subjectRow
    }

    private struct Target {
        var secret: SipKey
        /// Of the posting.
        var place: UInt64
        /// Of a subject's row in `rows`.
        var subject: Int
        var purpose: Purpose
    }

    private let keys: PostingKeys
    /// By the groups' indices.
    private let secrets: UnsafeMutablePointer<SipKey>
    private let lanes = DigestLanes()
    private let targets: UnsafeMutablePointer<Target>
    private var count = 0
    /// Behind a pointer: access to a class's own properties is checked at run time, which for every
    /// posting costs more than the posting.
    private let gathered: UnsafeMutablePointer<Gathered>

    private struct Gathered {
        var postings = PostingBatch()
        var recordIDs = PostingBatch()
        var rows: [Int64] = []
    }

    init(_ keys: PostingKeys) {
        self.keys = keys
        secrets = .allocate(capacity: PostingGroup.allCases.count)
        for group in PostingGroup.allCases { (secrets + group.index).initialize(to: keys[group]) }
        targets = .allocate(capacity: DigestLanes.laneCount)
        gathered = .allocate(capacity: 1)
        gathered.initialize(to: Gathered())
    }

    deinit {
        secrets.deallocate()
        targets.deallocate()
        gathered.deinitialize(count: 1)
        gathered.deallocate()
    }

    /// Adds a form.
    /// - Parameters:
    ///   - place: of its posting, see `Posting`.
    ///   - subject: where the row of a subject goes.
    func append(
        _ group: PostingGroup, _ form: Bytes, _ purpose: Purpose, place: UInt64, subject: Int = 0
    ) {
        let target = Target(
            secret: secrets[group.index], place: place, subject: subject, purpose: purpose)
        guard form.count <= DigestLanes.byteCountMaximum else {
            // Those before it come first.
            flush()
            return put(keys.key(target.secret, form), target)
        }
        lanes.set(count, form)
        (targets + count).initialize(to: target)
        count += 1
        if count == DigestLanes.laneCount { flush() }
    }

    /// Gives what was gathered since the last call.
    func finish(
        subjectCount: Int
    ) -> (postings: PostingBatch, recordIDs: PostingBatch, rows: [Int64]) {
        reserve(subjectCount)
        flush()
        let result = gathered.pointee
        gathered.pointee = Gathered()
        return (result.postings, result.recordIDs, result.rows)
    }

    private func flush() {
        guard count > 0 else { return }
        lanes.hash()
        for lane in 0..<count {
            let target = targets[lane]
            let key = target.secret.hash(
                lanes.word(0, of: lane), lanes.word(1, of: lane), lanes.word(2, of: lane),
                lanes.word(3, of: lane))
            put(key, target)
        }
        count = 0
    }

    @inline(__always)
    private func put(_ key: UInt64, _ target: Target) {
        let posting = Posting(key: key, place: target.place)
        switch target.purpose {
        case .posting: gathered.pointee.postings.append(posting)
        case .recordID: gathered.pointee.recordIDs.append(posting)
        case .subject:
            gathered.pointee.postings.append(posting)
            setRow(key, target.subject)
        case .subjectRow: setRow(key, target.subject)
        }
    }

    private func setRow(_ key: UInt64, _ subject: Int) {
        if subject >= gathered.pointee.rows.count { reserve(subject + 1) }
        gathered.pointee.rows[subject] = Int64(bitPattern: key)
    }

    private func reserve(_ subjectCount: Int) {
        let missing = subjectCount - gathered.pointee.rows.count
        guard missing > 0 else { return }
        gathered.pointee.rows.append(contentsOf: repeatElement(0, count: missing))
    }
}
