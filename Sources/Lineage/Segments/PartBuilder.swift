import Domain
import Foundation

/// Gathers indexed pieces until they make a part, and writes the part.
struct PartBuilder {
    private var pieces: [IndexedPiece] = []
    private var postings = PostingBatch()
    private var recordIDs = PostingBatch()

    private(set) var byteCount = 0
    private(set) var recordCount = 0

    var isEmpty: Bool { pieces.isEmpty }

    mutating func add(_ piece: IndexedPiece) {
        var piece = piece
        postings.append(piece.postings)
        recordIDs.append(piece.recordIDs)
        piece.postings.removeAll()
        piece.recordIDs.removeAll()
        byteCount += piece.byteCount
        recordCount += piece.strides.count
        pieces.append(piece)
    }

    /// - Throws: `file-not-written`.
    mutating func write(to writer: SegmentWriter) throws {
        guard let first = pieces.first else { return }
        var sections = [Range<Int>](repeating: 0..<0, count: SegmentSection.allCases.count)
        func write(_ section: SegmentSection, _ bytes: [[UInt8]]) throws {
            sections[section.rawValue] = try writer.append(bytes)
        }
        try write(
            .strides,
            pieces.map { piece in
                var bytes = SectionBytes()
                for stride in piece.strides { bytes.append(half: stride) }
                return bytes.bytes
            })
        try write(.digests, pieces.map(\.digests))
        let (rows, order) = subjects()
        let (anchors, names, about) = records(order)
        try write(.anchors, [anchors.bytes])
        try write(.names, [names.bytes])
        try write(.recordSubjects, [about.bytes])
        let entries = subjectEntries(rows, order)
        try write(.subjectRows, [entries.rows.bytes])
        try write(.subjects, [entries.entries.bytes])
        try write(.subjectAnchors, [entries.anchors.bytes])
        let (postingPieces, directory) = postings.encoded(firstOrdinal: first.firstOrdinal)
        try write(.postings, postingPieces)
        try write(.postingDirectory, [directory.bytes])
        let (idPieces, idDirectory) = recordIDs.encoded(firstOrdinal: first.firstOrdinal)
        try write(.recordIDs, idPieces)
        try write(.recordIDDirectory, [idDirectory.bytes])
        let signature = signature()
        try write(.blocks, [signature.blocks.bytes])
        try write(.groups, [signature.groups.bytes])
        try write(.columns, signature.columns)
        writer.finish(
            part: SegmentPart(
                firstOrdinal: first.firstOrdinal, recordCount: recordCount,
                subjectCount: rows.count, endOffset: first.offset + byteCount, sections: sections))
    }

    /// The part's subjects by rising row, and for each piece's subject its place among them.
    private func subjects() -> (rows: [SubjectEntry], order: [[Int]]) {
        var order = pieces.map { [Int](repeating: 0, count: $0.subjectList.count) }
        var met = PostingBatch()
        for (piece, list) in pieces.lazy.map(\.subjectList).enumerated() {
            for (index, row) in list.rows.enumerated() {
                met.append(
                    Posting(key: UInt64(bitPattern: row), place: UInt64(piece << 32 | index)))
            }
        }
        var subjects: [SubjectEntry] = []
        met.forEachSorted { entry in
            let (piece, index) = (Int(entry.place >> 32), Int(entry.place & 0xFFFF_FFFF))
            let row = Int64(bitPattern: entry.key)
            if subjects.last?.row != row {
                subjects.append(SubjectEntry(row: row, piece: piece, index: index))
            }
            if pieces[piece].subjectList.hasDeclaredName[index] {
                subjects[subjects.count - 1].hasDeclaredName = true
            }
            order[piece][index] = subjects.count - 1
        }
        return (subjects, order)
    }

    private struct SubjectEntry {
        let row: Int64
        /// Where it was met first: its id stands there.
        let piece: Int
        let index: Int
        var hasDeclaredName = false
    }

