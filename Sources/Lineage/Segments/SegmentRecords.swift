import Domain
import Foundation

/// Where a record's line stands in its shard, and what the segment knows of it.
struct SegmentRecord {
    let ordinal: Int
    let offset: Int
    /// Without the line end.
    let byteCount: Int
    /// SHA-256 of the line, 32 bytes.
    let digest: Data
    /// Empty if the record is named by file and line.
    let name: [UInt8]
    /// Indices of the part's subjects.
    let subjects: [Int]
}

extension Segment {
    /// - Throws: `index-damaged`.
    func record(_ ordinal: Int) throws -> SegmentRecord {
        let part = try part(ofRecord: ordinal)
        var found: SegmentRecord?
        try records(ordinal..<ordinal + 1, of: part) { found = $0 }
        guard let found else { throw SegmentFormat.damaged(path, "it lacks a record") }
        return found
    }

    /// Calls back for each of these records of a part, in order.
    func records(
        _ ordinals: Range<Int>, of part: SegmentPart, _ body: (SegmentRecord) throws -> Void
    ) throws {
        let stride = SegmentFormat.anchorStride
        let wanted = ordinals.clamped(to: part.ordinals)
        guard !wanted.isEmpty else { return }
        let first = (wanted.lowerBound - part.firstOrdinal) / stride
        let last = (wanted.upperBound - 1 - part.firstOrdinal) / stride
        for group in first...last {
            let anchor = try bytes(.anchors, of: part, at: group * 24, count: 24)
            let start = group * stride
            let count = min(stride, part.recordCount - start)
            let strides = try bytes(.strides, of: part, at: start * 4, count: count * 4)
            let digests = try bytes(.digests, of: part, at: start * 32, count: count * 32)
            let isLast = start + count == part.recordCount
            let next = try isLast ? nil : bytes(.anchors, of: part, at: group * 24 + 24, count: 24)
            func cursor(_ section: SegmentSection, _ word: Int) throws -> SectionCursor {
                let from = Int(truncatingIfNeeded: anchor.word(word))
                let to = next.map { Int(truncatingIfNeeded: $0.word(word)) }
                return SectionCursor(
                    try bytes(
                        section, of: part, at: from,
                        count: (to ?? part.range(section).count) - from))
            }
            var offset = Int(truncatingIfNeeded: anchor.word(0))
            var names = try cursor(.names, 1)
            var about = try cursor(.recordSubjects, 2)
            var name: [UInt8] = []
            for index in 0..<count {
                let shared = names.length()
                let rest = names.length()
                name.removeSubrange(min(shared, name.count)...)
                name.append(contentsOf: names.take(rest))
                let ordinal = part.firstOrdinal + start + index
                let isWanted = wanted.contains(ordinal)
                var subjects: [Int] = []
                for _ in 0..<min(about.length(), 1 << 20) {
                    let subject = about.length()
                    if isWanted { subjects.append(subject) }
                }
                guard !names.isExhausted, !about.isExhausted else {
                    throw SegmentFormat.damaged(path, "a list of records ends early")
                }
                let stride = strides.half(index)
                let advance = Int(stride & 0x3FFF_FFFF)
                if isWanted {
                    try body(
                        SegmentRecord(
                            ordinal: ordinal, offset: offset,
                            byteCount: advance - Int(stride >> 30),
                            digest: Data(digests[(index * 32)..<(index * 32 + 32)]), name: name,
                            subjects: subjects))
                }
                offset += advance
            }
        }
    }

    /// The row of a part's subject.
    func subjectRow(at index: Int, of part: SegmentPart) throws -> Int64 {
        Int64(bitPattern: try bytes(.subjectRows, of: part, at: index * 8, count: 8).word(0))
    }

    /// The subject with this row in a part, if it has records there.
    func subject(_ row: Int64, of part: SegmentPart) throws -> SegmentSubject? {
        let wanted = UInt64(bitPattern: row)
        var low = 0
        var high = part.subjectCount
        while low < high {
            let middle = (low + high) / 2
            let found = try bytes(.subjectRows, of: part, at: middle * 8, count: 8).word(0)
            if found < wanted { low = middle + 1 } else { high = middle }
        }
        guard low < part.subjectCount,
            try bytes(.subjectRows, of: part, at: low * 8, count: 8).word(0) == wanted
        else { return nil }
        return try subject(at: low, of: part)
    }

    func subject(at index: Int, of part: SegmentPart) throws -> SegmentSubject {
        let stride = SegmentSection.subjectAnchorStride
        let group = index / stride
        func anchor(_ group: Int) throws -> Int {
            guard group * stride < part.subjectCount else { return part.range(.subjects).count }
            let word = try bytes(.subjectAnchors, of: part, at: group * 8, count: 8).word(0)
            return Int(truncatingIfNeeded: word)
        }
        let start = try anchor(group)
        var cursor = SectionCursor(
            try bytes(.subjects, of: part, at: start, count: anchor(group + 1) - start))
        for _ in 0..<index % stride { _ = cursor.take(cursor.length()) }
        var entry = SectionCursor(cursor.take(cursor.length()))
        let head = entry.length()
        let name = entry.take(head >> 1)
        var ordinals: [Int] = []
        var ordinal = part.firstOrdinal
        while !entry.isAtEnd {
            ordinal += entry.length()
            ordinals.append(ordinal)
        }
        guard !entry.isExhausted, !cursor.isExhausted else {
            throw SegmentFormat.damaged(path, "a subject's entry ends early")
        }
        return SegmentSubject(
            name: String(decoding: name, as: UTF8.self), hasDeclaredName: head & 1 == 1,
            ordinals: ordinals)
    }
}

/// A subject as one part of a segment knows it.
struct SegmentSubject {
    let name: String
    /// Whether its owner declared a name for it in a record about it alone.
    let hasDeclaredName: Bool
    /// Ordinals of its records, rising.
    let ordinals: [Int]
}
