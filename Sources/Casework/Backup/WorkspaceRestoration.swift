import Domain
import Foundation
import GRDB

/// A workspace that was made from a backup.
package struct RestoredWorkspace: Sendable {
    package let manifest: BackupManifest
    /// The entry that says so; nil for a backup without a case database. Its time and the manifest's
    /// bound what may have to be repeated: erasures and shreddings after the backup.
    package let note: HistoryEntry?
}

/// Brings a backup back.
package enum WorkspaceRestoration {
    /// Verifies the backup, copies it into a new folder, verifies the copy and its history, adds the
    /// entry `restored` and drops the leases of processes that are no more. When it throws, there is
    /// nothing under the name of the target.
    /// - Parameter target: does not exist, or is an empty folder.
    /// - Throws: `backup-damaged`, `history-broken`, `target-not-empty`, `backup-not-made`.
    package static func restore(
        from backup: URL, to target: URL, actor: String, clock: any Clock = SystemClock(),
        context: WorkContext = WorkContext()
    ) throws -> RestoredWorkspace {
        let manifest = try BackupManifest.verify(backup)
        return try WorkspaceBackup.building(target) { folder in
            for part in manifest.parts where part.kind == .folder {
                try DurableFile.makeFolder(
                    folder.appendingPathComponent(part.path), permissions: 0o700)
            }
            for (index, file) in manifest.files.enumerated() {
                try context.checkCancellation()
                let copy = try WorkspaceBackup.place(file.path, in: folder)
                try DurableFile.copy(backup.appendingPathComponent(file.path), toNew: copy)
                try FileManager.default.setAttributes(
                    [.posixPermissions: file.permissions & 0o777], ofItemAtPath: copy.path)
                // What was read a moment ago may be read differently by a failing disk.
                try manifest.verify(file, in: folder)
                context.progress("restore", index + 1, of: manifest.files.count)
            }
            let cases = manifest.parts.first { $0.role == BackupPart.casesRole }
            let note = try cases.map {
                try mark(
                    folder.appendingPathComponent($0.path), manifest: manifest, actor: actor,
                    now: clock.now())
            }
            return RestoredWorkspace(manifest: manifest, note: note)
        }
    }

    private static func mark(
        _ database: URL, manifest: BackupManifest, actor: String, now: Timestamp
    ) throws -> HistoryEntry {
        try reportingDatabaseErrors {
            let queue = try DatabaseQueue(path: database.path)
            let entry = try queue.write { db in
                let status = try HistoryVerification.verify(db)
                guard status.headHash == manifest.history?.headHash else {
                    throw BackupManifest.damaged(
                        "its history ends elsewhere than its manifest says")
                }
                if try db.tableExists("leases") { try db.execute(sql: "DELETE FROM leases") }
                return try HistoryTail.extending(in: db) { tail in
                    try tail.append(
                        HistoryDraft(
                            event: HistoryEntry.restored, actor: actor,
                            digests: ["backup-head": status.headHash.hexadecimal],
                            facts: [
                                "backup-created-at": manifest.createdAt.description,
                                "backup-entry-count": String(status.entryCount),
                            ]), at: now, in: db)
                }
            }
            try queue.close()
            return entry
        }
    }
}

extension HistoryEntry {
    /// The event of the entry with which a workspace made from a backup begins its new life.
    package static let restored = "restored"
}

extension SQLiteCaseStore {
    /// The entry of the last restoration; nil if the store was never restored. What was erased or
    /// shredded between its fact `backup-created-at` and its own time has to be done again.
    package func lastRestoration() throws -> HistoryEntry? {
        try read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT sequence, body, hash FROM history WHERE caseID IS NULL
                    AND json_extract(CAST(body AS TEXT), '$.event') = ?
                    ORDER BY sequence DESC LIMIT 1
                    """, arguments: [HistoryEntry.restored]
            ).map(Self.entry)
        }
    }
}
