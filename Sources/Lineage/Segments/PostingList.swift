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
        var low = 0
        var high = entryCount
        while low < high {
            let middle = (low + high) / 2
            if try entry(middle).word(0) < key { low = middle + 1 } else { high = middle }
        }
        // The key may begin in the stretch before the first entry that is not below it.
        var found: [Posting] = []
        for index in max(low - 1, 0)..<entryCount {
            if index > low - 1, try entry(index).word(0) > key { break }
            try stretch(index) { if $0.key == key { found.append($0) } }
        }
        return found
    }

    /// Calls back for every posting, by rising key.
    func forEach(_ body: (Posting) throws -> Void) throws {
        for index in 0..<entryCount { try stretch(index, body) }
    }

    /// One stretch of postings at a time, for merging; nil after the last.
    func stretch(_ index: Int) throws -> [Posting]? {
        guard index < entryCount else { return nil }
        var postings: [Posting] = []
        try stretch(index) { postings.append($0) }
        return postings
    }

    private func entry(_ index: Int) throws -> UnsafeRawBufferPointer {
        try segment.bytes(directory, of: part, at: index * 16, count: 16)
    }

    private func stretch(_ index: Int, _ body: (Posting) throws -> Void) throws {
        let entry = try entry(index)
        let start = Int(truncatingIfNeeded: entry.word(1))
        let end =
            index + 1 < entryCount
            ? Int(truncatingIfNeeded: try self.entry(index + 1).word(1))
            : part.range(section).count
        var cursor = SectionCursor(
            try segment.bytes(section, of: part, at: start, count: end - start))
        let first = UInt64(part.firstOrdinal) << 2
        var last = Posting(key: entry.word(0), place: 0)
        while !cursor.isAtEnd {
            let step = cursor.variable()
            let place = cursor.variable()
            last = Posting(key: last.key &+ step, place: step == 0 ? last.place &+ place : place)
            try body(Posting(key: last.key, place: last.place &+ first))
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
