import Domain
import Foundation
import GRDB

/// Makes backups of a workspace that stays in use meanwhile.
package enum WorkspaceBackup {
    /// Copies the parts into a new folder. The databases come first, so that every file they name is
    /// copied later than its name; a file that disappears meanwhile is left out. When it returns, the
    /// backup is on disk under its name; when it throws, there is nothing under that name.
    /// - Parameters:
    ///   - destination: does not exist, or is an empty folder.
    ///   - omitting: roles of what is left out on purpose; the manifest names them.
    /// - Parameter isConsistent: asked when everything is copied: whether the copies fit each other.
    /// - Throws: `target-not-empty`, `backup-not-made`; `interrupted`.
    package static func make(
        of workspace: URL, parts: [BackupPart], omitting: [String] = [], to destination: URL,
        clock: any Clock = SystemClock(), context: WorkContext = WorkContext(),
        isConsistent: () throws -> Bool = { true }
    ) throws -> BackupManifest {
        let createdAt = clock.now()
        return try building(destination) { folder in
            var schemas: [String: [String]] = [:]
            var history: BackupManifest.History?
            for part in parts where part.kind == .database {
                try context.checkCancellation()
                let copy = try place(part.path, in: folder)
                schemas[part.path] = try copyDatabase(
                    workspace.appendingPathComponent(part.path), to: copy)
                if part.role == BackupPart.casesRole { history = try head(of: copy) }
            }
            let paths = try parts.filter { $0.kind != .database }.flatMap { part in
                try filePaths(of: part, in: workspace).map { (part.kind == .folder, $0) }
            }
            for (index, (isPartOfFolder, path)) in paths.enumerated() {
                try context.checkCancellation()
                try copyFile(
                    workspace.appendingPathComponent(path), to: try place(path, in: folder),
                    isPartOfFolder: isPartOfFolder)
                context.progress("copy", index + 1, of: paths.count)
            }
            let copies = try BackupManifest.regularFiles(below: folder)
            let files = try copies.enumerated().map { index, path in
                try context.checkCancellation()
                let file = try description(of: path, in: folder)
                context.progress("digest", index + 1, of: copies.count)
                return file
            }
            guard try isConsistent() else {
                throw CaseworkError(
                    .backupNotMade, "A key of the workspace was changed while the backup was made.",
                    remedy: "Make the backup again.")
            }
            let manifest = BackupManifest(
                letheBackup: 1, createdAt: createdAt, parts: parts, files: files,
                schemas: schemas, history: history,
                omitted: omitting.isEmpty ? nil : omitting.sorted())
            try DurableFile.write(
                try manifest.fileContent(),
                to: folder.appendingPathComponent(BackupManifest.fileName), permissions: 0o600)
            return manifest
        }
    }

    /// Lets `body` fill a folder beside `destination`, syncs all of it and renames it into place.
    static func building<Value>(_ destination: URL, _ body: (URL) throws -> Value) throws -> Value {
        let manager = FileManager.default
        if manager.fileExists(atPath: destination.path) {
            let content = try? manager.contentsOfDirectory(atPath: destination.path)
            guard content?.isEmpty == true else {
                throw CaseworkError(
                    .targetNotEmpty, "\(destination.path) has content already.",
                    details: ["path": destination.path],
                    remedy: "Name a folder that does not exist yet.")
            }
        }
        let parent = destination.deletingLastPathComponent()
        let temporary = parent.appendingPathComponent(
            ".\(destination.lastPathComponent).\(UUID().uuidString).partial")
        do {
            try DurableFile.makeFolder(parent)
            try DurableFile.makeFolder(temporary, permissions: 0o700)
            let value = try body(temporary)
            try DurableFile.synchronizeTree(temporary)
            // Renaming over an empty folder is allowed, over a full one it is not.
            guard rename(temporary.path, destination.path) == 0 else {
                throw POSIXError(.init(rawValue: errno) ?? .EIO)
            }
            try DurableFile.synchronizeFolder(parent)
            return value
        } catch {
            try? manager.removeItem(at: temporary)
            if let error = error as? any ReportableError { throw error }
            throw CaseworkError(
                .backupNotMade, "\(destination.path) could not be written.",
                details: ["path": destination.path],
                remedy: "Check free space and permissions of \(parent.path).", cause: error)
        }
    }

    /// The place of a file in a folder; the folders above it are made.
    static func place(_ path: String, in folder: URL) throws -> URL {
        guard BackupManifest.isPlain(path) else {
            throw CaseworkError(.backupNotMade, "A part of the backup lies outside the workspace.")
        }
        let url = folder.appendingPathComponent(path)
        try DurableFile.makeFolder(url.deletingLastPathComponent(), permissions: 0o700)
        return url
    }

    private static func filePaths(of part: BackupPart, in workspace: URL) throws -> [String] {
        guard part.kind == .folder else { return [part.path] }
        return try BackupManifest.regularFiles(
            below: workspace.appendingPathComponent(part.path)
        ).filter { name in
            // What is being written is not content yet, and what is being shredded no longer.
            !name.split(separator: "/").contains { step in
                step.hasPrefix(".draft-")
                    || step.hasPrefix(".")
                        && (step.hasSuffix(".tmp") || step.hasSuffix(".shredding"))
            }
        }.map { "\(part.path)/\($0)" }
    }

    private static func copyFile(_ source: URL, to copy: URL, isPartOfFolder: Bool) throws {
        do { try DurableFile.copy(source, toNew: copy) } catch {
            guard isPartOfFolder, !FileManager.default.fileExists(atPath: source.path) else {
                throw error
            }
        }
    }

    private static func description(
        of path: String, in folder: URL
    ) throws -> BackupManifest.File {
        let url = folder.appendingPathComponent(path)
        let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
        return BackupManifest.File(
            path: path, byteCount: (attributes[.size] as? NSNumber)?.int64Value ?? 0,
            permissions: (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0o600,
            digest: try Digest(ofFileAt: url))
    }

    /// SQLite's own online backup: one moment of the database, log included, in one file.
    /// - Returns: the names of its migrations.
    private static func copyDatabase(_ source: URL, to copy: URL) throws -> [String] {
        try DurableFile.write(Data(), to: copy, permissions: 0o600)
        return try reportingDatabaseErrors {
            var reading = Configuration()
            reading.readonly = true
            reading.busyMode = .timeout(30)
            let from = try DatabaseQueue(path: source.path, configuration: reading)
            let to = try DatabaseQueue(path: copy.path)
            try from.backup(to: to)
            let names = try to.inDatabase { db in
                // Without a log beside it the file is the whole of it.
                try db.execute(sql: "PRAGMA journal_mode = DELETE")
                return try db.tableExists("grdb_migrations")
                    ? String.fetchAll(
                        db, sql: "SELECT identifier FROM grdb_migrations ORDER BY rowid") : []
            }
            try to.close()
            try from.close()
            return names
        }
    }

    private static func head(of copy: URL) throws -> BackupManifest.History {
        try reportingDatabaseErrors {
            let queue = try DatabaseQueue(path: copy.path)
            let tail = try queue.read { try HistoryTail(of: $0) }
            try queue.close()
            return BackupManifest.History(entryCount: tail.sequence, headHash: tail.hash)
        }
    }
}
