import Domain
import Foundation

/// Cuts a stream into lines by the rules of `ShardScanner`, for content that never is a JSONL file.
final class LineSink: ByteSink {
    private let path: String
    private let body: (ShardLine) throws -> Void
    private var pending: [UInt8] = []
    private(set) var lineCount = 0
    private var offset = 0

    /// - Parameter path: for messages.
    init(path: String, _ body: @escaping (ShardLine) throws -> Void) {
        self.path = path
        self.body = body
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes.bindMemory(to: UInt8.self)
        while let base = rest.baseAddress, let end = memchr(base, 10, rest.count) {
            let length = UnsafeRawPointer(end) - UnsafeRawPointer(base)
            let head = UnsafeBufferPointer(rebasing: rest[..<length])
            if pending.isEmpty {
                try deliver(head, end: 1)
            } else {
                pending.append(contentsOf: head)
                try deliverPending(end: 1)
            }
            rest = UnsafeBufferPointer(rebasing: rest[(length + 1)...])
        }
        pending.append(contentsOf: rest)
        guard pending.count <= ShardScanner.lineByteCountMaximum else {
            throw LineageError(
                .oversizedLine,
                "\(path), line \(lineCount + 1): the line is longer than "
                    + "\(ShardScanner.lineByteCountMaximum >> 20) MiB.",
                details: ["path": path, "line": "\(lineCount + 1)"],
                remedy: "A shard holds one JSON object a line; split the text into records.")
        }
    }

    func finish() throws {
        if !pending.isEmpty { try deliverPending(end: 0) }
    }

    private func deliverPending(end: Int) throws {
        let line = pending
        pending.removeAll(keepingCapacity: true)
        try line.withUnsafeBufferPointer { try deliver($0, end: end) }
    }

    private func deliver(_ line: UnsafeBufferPointer<UInt8>, end: Int) throws {
        lineCount += 1
        let start = offset
        offset += line.count + end
        let bytes = UnsafeBufferPointer(rebasing: line.last == 13 ? line.dropLast() : line[...])
        try body(ShardLine(number: lineCount, offset: start, bytes: bytes))
    }
}

/// Reads the lines of a shard in any of the known forms, without a copy on disk.
/// - Returns: digest of the source as it was read.
/// - Throws: as `ShardImporter.importShard`, and what `body` throws.
@discardableResult
func readShardLines(
    of source: URL, limits: UnpackingLimits = UnpackingLimits(),
    _ body: @escaping (ShardLine) throws -> Void
) throws -> Digest {
    let sink = LineSink(path: source.path, body)
    let digest = try ShardFormat.detect(source).unpack(source, limits, sink)
    try sink.finish()
    return digest
}
