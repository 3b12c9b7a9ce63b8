import Casework
import Domain
import Foundation
import Lineage

/// What a backup leaves out.
package struct BackupChoice: Sendable {
    /// Models, journals and checkpoints stay out.
    package let leavesOutModels: Bool
    /// The secret keys stay out: of the vault, of signatures, retired ones too, of the log and of the
    /// index.
    package let leavesOutKeys: Bool

    package init(leavesOutModels: Bool = false, leavesOutKeys: Bool = false) {
        self.leavesOutModels = leavesOutModels
        self.leavesOutKeys = leavesOutKeys
    }
}

/// A backup as it is told.
package struct BackupReport: Codable, Sendable {
    package let schema: String
    package let path: String
    package let createdAt: Timestamp
    package let fileCount: Int
    package let byteCount: Int64
    /// Where the history stood.
    package let history: BackupManifest.History?
    /// Roles of what was left out on purpose.
    package let omitted: [String]

    package init(_ manifest: BackupManifest, at folder: URL, schema: String) {
        self.schema = schema
        path = folder.path
        createdAt = manifest.createdAt
        fileCount = manifest.files.count
        byteCount = manifest.files.reduce(0) { $0 + $1.byteCount }
        history = manifest.history
        omitted = manifest.omitted ?? []
    }
}

/// A workspace that was made from a backup.
package struct RestoreReport: Codable, Sendable {
    package let workspace: String
    /// When the backup was made: what was erased or shredded since has to be done again.
    package let backupCreatedAt: Timestamp
    package let fileCount: Int
    package let history: BackupManifest.History?
    /// Number of the history's entry that says so; nil for a backup without cases.
    package let entry: Int?
    /// Roles of what the backup was made without.
    package let omitted: [String]
    /// Secret keys that have to be put back before the workspace can be opened; paths below it.
    package let missingKeys: [String]
    /// The workspace's own list of what was erased; nil if nothing had been.
    package let tombstones: String?
}

extension Workspace {
    private static let keysRole = "keys"
    private static let modelsRole = "models"

    /// Copies the workspace while it stays in use: each database as one moment shows it, then the
    /// files it names. Nothing of it is open to other users.
    /// - Parameter destination: does not exist, or is an empty folder; outside of the workspace.
    /// - Throws: `cannot-create` for a place inside the workspace; `target-not-empty`,
    ///   `backup-not-made`, `index-locked`, `interrupted`.
    package func backUp(
        to destination: URL, _ choice: BackupChoice, context: WorkContext
    ) throws -> BackupReport {
        let target = destination.standardizedFileURL.resolvingSymlinksInPath().path + "/"
        let home = folder.standardizedFileURL.resolvingSymlinksInPath().path + "/"
        guard !target.hasPrefix(home) else {
            throw EngineError(
                .cannotCreate, "\(destination.path) lies inside the workspace.",
                details: ["path": destination.path], remedy: "Name a folder outside of it.")
        }
        let omitted =
            (choice.leavesOutKeys ? [Self.keysRole] : [])
            + (choice.leavesOutModels ? [Self.modelsRole] : [])
        // The case keys lie in the database, the key that wraps them in a file: both of one moment. The
        // same goes for the signing key and the history of keys.
        func keyDigests() throws -> [Digest?] {
            guard !choice.leavesOutKeys else { return [] }
            return [try Digest(ofFileAt: layout.vaultKey), try Digest(ofFileAt: layout.signingKey)]
                + [layout.keyHistory, layout.nextSigningKey].map { try? Digest(ofFileAt: $0) }
        }
        let keys = try keyDigests()
        let manifest = try lineage.holdingSegments {
            try WorkspaceBackup.make(
                of: folder, parts: backupParts(choice), omitting: omitted, to: destination,
                clock: clock, context: context, isConsistent: { try keyDigests() == keys })
        }
        return BackupReport(manifest, at: destination, schema: "lethe.backup.v1")
    }

    /// Files that hold a secret key.
    private static func secretKeys(_ layout: Layout) -> [URL] {
        // A workspace that has signed nothing yet may have no log.
        let hasLog = [layout.log, layout.logKey].contains {
            FileManager.default.fileExists(atPath: $0.path)
        }
        return [
            layout.vaultKey, layout.signingKey,
            URL(fileURLWithPath: layout.lineage.path + ".key"),
        ] + (hasLog ? [layout.logKey] : [])
    }

