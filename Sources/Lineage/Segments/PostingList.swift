/// Reads the postings of one part in the order of their keys.
///
/// Each posting is its key minus the one before and its place - minus the one before, if the key is the
/// same. The directory gives for every 128th posting the key and where it stands; that posting's first
/// number is 0, its second the whole place. Places count from the part's first record.
struct PostingList {
    private let segment: Segment
    private let part: SegmentPart
    private let section: SegmentSection
    private let directory: SegmentSection
    private let entryCount: Int

    /// - Parameter section: `postings` or `recordIDs`.
    init(_ segment: Segment, _ part: SegmentPart, _ section: SegmentSection) {
        self.segment = segment
        self.part = part
        self.section = section
        directory = section == .postings ? .postingDirectory : .recordIDDirectory
        entryCount = part.range(directory).count / 16
    }

    /// Every posting under a key, by rising place.
    /// - Throws: `index-damaged`.
    func postings(_ key: UInt64) throws -> [Posting] {
        // All at once: asking for each entry would cost more than comparing it.
        let entries = try segment.bytes(directory, of: part)
        var low = 0
        var high = entryCount
        while low < high {
            let middle = (low + high) / 2
            if entries.word(2 * middle) < key { low = middle + 1 } else { high = middle }
        }
        // The key may begin in the stretch before the first entry that is not below it.
        var found: [Posting] = []
        for index in max(low - 1, 0)..<entryCount {
            if index > low - 1, entries.word(2 * index) > key { break }
            try stretch(index, entries) { posting in
                if posting.key == key { found.append(posting) }
                return posting.key <= key
            }
        }
        return found
    }

    /// Calls back for every posting, by rising key.
    func forEach(_ body: (Posting) throws -> Void) throws {
        let entries = try segment.bytes(directory, of: part)
        for index in 0..<entryCount {
            try stretch(index, entries) { posting in
                try body(posting)
                return true
            }
        }
    }

    /// One stretch of postings at a time, for merging; nil after the last.
    func stretch(_ index: Int) throws -> [Posting]? {
        guard index < entryCount else { return nil }
        var postings: [Posting] = []
        postings.reserveCapacity(SegmentFormat.directoryStride)
        try stretch(index, segment.bytes(directory, of: part)) {
            postings.append($0)
            return true
        }
        return postings
    }

    /// Calls back for the postings of a stretch until `body` gives false.
    private func stretch(
        _ index: Int, _ entries: UnsafeRawBufferPointer, _ body: (Posting) throws -> Bool
    ) throws {
        let start = Int(truncatingIfNeeded: entries.word(2 * index + 1))
        let end =
            index + 1 < entryCount
            ? Int(truncatingIfNeeded: entries.word(2 * index + 3)) : part.range(section).count
        var cursor = SectionCursor(
            try segment.bytes(section, of: part, at: start, count: end - start))
        let first = UInt64(part.firstOrdinal) << 2
        var last = Posting(key: entries.word(2 * index), place: 0)
        while !cursor.isAtEnd {
            let step = cursor.variable()
            let place = cursor.variable()
            last = Posting(key: last.key &+ step, place: step == 0 ? last.place &+ place : place)
            let goesOn = try body(Posting(key: last.key, place: last.place &+ first))
            if !goesOn { return }
        }
        if cursor.isExhausted { throw SegmentFormat.damaged(segment.path, "a list ends early") }
    }
}

extension CorpusCatalog {
    /// Calls back for every record that is posted under a key.
    /// - Throws: `index-damaged`, `index-outdated`.
    func forEachPosting(
        _ key: UInt64, _ group: PostingGroup, _ body: (Int64, PostingSource) -> Void
    ) throws {
        let section: SegmentSection = group == .recordID ? .recordIDs : .postings
        for shard in try shards() {
            let segment = try segment(shard)
            for part in segment.parts {
                for posting in try PostingList(segment, part, section).postings(key) {
                    body(shard.row(ofRecord: posting.ordinal), posting.source)
                }
            }
        }
    }
}
