import Certificates
import Domain
import Foundation

/// A copy of the log that can be published.
package struct LogExport: Codable, Sendable {
    package let schema: String
    package let path: String
    package let origin: String
    package let size: UInt64
    package let verifierKey: String
    /// Files that were not there yet, or had another content.
    package let writtenCount: Int
}

extension Workspace {
    /// Writes the log's checkpoint and tiles into a folder that a web server may serve as it is (C2SP
    /// tlog-tiles). A copy that is there already is brought up to date; the checkpoint is written last.
    /// - Throws: `cannot-create` for a place inside the workspace; `inconsistent-log` if the folder holds
    ///   a log that this one does not continue; `no-log`, `damaged-log`, `file-not-written`.
    package func exportLog(to target: URL) throws -> LogExport {
        let log = try requireLog()
        let place = target.standardizedFileURL.resolvingSymlinksInPath().path + "/"
        let home = folder.standardizedFileURL.resolvingSymlinksInPath().path + "/"
        guard !place.hasPrefix(home) else {
            throw EngineError(
                .cannotCreate, "\(target.path) lies inside the workspace.",
                details: ["path": target.path], remedy: "Name a folder outside of it.")
        }
        let shown = target.appendingPathComponent("checkpoint")
        try requireContinued(shown, by: log)
        let tiles = layout.log.appendingPathComponent("tile")
        var count = 0
        for path in tilePaths(tiles) {
            let data = try DurableFile.read(tiles.appendingPathComponent(path))
            let copy = target.appendingPathComponent("tile/\(path)")
            guard (try? Data(contentsOf: copy)) != data else { continue }
            try DurableFile.write(data, to: copy)
            count += 1
        }
        let checkpoint = log.latest.encoded()
        if (try? Data(contentsOf: shown)) != checkpoint {
            try DurableFile.write(checkpoint, to: shown)
            count += 1
        }
        // Whoever gets it can read it.
        let copy = try TransparencyLog.open(at: target, publicKey: log.key)
        return LogExport(
            schema: "lethe.log-export.v1", path: target.path,
            origin: log.key.name.description, size: copy.size, verifierKey: log.key.vkey,
            writtenCount: count)
    }

    private func tilePaths(_ tiles: URL) -> [String] {
        let names = FileManager.default.enumerator(atPath: tiles.path)
        return (names?.compactMap { $0 as? String } ?? []).sorted().filter { name in
            var isFolder: ObjCBool = false
            let path = tiles.appendingPathComponent(name).path
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
                && !isFolder.boolValue
                && !name.split(separator: "/").contains { $0.hasPrefix(".") }
        }
    }

    /// What was published once must not be taken back.
    private func requireContinued(_ file: URL, by log: TransparencyLog) throws {
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        let shown = try SignedCheckpoint(parsing: DurableFile.read(file)).checkpoint
        let own =
            shown.size <= log.size && shown.origin == log.key.name
            ? try? log.checkpoint(at: shown.size).checkpoint : nil
        guard own?.root == shown.root else {
            throw CertificateError(
                .inconsistentLog,
                "\(file.deletingLastPathComponent().path) shows a log of \(shown.size) entries that "
                    + "this one does not continue; it was left as it is.",
                details: ["path": file.path, "size": "\(shown.size)"],
                remedy: "If this workspace was restored from a backup, see Documentation/Log.md.")
        }
    }
}