    /// The case database comes first: the index may then know more models than the cases name, and
    /// never fewer.
    private func backupParts(_ choice: BackupChoice) -> [BackupPart] {
        func part(_ role: String, _ url: URL, _ kind: BackupPart.Kind) -> BackupPart {
            BackupPart(role: role, path: relativePath(of: url), kind: kind)
        }
        func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
        var parts = [
            part(BackupPart.casesRole, layout.cases, .database),
            part("lineage", layout.lineage, .database),
            part("marker", layout.marker, .file), part("policy", layout.policy, .file),
            part("public-key", layout.publicKey, .file),
            part("segments", URL(fileURLWithPath: layout.lineage.path + ".segments"), .folder),
            part("reports", layout.reports, .folder),
            part("certificates", layout.certificates, .folder),
        ]
        if !choice.leavesOutKeys {
            parts += Self.secretKeys(layout).map { part(Self.keysRole, $0, .file) }
            for file in [layout.intakeKeys, layout.nextSigningKey] where exists(file) {
                parts.append(part(Self.keysRole, file, .file))
            }
            if exists(layout.retiredKeys) {
                parts.append(part(Self.keysRole, layout.retiredKeys, .folder))
            }
        }
        for (role, url) in [("key-history", layout.keyHistory), ("witnesses", layout.witnesses)]
        where exists(url) {
            parts.append(part(role, url, .file))
        }
        for (role, url) in [
            ("log", layout.log), ("corpora", layout.corpora), ("erasures", layout.erasures),
        ]
        where exists(url) {
            parts.append(part(role, url, .folder))
        }
        if exists(layout.tombstones) { parts.append(part("tombstones", layout.tombstones, .file)) }
        if choice.leavesOutModels {
            // What a run was made with is small and belongs to the certificates.
            parts += runFiles().map { part("runs", $0, .file) }
        } else {
            parts.append(part("runs", layout.runs, .folder))
            parts.append(part(Self.modelsRole, layout.models, .folder))
        }
        return parts
    }

    private func runFiles() -> [URL] {
        let runs = (try? FileManager.default.contentsOfDirectory(atPath: layout.runs.path)) ?? []
        return runs.sorted().map {
            layout.runs.appendingPathComponent($0).appendingPathComponent(RunFile.name)
        }.filter { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// Makes a workspace from a backup.
    /// - Parameter target: does not exist, or is an empty folder.
    /// - Throws: `backup-damaged`, `history-broken`, `target-not-empty`, `backup-not-made`,
    ///   `file-unreadable`, `interrupted`; nothing is under the target's name then.
    package static func restore(
        _ backup: URL, to target: URL, actor: String, context: WorkContext
    ) throws -> RestoreReport {
        let restored = try WorkspaceRestoration.restore(
            from: backup, to: target, actor: actor, context: context)
        let layout = Layout(folder: target)
        func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
        // A backup without models has no folder for them, and a command that makes one wants it.
        for folder in [layout.models, layout.runs, layout.keys] {
            try DurableFile.makeFolder(folder, permissions: 0o700)
        }
        let prefix = target.path + "/"
        return RestoreReport(
            workspace: target.path,
            backupCreatedAt: restored.manifest.createdAt,
            fileCount: restored.manifest.files.count, history: restored.manifest.history,
            entry: restored.note?.sequence, omitted: restored.manifest.omitted ?? [],
            missingKeys: secretKeys(layout).filter { !exists($0) }.map {
                $0.path.hasPrefix(prefix) ? String($0.path.dropFirst(prefix.count)) : $0.path
            }, tombstones: exists(layout.tombstones) ? layout.tombstones.path : nil)
    }
}

/// Holds every file of a backup against its manifest.
/// - Throws: `backup-damaged` naming the first file that is missing, changed or not listed;
///   `file-unreadable` if the folder is no backup.
package func verifyBackup(_ folder: URL) throws -> BackupReport {
    BackupReport(
        try BackupManifest.verify(folder), at: folder, schema: "lethe.backup-verification.v1")
}
