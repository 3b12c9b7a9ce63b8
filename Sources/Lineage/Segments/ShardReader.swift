import Crypto
import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads a shard in pieces of whole lines, hashing it on the way.
///
/// Where pieces end follows from the file's bytes alone, so the segment does not depend on how many
/// workers there are. Files are read, not mapped: a shard cut short meanwhile is an error, not a crash.
final class ShardReader {
    private let path: String
    private let pool: PiecePool
    private let descriptor: Int32
    private var hasher = SHA256()
    private var rest: [UInt8] = []
    private var offset = 0
    private var lineCount = 0
    private var isAtEnd = false

    /// - Throws: `file-unreadable`.
    init(path: String, pool: PiecePool) throws {
        self.path = path
        self.pool = pool
        descriptor = DurableFile.uninterrupted { open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw Self.unreadable(path) }
    }

    deinit { close(descriptor) }

    /// What the whole shard turned out to be; after the last piece.
    var content: ShardContent {
        get throws {
            ShardContent(
                digest: try ShardScanner.digest(hasher.finalize()), byteCount: offset,
                lineCount: lineCount)
        }
    }

    /// The next piece, whose memory the caller gives back to the pool; nil at the end.
    /// - Throws: `file-unreadable`, `oversized-line`.
    func next() throws -> ShardPiece? {
        let step = SegmentFormat.pieceByteCount
        var memory = pool.take(rest.count + step)
        var isKept = false
        defer { if !isKept { pool.give(memory) } }
        memory.copyBytes(from: rest)
        var count = rest.count
        var end = 0
        while !isAtEnd, end == 0 {
            if memory.count < count + step {
                let larger = pool.take(count + step)
                larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
                pool.give(memory)
                memory = larger
            }
            let new = UnsafeMutableRawBufferPointer(rebasing: memory[count..<count + step])
            let read = try fill(new)
            hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: new[..<read]))
            isAtEnd = read < step
            count += read
            end = isAtEnd ? count : (memory[..<count].lastIndex(of: 10) ?? -1) + 1
            guard end > 0 || count <= ShardScanner.lineByteCountMaximum else {
                throw ShardScanner.oversized(path, line: lineCount + 1)
            }
        }
        guard end > 0 else { return nil }
        rest = Array(memory[end..<count])
        let lines = try lineCount(of: UnsafeRawBufferPointer(rebasing: memory[..<end]))
        isKept = true
        defer {
            offset += end
            lineCount += lines
        }
        return ShardPiece(
            bytes: UnsafeRawBufferPointer(rebasing: memory[..<end]), memory: memory, offset: offset,
            firstOrdinal: lineCount, lineCount: lines)
    }

    private func lineCount(of bytes: UnsafeRawBufferPointer) throws -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var count = 0
        var start = 0
        while start < bytes.count {
            let end = memchr(base + start, 10, bytes.count - start).map {
                UnsafeRawPointer($0) - base
            }
            let length = (end ?? bytes.count) - start
            count += 1
            guard length <= ShardScanner.lineByteCountMaximum else {
                throw ShardScanner.oversized(path, line: lineCount + count)
            }
            start += length + 1
        }
        return count
    }

    /// Fills the memory as far as the file goes.
    private func fill(_ memory: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let base = memory.baseAddress else { return 0 }
        var done = 0
        while done < memory.count {
            let count = read(descriptor, base + done, memory.count - done)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.unreadable(path) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    private static func unreadable(_ path: String) -> DomainError {
        DomainError(
            .fileUnreadable, "\(path) cannot be read.", details: ["path": path],
            remedy: "Check that the file exists and is readable.",
            cause: POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO))
    }
}

/// Memory for pieces, used again: fresh memory costs as much as reading into it.
final class PiecePool: @unchecked Sendable {
    private let lock = NSLock()
    private var free: [UnsafeMutableRawBufferPointer] = []

    /// Room for what a piece has left over from the one before.
    private static let slack = 1 << 20

    deinit { for memory in free { memory.deallocate() } }

    func take(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        let usual = SegmentFormat.pieceByteCount + Self.slack
        if byteCount <= usual, let memory = lock.withLock({ free.popLast() }) { return memory }
        return .allocate(byteCount: max(byteCount, usual), alignment: 64)
    }

    func give(_ memory: UnsafeMutableRawBufferPointer) {
        if memory.count > SegmentFormat.pieceByteCount + Self.slack { return memory.deallocate() }
        lock.withLock { free.append(memory) }
    }
}
