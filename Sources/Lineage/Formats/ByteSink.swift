import Domain
import Foundation

import struct Crypto.SHA256

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Takes a stream of bytes piece by piece; sinks are chained, so that no file is ever held whole.
protocol ByteSink: AnyObject {
    func write(_ bytes: UnsafeRawBufferPointer) throws
    /// Called once, after the last piece.
    func finish() throws
}

extension ByteSink {
    func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }
}

/// A new file, hashed while it is written. `finish` syncs and closes it.
final class FileSink: ByteSink {
    let path: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private var hasher = SHA256()
    private(set) var byteCount = 0
    private static let bufferByteCount = 1 << 18

    /// - Throws: `file-not-written`, also if the file exists.
    init(creating path: String, permissions: mode_t = 0o600) throws {
        self.path = path
        descriptor = DurableFile.uninterrupted {
            open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
        }
        guard descriptor >= 0 else { throw Self.failure(path) }
        // The mode is meant as it is said, whatever the umask.
        _ = fchmod(descriptor, permissions)
        buffer.reserveCapacity(Self.bufferByteCount)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferByteCount { try flush() }
    }

    func finish() throws {
        try flush()
        guard DurableFile.uninterrupted({ fsync(descriptor) }) == 0 else {
            throw Self.failure(path)
        }
        close(descriptor)
        descriptor = -1
    }

    /// Of what was written; complete after `finish`.
    func digest() throws -> Digest { try ShardScanner.digest(hasher.finalize()) }

    private func flush() throws {
        hasher.update(data: buffer)
        byteCount += buffer.count
        var done = 0
        while done < buffer.count {
            let written = buffer.withUnsafeBytes { bytes in
                systemWrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw Self.failure(path) }
            done += written
        }
        buffer.removeAll(keepingCapacity: true)
    }

    static func failure(_ path: String) -> DomainError {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        return DomainError(
            .fileNotWritten,
            "\(path) could not be written: \(String(cString: strerror(errno))).",
            details: ["path": path], remedy: "Check free space and permissions of \(folder).")
    }
}

/// Hashes and counts what passes through, or only hashes if nothing follows.
final class HashingSink: ByteSink {
    private let next: (any ByteSink)?
    private var hasher = SHA256()
    private(set) var byteCount = 0

    init(next: (any ByteSink)? = nil) { self.next = next }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        hasher.update(bufferPointer: bytes)
        byteCount += bytes.count
        try next?.write(bytes)
    }

    func finish() throws { try next?.finish() }
    func digest() throws -> Digest { try ShardScanner.digest(hasher.finalize()) }
}

/// Reads files in pieces of 256 KiB.
enum FilePieces {
    static let pieceByteCount = 1 << 18

    /// - Returns: digest of all bytes read.
    /// - Throws: `file-unreadable`, and what `body` throws.
    @discardableResult
    static func read(
        _ path: String, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Digest {
        let descriptor = DurableFile.uninterrupted { open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var hasher = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: pieceByteCount, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = systemRead(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { return try ShardScanner.digest(hasher.finalize()) }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            hasher.update(bufferPointer: piece)
            try body(piece)
        }
    }

    private static func unreadable(_ path: String) -> DomainError {
        DomainError(
            .fileUnreadable, "\(path) cannot be read: \(String(cString: strerror(errno))).",
            details: ["path": path], remedy: "Check that the file exists and is readable.")
    }
}

/// `write(2)`, which a method named `write` would hide.
private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    guard let bytes else { return 0 }
    return write(file, bytes, count)
}

/// `read(2)`, which a method named `read` would hide.
private func systemRead(_ file: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    guard let bytes else { return 0 }
    return read(file, bytes, count)
}
