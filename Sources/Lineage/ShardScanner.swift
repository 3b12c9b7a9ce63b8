import Domain
import Foundation

import struct Crypto.SHA256
import struct Crypto.SHA256Digest

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One line of a shard, valid only inside the callback that receives it.
struct ShardLine {
    /// From 1.
    let number: Int
    /// Of the first byte in the file.
    let offset: Int
    /// Without the line end (`\n` or `\r\n`).
    let bytes: UnsafeBufferPointer<UInt8>
}

/// What a whole shard turned out to be.
struct ShardContent {
    let digest: Digest
    let byteCount: Int
    let lineCount: Int
}

/// Reads a shard line by line in pieces of 1 MiB, so that its size does not matter.
///
/// Lines end with `\n`; a `\r` before it belongs to the line end and not to the record. The last
/// line may lack its end.
enum ShardScanner {
    static let pieceByteCount = 1 << 20
    static let lineByteCountMaximum = 64 << 20

    /// - Throws: `file-unreadable`, `oversized-line`, and what `body` throws.
    static func scan(_ path: String, _ body: (ShardLine) throws -> Void) throws -> ShardContent {
        let handle: FileHandle
        do { handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) } catch {
            throw unreadable(path, error)
        }
        defer { try? handle.close() }
        var hasher = SHA256()
        var pending: [UInt8] = []
        var lines = LineCounter(path: path)
        var byteCount = 0
        while true {
            let piece: Data
            do { piece = try handle.read(upToCount: pieceByteCount) ?? Data() } catch {
                throw unreadable(path, error)
            }
            if piece.isEmpty { break }
            hasher.update(data: piece)
            byteCount += piece.count
            pending.append(contentsOf: piece)
            let used = try pending.withUnsafeBufferPointer { try lines.deliver($0, body) }
            pending.removeFirst(used)
            guard pending.count <= lineByteCountMaximum else {
                throw oversized(path, line: lines.number + 1)
            }
        }
        if !pending.isEmpty {
            try pending.withUnsafeBufferPointer { try lines.deliverRest($0, body) }
        }
        return ShardContent(
            digest: try digest(hasher.finalize()), byteCount: byteCount, lineCount: lines.number)
    }

    /// Opens a shard of a corpus to read parts of it.
    /// - Throws: `shard-missing` if there is no such file; `file-unreadable` for any other reason, which
    ///   may pass.
    static func open(_ path: String) throws -> Int32 {
        let descriptor = DurableFile.uninterrupted { systemOpen(path) }
        guard descriptor >= 0 else {
            throw [ENOENT, ENOTDIR].contains(errno) ? missing(path) : unreadable(path)
        }
        return descriptor
    }

    /// Whether there is such a file.
    /// - Throws: `file-unreadable` if the system does not say.
    static func exists(_ path: String) throws -> Bool {
        var status = stat()
        if DurableFile.uninterrupted({ stat(path, &status) }) == 0 { return true }
        guard [ENOENT, ENOTDIR].contains(errno) else { throw unreadable(path) }
        return false
    }

    /// Bytes of an open shard; fewer where it ends before.
    /// - Throws: `file-unreadable`.
    static func bytes(
        _ range: Range<Int>, of descriptor: Int32, path: String
    ) throws -> [UInt8] {
        var hasFailed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count, let base = buffer.baseAddress {
                let read = pread(
                    descriptor, base + count, range.count - count,
                    off_t(range.lowerBound + count))
                if read < 0, errno == EINTR { continue }
                hasFailed = read < 0
                if read <= 0 { break }
                count += read
            }
        }
        guard !hasFailed else { throw unreadable(path) }
        return bytes
    }

    /// Reads one line again.
    /// - Throws: `shard-changed` if the bytes are not those that were indexed; `file-unreadable`.
    static func line(
        _ descriptor: Int32, path: String, number: Int, offset: Int, byteCount: Int, digest: Data
    ) throws -> [UInt8] {
        let bytes = try Self.bytes(offset..<offset + byteCount, of: descriptor, path: path)
        guard bytes.count == byteCount, Data(SHA256.hash(data: bytes)) == digest else {
            throw changed(path, line: number)
        }
        return bytes
    }

    static func digest(_ hash: SHA256Digest) throws -> Digest {
        try digest(Data(hash))
    }

    /// A digest stored as 32 bytes.
    static func digest(_ bytes: Data) throws -> Digest {
        guard let digest = Digest(hexadecimal: hexadecimalText(bytes)) else {
            throw LineageError(
                .indexDamaged, "The index holds a digest of \(bytes.count) bytes instead of 32.",
                remedy: "Restore the workspace's database from a backup.")
        }
        return digest
    }

    /// SHA-256, 32 bytes.
    static func digestBytes(_ bytes: UnsafeRawBufferPointer) -> Data {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return Data(hasher.finalize())
    }

    static func oversized(_ path: String, line: Int) -> LineageError {
        LineageError(
            .oversizedLine,
            "\(path), line \(line): the line is longer than \(lineByteCountMaximum >> 20) MiB.",
            details: ["path": path, "line": "\(line)"],
            remedy: "A shard holds one JSON object a line; split the text into records.")
    }

    static func missing(_ path: String) -> LineageError {
        LineageError(
            .shardMissing, "\(path) is part of a corpus, but the file is gone.",
            details: ["path": path],
            remedy: "Put the shard back where it was; `lethe corpus verify` checks it.")
    }

    static func changed(_ path: String, line: Int? = nil) -> LineageError {
        var details = ["path": path]
        details["line"] = line.map { "\($0)" }
        return LineageError(
            .shardChanged,
            "\(path)\(line.map { ", line \($0)," } ?? "") is not what was indexed: "
                + "its digest differs.",
            details: details,
            remedy: "Restore the shard, or add the changed file as a new corpus; "
                + "`lethe corpus verify` shows which shards differ.")
    }

    /// After a system call that failed.
    static func unreadable(_ path: String) -> DomainError {
        unreadable(path, DurableFile.systemError())
    }

    private static func unreadable(_ path: String, _ cause: any Error) -> DomainError {
        let words = (cause as? POSIXError).map { ": \(DurableFile.words(of: $0))" } ?? ""
        return DomainError(
            .fileUnreadable, "\(path) cannot be read\(words).", details: ["path": path],
            remedy: "Check that the file exists and is readable.", cause: cause)
    }
}

