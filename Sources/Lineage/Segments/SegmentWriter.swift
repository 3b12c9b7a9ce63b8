import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes a segment under a temporary name and gives it its own when it is complete and on disk.
final class SegmentWriter {
    /// Names of unfinished segments begin with this.
    static let temporaryPrefix = ".building-"

    let temporary: URL
    private let descriptor: Int32
    private var isOpen = true
    private var buffer: [UInt8] = []
    private var offset = SegmentFormat.pageByteCount
    private var pageSums: [UInt64] = []
    private var parts: [SegmentPart] = []

    private static let bufferByteCount = 1 << 20

    /// - Throws: `file-not-written`.
    init(folder: URL) throws {
        temporary = folder.appendingPathComponent(Self.temporaryPrefix + UUID().uuidString)
        let path = temporary.path
        descriptor = DurableFile.uninterrupted {
            open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        }
        guard descriptor >= 0 else { throw Self.notWritten(temporary) }
        // The header comes last: until then the file begins with zeros and is no segment.
        guard
            DurableFile.uninterrupted({ ftruncate(descriptor, off_t(SegmentFormat.pageByteCount)) })
                == 0,
            lseek(descriptor, 0, SEEK_END) >= 0
        else {
            discard()
            throw Self.notWritten(temporary)
        }
        buffer.reserveCapacity(Self.bufferByteCount + (1 << 16))
    }

    deinit { discard() }

    /// Removes the unfinished file.
    func discard() {
        guard isOpen else { return }
        isOpen = false
        close(descriptor)
        unlink(temporary.path)
    }

    /// Appends a section.
    /// - Returns: where it stands in the file.
    func append(_ pieces: [[UInt8]]) throws -> Range<Int> {
        let alignment = SegmentFormat.sectionAlignment
        let padding = (alignment - (offset + buffer.count) % alignment) % alignment
        buffer.append(contentsOf: repeatElement(0, count: padding))
        let start = offset + buffer.count
        for piece in pieces {
            buffer.append(contentsOf: piece)
            if buffer.count >= Self.bufferByteCount { try flushPages() }
        }
        return start..<offset + buffer.count
    }

    func append(_ section: SectionBytes) throws -> Range<Int> { try append([section.bytes]) }

    func finish(part: SegmentPart) { parts.append(part) }

    /// Writes tables and header, syncs the file and renames it.
    /// - Throws: `file-not-written`; then nothing is left of it.
    func publish(as url: URL, digest: Digest, byteCount: Int, recordCount: Int) throws {
        let page = SegmentFormat.pageByteCount
        buffer.append(contentsOf: repeatElement(0, count: (page - buffer.count % page) % page))
        try flushPages()
        var table = SectionBytes()
        for part in parts {
            for word in [part.firstOrdinal, part.recordCount, part.subjectCount, part.endOffset] {
                table.append(word: UInt64(word))
            }
            for range in part.sections {
                table.append(word: UInt64(range.lowerBound))
                table.append(word: UInt64(range.count))
            }
        }
        var sums = SectionBytes()
        for sum in pageSums { sums.append(word: sum) }
        let tableOffset = offset
        let sumsOffset = offset + table.count
        try write(table.bytes)
        try write(sums.bytes)
        var header = SectionBytes()
        let words = [
            SegmentFormat.magic, SegmentFormat.version, SegmentFormat.rulesVersion,
            UInt64(recordCount), UInt64(byteCount), UInt64(parts.count),
            UInt64(tableOffset), table.bytes.withUnsafeBytes(checksum),
            UInt64(sumsOffset), UInt64(pageSums.count), sums.bytes.withUnsafeBytes(checksum),
        ]
        for word in words { header.append(word: word) }
        header.bytes.append(contentsOf: digest.hexadecimal.utf8)
        header.append(word: header.bytes.withUnsafeBytes(checksum))
        guard
            header.bytes.withUnsafeBytes(writeHeader) == header.count,
            DurableFile.uninterrupted({ fsync(descriptor) }) == 0,
            DurableFile.uninterrupted({ rename(temporary.path, url.path) }) == 0
        else { throw Self.notWritten(temporary) }
        isOpen = false
        close(descriptor)
        try Self.synchronize(folder: url.deletingLastPathComponent())
    }

    /// What was written of it, or a negative number.
    private func writeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        while true {
            let written = pwrite(descriptor, bytes.baseAddress, bytes.count, 0)
            if written >= 0 || errno != EINTR { return written }
        }
    }

    /// Writes the whole pages of the buffer.
    private func flushPages() throws {
        let page = SegmentFormat.pageByteCount
        let count = buffer.count / page * page
        guard count > 0 else { return }
        buffer.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: count, by: page) {
                pageSums.append(
                    checksum(UnsafeRawBufferPointer(rebasing: bytes[start..<start + page])))
            }
        }
        try buffer.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        buffer.removeFirst(count)
    }

    private func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes(write) }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            let written = Foundation.write(descriptor, base + done, bytes.count - done)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw Self.notWritten(temporary) }
            done += written
        }
        offset += bytes.count
    }

    static func synchronize(folder: URL) throws {
        do { try DurableFile.synchronizeFolder(folder) } catch { throw notWritten(folder) }
    }

    static func notWritten(_ url: URL) -> DomainError {
        let cause = POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        return DomainError(
            .fileNotWritten, "\(url.path) could not be written.", details: ["path": url.path],
            remedy: "Check free space and permissions of \(url.deletingLastPathComponent().path); "
                + "nothing was registered.", cause: cause)
    }
}
