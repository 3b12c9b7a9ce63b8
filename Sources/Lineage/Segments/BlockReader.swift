import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads text blocks from their shards and looks them through.
final class BlockReader {
    private let anchors: NeedleSet
    /// The longest stretches of the anchors without a space: in a plain line they stand as they are, but
    /// for their letters' case. Nil if there are so many that folding each line is quicker.
    private let rawAnchors: [ByteNeedle]?
    private var openPath: String?
    private var descriptor: Int32 = -1
    private var scanner = LineScanner()
    private let lease = FoldingLease()
    private var text: FoldingBuffer { lease.buffer }

    private static let rawAnchorCountMaximum = 6

    init(anchors: [[UInt8]]) {
        self.anchors = NeedleSet(anchors)
        let stretches = Set(
            anchors.map { anchor in
                anchor.split(separator: 32).max { $0.count < $1.count }.map(Array.init) ?? []
            })
        rawAnchors =
            stretches.count > Self.rawAnchorCountMaximum
            ? nil : stretches.map { ByteNeedle($0, ignoringCase: true) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// What the block's records that hold an anchor are confirmed for, by rising ordinal.
    /// - Parameter confirm: given the folded text and the indices of the anchors it holds.
    func matches(
        in block: Segment.TextBlock, _ segment: Segment, path: String,
        _ confirm: (_ text: UnsafeBufferPointer<UInt8>, _ anchors: [Int]) -> [Int]
    ) throws -> [(ordinal: Int, queries: [Int])] {
        var found: [(ordinal: Int, queries: [Int])] = []
        try forEachLine(of: block, segment, path: path) { line, ordinal in
            // What folds to something else letter by letter can be told from the line itself.
            if let rawAnchors, Self.isPlain(line),
                !rawAnchors.contains(where: { $0.occurs(in: line) })
            {
                return
            }
            try fold(line, path: path, ordinal)
            let held = anchors.occurring(in: text.bytes)
            guard !held.isEmpty else { return }
            let queries = confirm(text.bytes, held)
            if !queries.isEmpty { found.append((ordinal, queries)) }
        }
        return found
    }

    /// Calls back for each line of a block that is as it was indexed, in order.
    /// - Throws: `shard-missing`, `shard-changed`, `index-damaged`, `file-unreadable`.
    func forEachLine(
        of block: Segment.TextBlock, _ segment: Segment, path: String,
        _ body: (_ line: UnsafeBufferPointer<UInt8>, _ ordinal: Int) throws -> Void
    ) throws {
        let lines = try segment.lines(block.ordinals, of: block.part)
        let bytes = try read(lines.range, path)
        try bytes.withUnsafeBytes { bytes in
            guard bytes.count == lines.range.count, checksum(bytes) == block.sum else {
                throw try changed(block, segment, path, bytes, lines.range.lowerBound)
            }
            for (index, line) in lines.lines.enumerated() {
                let local = line.lowerBound - lines.range.lowerBound
                let content = UnsafeRawBufferPointer(
                    rebasing: bytes[local..<local + line.count]
                ).bindMemory(to: UInt8.self)
                try body(content, block.ordinals.lowerBound + index)
            }
        }
    }

    /// Whether all bytes are printable ASCII and none begins an escape, of JSON or of `EncodedText`.
    private static func isPlain(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = UnsafeRawPointer(line.baseAddress) else { return true }
        let ones: UInt64 = 0x0101_0101_0101_0101
        var unusual: UInt64 = 0
        var index = 0
        while index + 8 <= line.count {
            let word = (base + index).loadUnaligned(as: UInt64.self)
            let low = word & ~(ones &* 128)
            unusual |= word | (low &+ ones) | ~((low ^ ones &* 92) &+ ones &* 127)
            unusual |= ~((low ^ ones &* 37) &+ ones &* 127) | ~((low ^ ones &* 38) &+ ones &* 127)
            index += 8
        }
        while index < line.count {
            let byte = line[index]
            if byte >= 127 || byte == 92 || byte == 37 || byte == 38 { return false }
            index += 1
        }
        return unusual & (ones &* 128) == 0
    }

    private func fold(
        _ line: UnsafeBufferPointer<UInt8>, path: String, _ ordinal: Int
    ) throws {
        text.removeAll()
        let isScanned = scanner.scan(line) { line in
            if let prompt = line.prompt, !prompt.isEmpty {
                text.append(prompt)
                text.appendSpace()
            }
            text.append(line.completion)
        }
        if !isScanned {
            var content = try RecordLine(line, path: path, line: ordinal + 1).text
            content.withUTF8 { text.append($0) }
        }
        text.finish()
    }

    private func read(_ range: Range<Int>, _ path: String) throws -> [UInt8] {
        if openPath != path {
            if descriptor >= 0 { close(descriptor) }
            openPath = nil
            descriptor = -1
            descriptor = try ShardScanner.open(path)
            openPath = path
        }
        return try ShardScanner.bytes(range, of: descriptor, path: path)
    }

    /// Names the first line that differs.
    private func changed(
        _ block: Segment.TextBlock, _ segment: Segment, _ path: String,
        _ bytes: UnsafeRawBufferPointer, _ start: Int
    ) throws -> LineageError {
        var line: Int?
        try segment.records(block.ordinals, of: block.part) { record in
            guard line == nil else { return }
            let local = record.offset - start
            let isThere = local + record.byteCount <= bytes.count
            if !isThere
                || ShardScanner.digestBytes(
                    UnsafeRawBufferPointer(rebasing: bytes[local..<local + record.byteCount]))
                    != record.digest
            {
                line = record.ordinal + 1
            }
        }
        return ShardScanner.changed(path, line: line)
    }
}

extension Segment {
    /// Where these records' lines stand in the shard, without line ends, and the stretch from the first
    /// one's start to where the line after the last one starts.
    func lines(
        _ ordinals: Range<Int>, of part: SegmentPart
    ) throws -> (range: Range<Int>, lines: [Range<Int>]) {
        let stride = SegmentFormat.anchorStride
        let first = ordinals.lowerBound - part.firstOrdinal
        let group = first / stride
        let anchor = try bytes(.anchors, of: part, at: group * 24, count: 24)
        let count = ordinals.upperBound - part.firstOrdinal - group * stride
        let strides = try bytes(.strides, of: part, at: group * stride * 4, count: count * 4)
        var offset = Int(truncatingIfNeeded: anchor.word(0))
        var start = offset
        var lines: [Range<Int>] = []
        for index in 0..<count {
            let stride = strides.half(index)
            let next = offset + Int(stride & 0x3FFF_FFFF)
            if index == first - group * SegmentFormat.anchorStride { start = offset }
            if index >= first - group * SegmentFormat.anchorStride {
                lines.append(offset..<next - Int(stride >> 30))
            }
            offset = next
        }
        return (start..<offset, lines)
    }
}
