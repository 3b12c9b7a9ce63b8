import CZstd

/// JSONL packed by Zstandard (RFC 8878): frames one after the other, skippable ones too.
let zstandardFormat = ShardFormat(
    id: "jsonl-zstandard", title: "Zstandard", fileEndings: [".zst", ".zstd"],
    magics: zstandardMagics, rewriting: .repacked,
    unpack: { source, limits, sink in
        let unpacker = try ZstandardUnpacker(source.path, limits, sink)
        let digest = try FilePieces.read(source.path) { try unpacker.take($0) }
        try unpacker.end()
        return digest
    },
    pack: { try ZstandardSink($0) })

/// Of a frame, and of the sixteen skippable ones that a file may begin with too.
private let zstandardMagics: [[UInt8]] =
    [[0x28, 0xb5, 0x2f, 0xfd]] + (0x50...0x5f).map { [$0, 0x2a, 0x4d, 0x18] }

/// 128 MiB, what the zstd command takes without being told more. The window is held in memory, and
/// a file may ask for 2 GiB of it.
private let windowLogMaximum: Int32 = 27
private let compressionLevel: Int32 = 3
private let pieceByteCount = 1 << 18

private final class ZstandardUnpacker {
    private let context: OpaquePointer
    private var meter: UnpackingMeter
    private let sink: any ByteSink
    private let output = UnsafeMutableRawBufferPointer.allocate(
        byteCount: pieceByteCount, alignment: 16)
    private var isFrameDone = false

    init(_ path: String, _ limits: UnpackingLimits, _ sink: any ByteSink) throws {
        meter = UnpackingMeter(path, limits)
        self.sink = sink
        guard let context = ZSTD_createDCtx() else { throw meter.damaged("memory is short") }
        self.context = context
        ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, windowLogMaximum)
    }

    deinit {
        ZSTD_freeDCtx(context)
        output.deallocate()
    }

    func take(_ piece: UnsafeRawBufferPointer) throws {
        meter.took(piece.count)
        var input = ZSTD_inBuffer(src: piece.baseAddress, size: piece.count, pos: 0)
        var hasMore = true
        while input.pos < input.size || hasMore {
            var out = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            let status = ZSTD_decompressStream(context, &out, &input)
            if ZSTD_isError(status) != 0 { throw failure(status) }
            try meter.gave(out.pos)
            try sink.write(UnsafeRawBufferPointer(rebasing: output[..<out.pos]))
            isFrameDone = status == 0
            hasMore = !isFrameDone && out.pos == out.size
        }
    }

    func end() throws {
        guard isFrameDone else { throw meter.damaged("the file is cut off") }
    }

    private func failure(_ status: Int) -> LineageError {
        guard ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge else {
            return meter.damaged(String(cString: ZSTD_getErrorName(status)))
        }
        return LineageError(
            .archiveTooLarge,
            "\(meter.path) asks for a window of more than \(1 << (windowLogMaximum - 20)) MiB.",
            details: ["path": meter.path],
            remedy: "Pack it again without `--long` or `--ultra`, or add it as JSONL.")
    }
}

/// Packs into one frame with a checksum of the content.
private final class ZstandardSink: ByteSink {
    private let context: OpaquePointer
    private let next: any ByteSink
    private let output = UnsafeMutableRawBufferPointer.allocate(
        byteCount: pieceByteCount, alignment: 16)

    init(_ next: any ByteSink) throws {
        self.next = next
        guard let context = ZSTD_createCCtx() else { throw packingFailed("memory is short") }
        self.context = context
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, compressionLevel)
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit {
        ZSTD_freeCCtx(context)
        output.deallocate()
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws { try compress(bytes, ZSTD_e_continue) }

    func finish() throws {
        try compress(UnsafeRawBufferPointer(start: nil, count: 0), ZSTD_e_end)
        try next.finish()
    }

    private func compress(
        _ bytes: UnsafeRawBufferPointer, _ directive: ZSTD_EndDirective
    ) throws {
        var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        var isDone = false
        while !isDone {
            var out = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            let left = ZSTD_compressStream2(context, &out, &input, directive)
            if ZSTD_isError(left) != 0 {
                throw packingFailed(String(cString: ZSTD_getErrorName(left)))
            }
            try next.write(UnsafeRawBufferPointer(rebasing: output[..<out.pos]))
            isDone = directive == ZSTD_e_end ? left == 0 : input.pos == input.size
        }
    }
}
