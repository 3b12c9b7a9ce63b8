import Domain
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A segment file, mapped into memory; each page is checked before its first use.
final class Segment: @unchecked Sendable {
    let path: String
    let digest: Digest
    let recordCount: Int
    let shardByteCount: Int
    let rulesVersion: UInt64
    let parts: [SegmentPart]

    private let mapping: UnsafeRawBufferPointer
    private let sums: UnsafeRawBufferPointer
    /// A bit for each page of the body that was found intact. Two threads may check the same page;
    /// both find the same.
    private let verified: UnsafeMutablePointer<Atomic<UInt64>>

    private static let headerWordCount = 11
    private static let headerByteCount = 11 * 8 + 64

    /// - Throws: `index-damaged` if the file is missing, cut off, of another format, or its header and
    ///   tables do not agree with their checksums; `file-unreadable` if the system does not give it.
    init(path: String) throws {
        let mapping = try Self.map(path)
        var isKept = false
        defer {
            if !isKept {
                munmap(UnsafeMutableRawPointer(mutating: mapping.baseAddress), mapping.count)
            }
        }
        let header = UnsafeRawBufferPointer(rebasing: mapping[..<Self.headerByteCount])
        func fail(_ what: String) -> LineageError { SegmentFormat.damaged(path, what) }
        guard header.word(0) == SegmentFormat.magic else { throw fail("it is no segment") }
        guard
            mapping.loadUnaligned(fromByteOffset: Self.headerByteCount, as: UInt64.self)
                == checksum(header),
            let digest = Digest(
                hexadecimal: String(decoding: header[(Self.headerWordCount * 8)...], as: UTF8.self))
        else { throw fail("its header has another checksum") }
        guard header.word(1) == SegmentFormat.version else {
            throw fail("its format \(header.word(1)) is not known")
        }
        let numbers = (3..<Self.headerWordCount).map {
            Int(truncatingIfNeeded: header.word($0) & 0xFFFF_FFFF_FFFF)
        }
        let (partCount, tableOffset, sumsOffset, pageCount) =
            (numbers[2], numbers[3], numbers[5], numbers[6])
        let tableByteCount = partCount * SegmentPart.wordCount * 8
        guard sumsOffset == tableOffset + tableByteCount,
            mapping.count == sumsOffset + pageCount * 8,
            tableOffset == (pageCount + 1) * SegmentFormat.pageByteCount
        else { throw fail("it is cut off") }
        let table = UnsafeRawBufferPointer(rebasing: mapping[tableOffset..<sumsOffset])
        let sums = UnsafeRawBufferPointer(rebasing: mapping[sumsOffset...])
        guard checksum(table) == header.word(7), checksum(sums) == header.word(10) else {
            throw fail("a table has another checksum")
        }
        self.path = path
        self.digest = digest
        recordCount = numbers[0]
        shardByteCount = numbers[1]
        rulesVersion = header.word(2)
        parts = (0..<partCount).map { Self.part(table, at: $0 * SegmentPart.wordCount) }
        self.mapping = mapping
        self.sums = sums
        verified = .allocate(capacity: pageCount / 64 + 1)
        for index in 0...pageCount / 64 { (verified + index).initialize(to: Atomic(0)) }
        isKept = true
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: mapping.baseAddress), mapping.count)
        verified.deallocate()
    }

    private static func map(_ path: String) throws -> UnsafeRawBufferPointer {
        let descriptor = DurableFile.uninterrupted { open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            // Only what is gone is damage: too many open files or a missing permission pass.
            guard errno == ENOENT else { throw ShardScanner.unreadable(path) }
            throw SegmentFormat.damaged(path, "it is gone")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ShardScanner.unreadable(path) }
        guard status.st_size >= SegmentFormat.pageByteCount else {
            throw SegmentFormat.damaged(path, "it is cut off")
        }
        let count = Int(status.st_size)
        guard let base = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED
        else { throw ShardScanner.unreadable(path) }
        return UnsafeRawBufferPointer(start: base, count: count)
    }

    private static func part(_ table: UnsafeRawBufferPointer, at first: Int) -> SegmentPart {
        func number(_ index: Int) -> Int {
            Int(truncatingIfNeeded: table.word(first + index) & 0xFFFF_FFFF_FFFF)
        }
        return SegmentPart(
            firstOrdinal: number(0), recordCount: number(1), subjectCount: number(2),
            endOffset: number(3),
            sections: SegmentSection.allCases.map {
                let start = number(4 + 2 * $0.rawValue)
                return start..<start + number(5 + 2 * $0.rawValue)
            })
    }

    /// Bytes of the file, checked.
    /// - Throws: `index-damaged`.
    func bytes(_ range: Range<Int>) throws -> UnsafeRawBufferPointer {
        guard !range.isEmpty else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let page = SegmentFormat.pageByteCount
        // The header page is checked by itself: pages of the body count from 0.
        let first = range.lowerBound / page - 1
        let last = (range.upperBound - 1) / page - 1
        guard first >= 0, last < sums.count / 8 else {
            throw SegmentFormat.damaged(path, "a table points outside of it")
        }
        for word in first >> 6...last >> 6 {
            let from = max(first, word << 6) & 63
            let to = min(last, word << 6 | 63) & 63
            let wanted = UInt64.max << UInt64(from) & UInt64.max >> UInt64(63 - to)
            let missing = wanted & ~verified[word].load(ordering: .acquiring)
            if missing != 0 { try verify(missing, word) }
        }
        return UnsafeRawBufferPointer(rebasing: mapping[range])
    }

    /// Checks those pages of a word of `verified` whose bits are set.
    private func verify(_ pages: UInt64, _ word: Int) throws {
        let page = SegmentFormat.pageByteCount
        for bit in 0..<64 where pages >> UInt64(bit) & 1 == 1 {
            let index = word << 6 | bit
            let start = (index + 1) * page
            let found = checksum(UnsafeRawBufferPointer(rebasing: mapping[start..<start + page]))
            guard found == sums.word(index) else {
                throw SegmentFormat.damaged(path, "page \(index + 1) has another checksum")
            }
            verified[word].bitwiseOr(1 << UInt64(bit), ordering: .releasing)
        }
    }

    func bytes(_ section: SegmentSection, of part: SegmentPart) throws -> UnsafeRawBufferPointer {
        try bytes(part.range(section))
    }

    /// Bytes of a section by their place within it.
    func bytes(
        _ section: SegmentSection, of part: SegmentPart, at offset: Int, count: Int
    ) throws -> UnsafeRawBufferPointer {
        let range = part.range(section)
        guard offset >= 0, count >= 0, offset <= range.count - count else {
            throw SegmentFormat.damaged(path, "a section points outside of itself")
        }
        let start = range.lowerBound + offset
        return try bytes(start..<start + count)
    }

    /// - Throws: `index-damaged` if the segment has no such record.
    func part(ofRecord ordinal: Int) throws -> SegmentPart {
        guard let part = parts.first(where: { $0.ordinals.contains(ordinal) }) else {
            throw SegmentFormat.damaged(path, "it lacks a record")
        }
        return part
    }

    /// Checks every page.
    /// - Throws: `index-damaged`.
    func verify() throws {
        let page = SegmentFormat.pageByteCount
        _ = try bytes(page..<page * (sums.count / 8 + 1))
    }
}