    private func records(
        _ order: [[Int]]
    ) -> (anchors: SectionBytes, names: SectionBytes, about: SectionBytes) {
        var (anchors, names, about) = (SectionBytes(), SectionBytes(), SectionBytes())
        var ordinal = 0
        var offset = pieces.first?.offset ?? 0
        for (piece, order) in zip(pieces, order) {
            var last = 0..<0
            var nameStart = 0
            var subjectStart = 0
            for index in piece.strides.indices {
                let name = nameStart..<piece.nameEnds[index]
                var shared = 0
                if ordinal % SegmentFormat.anchorStride == 0 {
                    anchors.append(word: UInt64(offset))
                    anchors.append(word: UInt64(names.count))
                    anchors.append(word: UInt64(about.count))
                } else {
                    let most = min(last.count, name.count)
                    while shared < most,
                        piece.names[last.lowerBound + shared]
                            == piece.names[name.lowerBound + shared]
                    { shared += 1 }
                }
                names.append(variable: UInt64(shared))
                names.append(variable: UInt64(name.count - shared))
                names.bytes.append(
                    contentsOf: piece.names[(name.lowerBound + shared)..<name.upperBound])
                let subjects = subjectStart..<piece.subjectEnds[index]
                about.append(variable: UInt64(subjects.count))
                for place in subjects {
                    about.append(variable: UInt64(order[Int(piece.subjects[place])]))
                }
                (last, nameStart, subjectStart) = (name, name.upperBound, subjects.upperBound)
                offset += Int(piece.strides[index] & 0x3FFF_FFFF)
                ordinal += 1
            }
        }
        return (anchors, names, about)
    }

    private func subjectEntries(
        _ subjects: [SubjectEntry], _ order: [[Int]]
    ) -> (rows: SectionBytes, entries: SectionBytes, anchors: SectionBytes) {
        // Counting sort of the pairs (subject, record) by subject.
        var starts = [Int](repeating: 0, count: subjects.count + 1)
        forEachPair(order) { subject, _ in starts[subject + 1] += 1 }
        for index in starts.indices.dropFirst() { starts[index] += starts[index - 1] }
        var next = starts
        var ordinals = [UInt32](repeating: 0, count: starts.last ?? 0)
        forEachPair(order) { subject, ordinal in
            ordinals[next[subject]] = UInt32(ordinal)
            next[subject] += 1
        }
        var (rows, entries, anchors) = (SectionBytes(), SectionBytes(), SectionBytes())
        var entry = SectionBytes()
        for (index, subject) in subjects.enumerated() {
            rows.append(word: UInt64(bitPattern: subject.row))
            if index % SegmentSection.subjectAnchorStride == 0 {
                anchors.append(word: UInt64(entries.count))
            }
            entry.bytes.removeAll(keepingCapacity: true)
            let declared: UInt64 = subject.hasDeclaredName ? 1 : 0
            let list = pieces[subject.piece].subjectList
            let name = list.range(subject.index)
            entry.append(variable: UInt64(name.count) << 1 | declared)
            entry.bytes.append(contentsOf: list.names[name])
            var last: UInt32 = 0
            for place in starts[index]..<starts[index + 1] {
                entry.append(variable: UInt64(ordinals[place] - last))
                last = ordinals[place]
            }
            entries.append(variable: UInt64(entry.count))
            entries.bytes.append(contentsOf: entry.bytes)
        }
        return (rows, entries, anchors)
    }

    /// - Parameter body: given place of the subject and ordinal within the part.
    private func forEachPair(_ order: [[Int]], _ body: (Int, Int) -> Void) {
        var ordinal = 0
        for (piece, order) in zip(pieces, order) {
            var start = 0
            for end in piece.subjectEnds {
                for place in start..<end { body(order[Int(piece.subjects[place])], ordinal) }
                start = end
                ordinal += 1
            }
        }
    }

    private func signature() -> (blocks: SectionBytes, groups: SectionBytes, columns: [[UInt8]]) {
        var (blocks, groups) = (SectionBytes(), SectionBytes())
        var columns: [[UInt8]] = []
        var firstBlock = 0
        var offset = 0
        for piece in pieces {
            for block in piece.blocks {
                blocks.append(word: UInt64(block.firstOrdinal))
                blocks.append(word: block.sum)
            }
            guard let group = piece.group else { continue }
            for number in [
                firstBlock, group.blockCount, group.columnByteCount, group.columnCount, offset,
            ] { groups.append(word: UInt64(number)) }
            columns.append(group.columns)
            firstBlock += group.blockCount
            offset += group.columns.count
        }
        return (blocks, groups, columns)
    }
}
