import CZlib

/// JSONL packed by gzip (RFC 1952): one or several members one after the other, each with its
/// checksum; zeros after the last one are padding.
let gzipFormat = ShardFormat(
    id: "jsonl-gzip", title: "gzip", fileEndings: [".gz", ".gzip"], magics: [[0x1f, 0x8b]],
    rewriting: .repacked,
    unpack: { source, limits, sink in
        let unpacker = try GzipUnpacker(source.path, limits, sink)
        let digest = try FilePieces.read(source.path) { try unpacker.take($0) }
        try unpacker.end()
        return digest
    },
    pack: { try GzipSink($0) })

/// Window of 32 KiB, and the gzip wrapper with its checksum.
private let gzipWindowBits: Int32 = 15 + 16
private let pieceByteCount = 1 << 18

private final class GzipUnpacker {
    private var stream = z_stream()
    private var meter: UnpackingMeter
    private let sink: any ByteSink
    private let output = UnsafeMutableRawBufferPointer.allocate(
        byteCount: pieceByteCount, alignment: 16)
    private var isBetweenMembers = true
    private var memberCount = 0
    private var isPadding = false

    init(_ path: String, _ limits: UnpackingLimits, _ sink: any ByteSink) throws {
        meter = UnpackingMeter(path, limits)
        self.sink = sink
        let status = inflateInit2_(
            &stream, gzipWindowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw meter.damaged("zlib reports \(status)") }
    }

    deinit {
        inflateEnd(&stream)
        output.deallocate()
    }

    func take(_ piece: UnsafeRawBufferPointer) throws {
        meter.took(piece.count)
        guard let base = piece.bindMemory(to: UInt8.self).baseAddress else { return }
        // zlib reads through the pointer and does not write.
        stream.next_in = UnsafeMutablePointer(mutating: base)
        stream.avail_in = UInt32(piece.count)
        // Output may be left in zlib after the input is used up.
        var hasMore = true
        while stream.avail_in > 0 || hasMore {
            if isBetweenMembers {
                try skipPadding()
                if stream.avail_in == 0 { return }
                isBetweenMembers = false
            }
            hasMore = try step()
        }
    }

    func end() throws {
        guard isBetweenMembers else { throw meter.damaged("the file is cut off") }
    }

    /// - Returns: whether there may be more output without more input.
    private func step() throws -> Bool {
        stream.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.avail_out = UInt32(output.count)
        let status = inflate(&stream, Z_NO_FLUSH)
        let count = output.count - Int(stream.avail_out)
        try meter.gave(count)
        try sink.write(UnsafeRawBufferPointer(rebasing: output[..<count]))
        switch status {
        case Z_OK: return stream.avail_out == 0
        case Z_BUF_ERROR: return false
        case Z_STREAM_END:
            memberCount += 1
            isBetweenMembers = true
            guard inflateReset(&stream) == Z_OK else { throw meter.damaged("zlib cannot go on") }
            return false
        case Z_DATA_ERROR:
            throw meter.damaged(
                memberCount == 0
                    ? "its data or checksum is wrong"
                    : "data or checksum of member \(memberCount + 1) is wrong")
        default: throw meter.damaged("zlib reports \(status)")
        }
    }

    private func skipPadding() throws {
        guard memberCount > 0 else { return }
        while stream.avail_in > 0, let next = stream.next_in, next.pointee == 0 {
            isPadding = true
            stream.next_in = next + 1
            stream.avail_in -= 1
        }
        if isPadding, stream.avail_in > 0 {
            throw meter.damaged("something other than gzip follows its content")
        }
    }
}

/// Packs into one gzip member, without name and time, so that equal content gives equal bytes.
private final class GzipSink: ByteSink {
    private var stream = z_stream()
    private let next: any ByteSink
    private let output = UnsafeMutableRawBufferPointer.allocate(
        byteCount: pieceByteCount, alignment: 16)

    init(_ next: any ByteSink) throws {
        self.next = next
        let status = deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzipWindowBits, 8, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw packingFailed("zlib reports \(status)") }
    }

    deinit {
        deflateEnd(&stream)
        output.deallocate()
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        // zlib counts input in 32 bits; callers give pieces of at most a line.
        var rest = bytes
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            try deflateAll(piece, Z_NO_FLUSH)
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
        }
    }

    func finish() throws {
        try deflateAll(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH)
        try next.finish()
    }

    private func deflateAll(_ piece: UnsafeRawBufferPointer, _ flush: Int32) throws {
        stream.next_in = piece.bindMemory(to: UInt8.self).baseAddress.map {
            UnsafeMutablePointer(mutating: $0)
        }
        stream.avail_in = UInt32(piece.count)
        repeat {
            stream.next_out = output.bindMemory(to: UInt8.self).baseAddress
            stream.avail_out = UInt32(output.count)
            let status = deflate(&stream, flush)
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw packingFailed("zlib reports \(status)")
            }
            let count = output.count - Int(stream.avail_out)
            try next.write(UnsafeRawBufferPointer(rebasing: output[..<count]))
            if status == Z_STREAM_END { return }
        } while stream.avail_out == 0 || stream.avail_in > 0
    }
}

func packingFailed(_ what: String) -> LineageError {
    LineageError(
        .malformedArchive, "A shard could not be packed again: \(what).",
        remedy: "Check free memory; the shard is as it was.")
}
