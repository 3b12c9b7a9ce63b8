import Domain
import Foundation

/// A form in which shards come, as a value in `builtinShardFormats`.
package struct ShardFormat: Sendable {
    /// Permanent; stored with what was imported.
    package let id: String
    /// For lists and messages.
    package let title: String
    /// Ends of file names, lower case, with the point.
    package let fileEndings: [String]
    /// What such files begin with, one of these; empty if anything. It counts more than the name.
    package let magics: [[UInt8]]
    /// What erasing records does to a file in this form.
    package let rewriting: Rewriting

    /// What erasing records does to the source that a shard was unpacked from.
    package enum Rewriting: Sendable {
        /// The source is JSONL itself.
        case inPlace
        /// The source is unpacked, filtered and packed again.
        case repacked
        /// The record's own file is removed.
        case perDocument
        /// The format is not read at all.
        case none
    }

    /// Writes the content as JSONL into the sink, which it does not finish, in constant memory.
    /// Returns the digest of the source as it was read.
    let unpack: @Sendable (URL, UnpackingLimits, any ByteSink) throws -> Digest
    /// A sink that packs what it is given into the next one; nil for forms that pack nothing.
    let pack: (@Sendable (any ByteSink) throws -> any ByteSink)?
}

/// Every form that shards are read in. The first whose magic bytes a file begins with is taken, else
/// the first whose ending its name has, else JSONL.
package let builtinShardFormats: [ShardFormat] = [
    jsonLinesFormat, gzipFormat, zstandardFormat, parquetFormat, plainTextFormat,
]

extension ShardFormat {
    /// The form of a file, or of a folder of text files.
    /// - Throws: `file-unreadable`; `unsupported-format` if a name promises a packed form and the
    ///   content is another.
    package static func detect(_ source: URL) throws -> ShardFormat {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: source.path, isDirectory: &isFolder) else {
            throw DomainError(
                .fileUnreadable, "\(source.path) does not exist.", details: ["path": source.path],
                remedy: "Check the path.")
        }
        if isFolder.boolValue { return plainTextFormat }
        let first = try firstBytes(of: source)
        if let found = builtinShardFormats.first(where: {
            $0.magics.contains { first.starts(with: $0) }
        }) {
            return found
        }
        let name = source.lastPathComponent.lowercased()
        let named = builtinShardFormats.first { $0.fileEndings.contains(where: name.hasSuffix) }
        guard let named, !named.magics.isEmpty else { return named ?? jsonLinesFormat }
        throw LineageError(
            .unsupportedFormat,
            "\(source.path) is named like \(named.title), but its content is not.",
            details: ["path": source.path, "format": named.id],
            remedy: "Give the file its right ending, or get it again if it is damaged.")
    }

    /// - Throws: `unknown-name`, listing the known formats and the nearest.
    package static func named(_ id: String) throws -> ShardFormat {
        try lookUp(id, in: builtinShardFormats, kind: "shard format", by: { $0.id })
    }

    private static func firstBytes(of source: URL) throws -> Data {
        do {
            let handle = try FileHandle(forReadingFrom: source)
            defer { try? handle.close() }
            return try handle.read(upToCount: 8) ?? Data()
        } catch {
            throw DomainError(
                .fileUnreadable, "\(source.path) cannot be read.", details: ["path": source.path],
                remedy: "Check that the file is readable.", cause: error)
        }
    }
}

/// What a packed file may grow to: a few kilobytes can be made to fill any disk.
package struct UnpackingLimits: Sendable {
    /// Bytes that may come out of one file.
    package var byteCountMaximum: Int
    /// How often the packed size may come out.
    package var ratioMaximum: Int
    /// Below this the ratio is not asked: small files of repeated lines pack very well.
    package var ratioFreeByteCount: Int

    /// - Parameters:
    ///   - byteCountMaximum: default 256 GiB.
    ///   - ratioMaximum: default 200; text packs 2 to 30 times.
    ///   - ratioFreeByteCount: default 64 MiB.
    package init(
        byteCountMaximum: Int = 256 << 30, ratioMaximum: Int = 200,
        ratioFreeByteCount: Int = 64 << 20
    ) {
        self.byteCountMaximum = byteCountMaximum
        self.ratioMaximum = ratioMaximum
        self.ratioFreeByteCount = ratioFreeByteCount
    }
}

/// Counts what went into and came out of an unpacker.
struct UnpackingMeter {
    let path: String
    let limits: UnpackingLimits
    private(set) var packedByteCount = 0
    private(set) var byteCount = 0

    init(_ path: String, _ limits: UnpackingLimits) {
        self.path = path
        self.limits = limits
    }

    mutating func took(_ count: Int) { packedByteCount += count }

    /// - Throws: `archive-too-large`.
    mutating func gave(_ count: Int) throws {
        byteCount += count
        let exceeded: String
        if byteCount > limits.byteCountMaximum {
            exceeded = "more than \(limits.byteCountMaximum) bytes come out of it"
        } else if byteCount > limits.ratioFreeByteCount,
            byteCount / max(1, packedByteCount) >= limits.ratioMaximum
        {
            exceeded = "more than \(limits.ratioMaximum) times its size comes out of it"
        } else {
            return
        }
        throw LineageError(
            .archiveTooLarge, "\(path) was not unpacked: \(exceeded).",
            details: ["path": path, "byteCount": "\(byteCount)"],
            remedy: "If the file is what it should be, unpack it yourself and add the JSONL.")
    }

    /// - Throws: always `malformed-archive`.
    func damaged(_ what: String) -> LineageError {
        LineageError(
            .malformedArchive,
            "\(path) cannot be unpacked: \(what), \(byteCount) bytes into the content.",
            details: ["path": path, "byteCount": "\(byteCount)"],
            remedy: "Get the file again; nothing of it was stored.")
    }
}
