/// One identifier in one record.
struct Posting {
    /// Keyed hash of the identifier's normal form, see `KeyedForms`.
    var key: UInt64
    /// Ordinal of the record times four, plus the raw value of `PostingSource`.
    var place: UInt64

    init(key: UInt64, ordinal: Int, source: PostingSource) {
        self.key = key
        place = UInt64(ordinal) << 2 | UInt64(source.rawValue)
    }

    init(key: UInt64, place: UInt64) {
        self.key = key
        self.place = place
    }

    var ordinal: Int { Int(place >> 2) }
    var source: PostingSource { PostingSource(rawValue: Int(place & 3)) ?? .text }
}

/// Postings on their way into a part, in the order in which they come.
struct PostingBatch {
    private static let bits: UInt64 = 4
    private var entries: [Posting] = []

    @inline(__always)
    mutating func append(_ posting: Posting) { entries.append(posting) }

    mutating func append(_ other: PostingBatch) { entries.append(contentsOf: other.entries) }

    mutating func removeAll() { entries = [] }

    /// The postings by the first bits of their keys, which is a beginning of sorting them.
    private mutating func takeBuckets() -> [[Posting]] {
        var counts = [Int](repeating: 0, count: 1 << Int(Self.bits))
        for posting in entries { counts[Int(posting.key >> (64 - Self.bits))] += 1 }
        var buckets = counts.map { count in
            var bucket: [Posting] = []
            bucket.reserveCapacity(count)
            return bucket
        }
        for posting in entries { buckets[Int(posting.key >> (64 - Self.bits))].append(posting) }
        entries = []
        return buckets
    }

    /// Calls back for each posting, by rising key, those of one key in the order in which they came.
    mutating func forEachSorted(_ body: (Posting) -> Void) {
        var scratch: [Posting] = []
        for var bucket in takeBuckets() {
            Self.sort(&bucket, &scratch)
            for posting in bucket { body(posting) }
        }
    }

    /// Sorts by key - places come in order and stay so - and gives the sections' pieces, each posting
    /// once.
    mutating func encoded(firstOrdinal: Int) -> (postings: [[UInt8]], directory: SectionBytes) {
        var pieces: [[UInt8]] = []
        var directory = SectionBytes()
        var start = 0
        var scratch: [Posting] = []
        let first = UInt64(firstOrdinal) << 2
        for var bucket in takeBuckets() {
            Self.sort(&bucket, &scratch)
            var piece = SectionBytes()
            piece.bytes.reserveCapacity(bucket.count * 10)
            var last = Posting(key: 0, place: 0)
            var index = 0
            for posting in bucket {
                let place = posting.place &- first
                if index > 0, posting.key == last.key, place == last.place { continue }
                if index % SegmentFormat.directoryStride == 0 {
                    directory.append(word: posting.key)
                    directory.append(word: UInt64(start + piece.count))
                    piece.append(variable: 0)
                    piece.append(variable: place)
                } else {
                    let step = posting.key &- last.key
                    piece.append(variable: step)
                    piece.append(variable: step == 0 ? place &- last.place : place)
                }
                last = Posting(key: posting.key, place: place)
                index += 1
            }
            start += piece.count
            pieces.append(piece.bytes)
        }
        return (pieces, directory)
    }

    /// Sorts stably by key. Three passes over 33 bits of the key leave next to nothing to the insertions
    /// that follow; the first bits of all keys of a bucket are alike.
    private static func sort(_ postings: inout [Posting], _ scratch: inout [Posting]) {
        let count = postings.count
        guard count > 1 else { return }
        if count > 64 {
            let missing = count - scratch.count
            if missing > 0 {
                scratch.append(
                    contentsOf: repeatElement(Posting(key: 0, place: 0), count: missing))
            }
            postings.withUnsafeMutableBufferPointer { values in
                scratch.withUnsafeMutableBufferPointer { other in
                    let other = UnsafeMutableBufferPointer(rebasing: other[..<count])
                    pass(values, other, shift: 27)
                    pass(other, values, shift: 38)
                    pass(values, other, shift: 49)
                    _ = values.update(fromContentsOf: other)
                }
            }
        }
        postings.withUnsafeMutableBufferPointer { values in
            for index in 1..<count {
                let value = values[index]
                var place = index
                while place > 0, values[place - 1].key > value.key {
                    values[place] = values[place - 1]
                    place -= 1
                }
                values[place] = value
            }
        }
    }

    /// A stable pass by 11 bits.
    private static func pass(
        _ source: UnsafeMutableBufferPointer<Posting>,
        _ target: UnsafeMutableBufferPointer<Posting>, shift: UInt64
    ) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 2048) { starts in
            starts.initialize(repeating: 0)
            for value in source { starts[Int(value.key >> shift & 2047)] += 1 }
            var sum = 0
            for index in 0..<2048 {
                let count = starts[index]
                starts[index] = sum
                sum += count
            }
            for value in source {
                let digit = Int(value.key >> shift & 2047)
                target[starts[digit]] = value
                starts[digit] += 1
            }
        }
    }
}
