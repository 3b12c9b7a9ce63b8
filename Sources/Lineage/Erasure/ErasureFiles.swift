import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes the new content of an erasure's files beside the old, and puts it in their place.
struct ErasureFiles {
    let key: IndexKey

    /// Writes the temporary files and notes digests and the shard's change in the plan.
    /// - Throws: `shard-changed` if a file is not what was indexed or imported; `malformed-span`;
    ///   `file-unreadable`, `file-not-written`.
    func prepare(_ plan: inout ErasurePlan) throws {
        for index in plan.files.indices { try write(index, &plan) }
        guard let packed = plan.files.first(where: { $0.kind != .plain }),
            let imported = plan.imported, let change = plan.change
        else { return }
        var sourceDigest = imported.sourceDigest
        if case .packed = packed.kind, let digest = packed.newDigest { sourceDigest = digest }
        plan.imported = ImportedShard(
            sourcePath: imported.sourcePath, sourceDigest: sourceDigest, format: imported.format,
            plainPath: imported.plainPath, plainDigest: change.newDigest,
            plainByteCount: change.newByteCount)
    }

    /// - Postcondition: the file's new digest is known, and its temporary file is synced.
    private func write(_ index: Int, _ plan: inout ErasurePlan) throws {
        let file = plan.files[index]
        unlink(file.temporaryPath)
        switch file.kind {
        case .removedDocument:
            guard try Digest(ofFileAt: URL(fileURLWithPath: file.path)) == file.oldDigest else {
                throw ShardScanner.changed(file.path)
            }
        case .redactedDocument(let line):
            plan.files[index].newDigest = try redactDocument(file, line: line, plan)
        case .plain, .packed:
            let output = try FileSink(
                creating: file.temporaryPath, permissions: Self.mode(of: file.path))
            var format = jsonLinesFormat
            if case .packed(let id) = file.kind { format = try ShardFormat.named(id) }
            let plain = HashingSink(next: try format.pack?(output) ?? output)
            let editor = LineEditingSink(
                path: file.path, key: key, edits: plan.edits, marker: plan.marker, next: plain)
            let source = URL(fileURLWithPath: file.path)
            // What it was imported from was within the limits, or they were lifted then.
            let limits = UnpackingLimits(byteCountMaximum: .max, ratioMaximum: .max)
            let digest = try format.unpack(source, limits, editor)
            guard digest == file.oldDigest else { throw ShardScanner.changed(file.path) }
            try editor.finish()
            Self.keepOwner(of: file.path, file.temporaryPath)
            plan.files[index].newDigest = try output.digest()
            if file.kind == .plain {
                plan.change = ShardChange(
                    path: plan.shard, oldDigest: file.oldDigest, newDigest: try plain.digest(),
                    newByteCount: plain.byteCount, newRecordCount: editor.keptCount,
                    removedLines: plan.edits.filter(\.spans.isEmpty).map(\.line),
                    redactedLines: editor.redacted)
            }
        }
    }

    private func redactDocument(
        _ file: FileChange, line: Int, _ plan: ErasurePlan
    ) throws -> Digest {
        let url = URL(fileURLWithPath: file.path)
        let data = try DurableFile.read(url)
        guard Digest(of: data) == file.oldDigest else { throw ShardScanner.changed(file.path) }
        let spans = plan.edits.first { $0.line == line }?.spans ?? []
        var text = Array(data)
        for span in spans.sorted(by: { $0.bytes.lowerBound > $1.bytes.lowerBound }) {
            guard span.field == ["text"], span.bytes.upperBound <= text.count else {
                throw ShardScanner.changed(file.path, line: line)
            }
            text.replaceSubrange(span.bytes, with: plan.marker.utf8)
        }
        let output = try FileSink(
            creating: file.temporaryPath, permissions: Self.mode(of: file.path))
        try output.write(text)
        try output.finish()
        return try output.digest()
    }

    /// Puts the new content in place; a file that has it already is left alone.
    /// - Parameter replaced: called after each file.
    /// - Throws: `shard-changed` if a file has neither its old nor its new content.
    func replace(_ plan: inout ErasurePlan, replaced: (Int) throws -> Void) throws {
        for index in plan.files.indices {
            try replace(index, &plan)
            try replaced(index)
        }
    }

    private func replace(_ index: Int, _ plan: inout ErasurePlan) throws {
        let file = plan.files[index]
        let present = try present(file.path)
        if file.kind == .removedDocument {
            guard let present else { return try synchronizeFolder(of: file.path) }
            guard present == file.oldDigest else { throw ShardScanner.changed(file.path) }
            guard unlink(file.path) == 0 else { throw FileSink.failure(file.path) }
            return try synchronizeFolder(of: file.path)
        }
        guard let newDigest = file.newDigest else { throw ShardScanner.changed(file.path) }
        if present == newDigest {
            unlink(file.temporaryPath)
            return try synchronizeFolder(of: file.path)
        }
        guard present == file.oldDigest else {
            throw present == nil
                ? ShardScanner.missing(file.path) : ShardScanner.changed(file.path)
        }
        // Somebody tidied up meanwhile: the old content still is there to write it from again.
        if try self.present(file.temporaryPath) != newDigest { try write(index, &plan) }
        guard rename(file.temporaryPath, file.path) == 0 else {
            throw FileSink.failure(file.path)
        }
        try synchronizeFolder(of: file.path)
    }

    private func present(_ path: String) throws -> Digest? {
        guard try ShardScanner.exists(path) else { return nil }
        return try Digest(ofFileAt: URL(fileURLWithPath: path))
    }

    func discard(_ plan: ErasurePlan) {
        for file in plan.files { unlink(file.temporaryPath) }
    }

    /// - Throws: `shard-missing`; `file-unreadable`.
    static func change(
        _ kind: FileChange.Kind, _ path: String, _ oldDigest: Digest
    ) throws -> FileChange {
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        var status = stat()
        guard try ShardScanner.exists(real), stat(real, &status) == 0 else {
            throw ShardScanner.missing(path)
        }
        return FileChange(
            kind: kind, path: real, oldDigest: oldDigest, newDigest: nil,
            otherNameCount: max(0, Int(status.st_nlink) - 1))
    }

    private static func mode(of path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0o600
    }

    /// Only root may give files away; for others the new file is theirs.
    private static func keepOwner(of path: String, _ copy: String) {
        var status = stat()
        if stat(path, &status) == 0 { _ = chown(copy, status.st_uid, status.st_gid) }
    }
}