/// `open(2)`, which a method named `open` would hide.
private func systemOpen(_ path: String) -> Int32 { open(path, O_RDONLY | O_CLOEXEC) }

private struct LineCounter {
    let path: String
    private(set) var number = 0
    private var offset = 0

    init(path: String) { self.path = path }

    /// Delivers the complete lines; returns the number of bytes used.
    mutating func deliver(
        _ bytes: UnsafeBufferPointer<UInt8>, _ body: (ShardLine) throws -> Void
    ) throws -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var start = 0
        while start < bytes.count,
            let end = memchr(base + start, 10, bytes.count - start)
        {
            let length = UnsafeRawPointer(end) - UnsafeRawPointer(base + start)
            try deliver(line: UnsafeBufferPointer(rebasing: bytes[start..<start + length]), body)
            offset += length + 1
            start += length + 1
        }
        return start
    }

    mutating func deliverRest(
        _ bytes: UnsafeBufferPointer<UInt8>, _ body: (ShardLine) throws -> Void
    ) throws {
        try deliver(line: bytes, body)
        offset += bytes.count
    }

    private mutating func deliver(
        line: UnsafeBufferPointer<UInt8>, _ body: (ShardLine) throws -> Void
    ) throws {
        number += 1
        let isCarriageReturned = line.last == 13
        let bytes = UnsafeBufferPointer(rebasing: isCarriageReturned ? line.dropLast() : line[...])
        try body(ShardLine(number: number, offset: offset, bytes: bytes))
    }
}
