import Domain
import Foundation

/// A shard as it was given, and the JSONL that it is read as from then on.
package struct ImportedShard: Codable, Sendable, Equatable {
    /// Absolute; a folder for a folder of text files.
    package let sourcePath: String
    /// Of the source's bytes; of a folder, over the paths and digests of its documents.
    package let sourceDigest: Digest
    /// Id of the format.
    package let format: String
    /// Equal to `sourcePath` for JSONL.
    package let plainPath: String
    package let plainDigest: Digest
    package let plainByteCount: Int

    package init(
        sourcePath: String, sourceDigest: Digest, format: String, plainPath: String,
        plainDigest: Digest, plainByteCount: Int
    ) {
        self.sourcePath = sourcePath
        self.sourceDigest = sourceDigest
        self.format = format
        self.plainPath = plainPath
        self.plainDigest = plainDigest
        self.plainByteCount = plainByteCount
    }
}

/// Brings shards of any form into JSONL. What is not JSONL is unpacked into a folder of the
/// workspace (mode 0700, files 0600), in constant memory.
package struct ShardImporter: Sendable {
    private let folder: URL
    private let limits: UnpackingLimits
    private let context: WorkContext

    /// - Parameter folder: where unpacked shards go; made when it is needed.
    package init(
        folder: URL, limits: UnpackingLimits = UnpackingLimits(),
        context: WorkContext = WorkContext()
    ) {
        self.folder = folder
        self.limits = limits
        self.context = context
    }

    /// Whether a shard is read where it lies.
    /// - Throws: as `ShardFormat.detect`.
    package static func isPlain(_ source: URL) throws -> Bool {
        try ShardFormat.detect(source).id == jsonLinesFormat.id
    }

    /// Removes what imports that were killed left behind. No other may be under way.
    package func removeLeftovers() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names where name.hasPrefix(".") && name.hasSuffix(".tmp") {
            unlink(folder.appendingPathComponent(name).path)
        }
    }

    /// Returns once the JSONL is on disk. Importing the same source again finds it there.
    /// - Throws: `unsupported-format`, `malformed-archive`, `archive-too-large`, `import-conflict`,
    ///   `empty-shard`, `invalid-utf8`, `missing-text`, `oversized-line`, `file-unreadable`,
    ///   `file-not-written`, `interrupted`; then nothing is left behind.
    package func importShard(_ source: URL) throws -> ImportedShard {
        let format = try ShardFormat.detect(source)
        let path = source.standardizedFileURL.path
        if case .inPlace = format.rewriting {
            let sink = HashingSink()
            let digest = try format.unpack(source, limits, sink)
            return ImportedShard(
                sourcePath: path, sourceDigest: digest, format: format.id, plainPath: path,
                plainDigest: digest, plainByteCount: sink.byteCount)
        }
        return try unpacked(source, format) { temporary, sink, sourceDigest in
            let plainDigest = try sink.digest()
            let plain = try publish(
                temporary, plainDigest, source: source, sourceDigest: sourceDigest)
            return ImportedShard(
                sourcePath: path, sourceDigest: sourceDigest, format: format.id,
                plainPath: plain.standardizedFileURL.path, plainDigest: plainDigest,
                plainByteCount: sink.byteCount)
        }
    }

    /// Unpacks the source of an imported shard again, in place of what it was unpacked to, and keeps
    /// the new content if `body` succeeds: else the old content is put back. Killed in between, the
    /// same call completes it.
    /// - Throws: as `importShard`, and what `body` throws.
    package func importAgain<Value>(
        _ shard: ImportedShard, _ body: (ImportedShard) throws -> Value
    ) throws -> Value {
        let source = URL(fileURLWithPath: shard.sourcePath)
        let format = try ShardFormat.detect(source)
        return try unpacked(source, format) { temporary, sink, sourceDigest in
            let renewed = ImportedShard(
                sourcePath: shard.sourcePath, sourceDigest: sourceDigest, format: format.id,
                plainPath: shard.plainPath, plainDigest: try sink.digest(),
                plainByteCount: sink.byteCount)
            let old = shard.plainPath + ".old"
            // One that is there already was left by a killed call: either the index knows the new
            // content by now, or still the old one.
            if FileManager.default.fileExists(atPath: old),
                try Digest(ofFileAt: URL(fileURLWithPath: shard.plainPath)) == shard.plainDigest
            {
                _ = try removeForGood([URL(fileURLWithPath: old)])
            }
            if !FileManager.default.fileExists(atPath: old),
                FileManager.default.fileExists(atPath: shard.plainPath)
            {
                guard rename(shard.plainPath, old) == 0 else { throw FileSink.failure(old) }
            }
            do {
                guard rename(temporary, shard.plainPath) == 0 else {
                    throw FileSink.failure(shard.plainPath)
                }
                try synchronizeFolder(of: shard.plainPath)
                let value = try body(renewed)
                _ = try removeForGood([URL(fileURLWithPath: old)])
                return value
            } catch {
                // Without an old content there is nothing to go back to.
                if FileManager.default.fileExists(atPath: old) { rename(old, shard.plainPath) }
                throw error
            }
        }
    }

    /// Unpacks into a temporary file, which is removed unless `body` renames it.
    private func unpacked<Value>(
        _ source: URL, _ format: ShardFormat, _ body: (String, FileSink, Digest) throws -> Value
    ) throws -> Value {
        try makeFolder(folder)
        let temporary = folder.appendingPathComponent(".\(UUID().uuidString).tmp").path
        let sink = try FileSink(creating: temporary)
        defer { unlink(temporary) }
        let sourceDigest = try format.unpack(source, limits, CancellableSink(sink, context))
        try sink.finish()
        return try body(temporary, sink, sourceDigest)
    }

    /// The folder is named by the source's digest, the file by its name: records without an id are
    /// named by their file.
    private func publish(
        _ temporary: String, _ digest: Digest, source: URL, sourceDigest: Digest
    ) throws -> URL {
        let home = folder.appendingPathComponent(String(sourceDigest.hexadecimal.prefix(16)))
        try makeFolder(home)
        let plain = home.appendingPathComponent(plainName(source))
        if FileManager.default.fileExists(atPath: plain.path) {
            // Records may have been erased from it since: the same source brings them back.
            guard try Digest(ofFileAt: plain) == digest else {
                throw LineageError(
                    .importConflict,
                    "\(source.path) was imported before, and \(plain.path) is no longer what "
                        + "came out of it.",
                    details: ["path": source.path, "plain": plain.path],
                    remedy: "If records were erased since, the source is an old copy: erase it "
                        + "too. Else remove the unpacked file and import again.")
            }
            return plain
        }
        guard rename(temporary, plain.path) == 0 else { throw FileSink.failure(plain.path) }
        try synchronizeFolder(of: plain.path)
        return plain
    }

    private func plainName(_ source: URL) -> String {
        let known = builtinShardFormats.filter { $0.id != jsonLinesFormat.id }
            .flatMap(\.fileEndings)
        let name = source.lastPathComponent
        let ending = known.first {
            name.lowercased().hasSuffix($0) && name.utf8.count > $0.utf8.count
        }
        let stem = String(name.dropLast(ending?.count ?? 0))
        let isJSONLines = jsonLinesFormat.fileEndings.contains { stem.lowercased().hasSuffix($0) }
        return isJSONLines ? stem : stem + ".jsonl"
    }

    private func makeFolder(_ url: URL) throws {
        do {
            try DurableFile.makeFolder(url, permissions: 0o700)
        } catch {
            throw DomainError(
                .fileNotWritten, "\(url.path) could not be made.", details: ["path": url.path],
                remedy: "Check free space and permissions of the workspace.", cause: error)
        }
    }
}

/// Asks with every piece whether the operator wants to stop.
private final class CancellableSink: ByteSink {
    private let next: any ByteSink
    private let context: WorkContext

    init(_ next: any ByteSink, _ context: WorkContext) {
        self.next = next
        self.context = context
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        try context.checkCancellation()
        try next.write(bytes)
    }

    func finish() throws { try next.finish() }
}

/// Makes renames and removals in the folder of a file survive a power loss.
/// - Throws: `file-not-written`.
func synchronizeFolder(of path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    do {
        try DurableFile.synchronizeFolder(URL(fileURLWithPath: folder))
    } catch { throw FileSink.failure(folder) }
}
