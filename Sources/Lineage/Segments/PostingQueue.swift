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
    private let lanes = DigestLanes()
    private let targets: UnsafeMutablePointer<Target>
    private var count = 0
    private var postings = PostingBuckets()
    private var recordIDs = PostingBuckets()
    private var rows: [Int64] = []

    init(_ keys: PostingKeys) {
        self.keys = keys
        targets = .allocate(capacity: DigestLanes.laneCount)
    }

    deinit { targets.deallocate() }

    /// Adds a form.
    /// - Parameters:
    ///   - place: of its posting, see `Posting`.
    ///   - subject: where the row of a subject goes.
    func append(
        _ group: PostingGroup, _ form: Bytes, _ purpose: Purpose, place: UInt64, subject: Int = 0
    ) {
        let target = Target(
            secret: keys[group], place: place, subject: subject, purpose: purpose)
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
    ) -> (postings: PostingBuckets, recordIDs: PostingBuckets, rows: [Int64]) {
        reserve(subjectCount)
        flush()
        defer {
            postings = PostingBuckets()
            recordIDs = PostingBuckets()
            rows = []
        }
        return (postings, recordIDs, rows)
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
        switch target.purpose {
        case .posting: postings.append(Posting(key: key, place: target.place))
        case .recordID: recordIDs.append(Posting(key: key, place: target.place))
        case .subject:
            postings.append(Posting(key: key, place: target.place))
            setRow(key, target.subject)
        case .subjectRow: setRow(key, target.subject)
        }
    }

    private func setRow(_ key: UInt64, _ subject: Int) {
        reserve(subject + 1)
        rows[subject] = Int64(bitPattern: key)
    }

    private func reserve(_ subjectCount: Int) {
        guard rows.count < subjectCount else { return }
        rows.append(contentsOf: repeatElement(0, count: subjectCount - rows.count))
    }
}
