import Casework
import Certificates
import Domain
import Foundation
import Lineage

/// What a command opens a workspace for.
package enum WorkspaceAccess: Sendable {
    /// Looks only; any number of processes at a time, also beside one that changes things.
    case reading
    /// Changes things; one process at a time.
    case changing
}

/// One folder that holds everything Lethe keeps: cases, index, models, runs, reports, certificates and
/// keys. Open it once per command; while it is open for changing no other process can change it.
package final class Workspace {
    package let folder: URL
    package let policy: Policy
    package let policyDigest: Digest
    package let cases: SQLiteCaseStore
    package let lineage: LineageIndex
    package let clock: any Clock
    let vault: Vault
    /// What opened the vault's key file; nil where it has no protection.
    let passphrase: Data?
    /// What opens the signing key where it is protected; asked only when something is signed.
    package var signingPassphrase: () throws -> Data? = { nil }
    /// The signing key once it was opened, and what opened it: that takes a while.
    var openedSigningKey: (key: SigningKey, passphrase: Data?)?
    let models: ModelShelf
    /// Rewritings of shards that a killed command left and that opening the workspace brought to an
    /// end, or could not.
    package let resumedErasures: [ResumedErasure]
    private let lock: WorkspaceLock?

    /// The version of the layout, in `lethe.json`.
    private static let layoutVersion = 1

    struct Layout {
        let folder: URL
        var marker: URL { folder.appendingPathComponent("lethe.json") }
        var lockFile: URL { folder.appendingPathComponent("workspace.lock") }
        var policy: URL { folder.appendingPathComponent("policy.yaml") }
        var cases: URL { folder.appendingPathComponent("cases.sqlite") }
        var lineage: URL { folder.appendingPathComponent("lineage.sqlite") }
        var keys: URL { folder.appendingPathComponent("keys") }
        var vaultKey: URL { keys.appendingPathComponent("vault.key") }
        var signingKey: URL { keys.appendingPathComponent("signing-key.pem") }
        var publicKey: URL { keys.appendingPathComponent("signing-key.pub.pem") }
        var logKey: URL { keys.appendingPathComponent("log-key.pem") }
        /// Every key there was, with its dates.
        var keyHistory: URL { keys.appendingPathComponent("key-history.json") }
        /// Signing keys that were rotated.
        var retiredKeys: URL { keys.appendingPathComponent("retired") }
        /// The next signing key while a rotation is under way, and at no other time.
        var nextSigningKey: URL { keys.appendingPathComponent("next-signing-key.pem") }
        /// Witnesses of the log, where there are any.
        var witnesses: URL { keys.appendingPathComponent("witnesses.json") }
        /// Keys that senders' signatures are checked with, where there are any.
        var intakeKeys: URL { keys.appendingPathComponent("intake-keys.json") }
        var models: URL { folder.appendingPathComponent("models") }
        var runs: URL { folder.appendingPathComponent("runs") }
        var reports: URL { folder.appendingPathComponent("reports") }
        /// Shards that were unpacked, a folder for each corpus.
        var corpora: URL { folder.appendingPathComponent("corpora") }
        /// The last measured recall.
        var recall: URL { reports.appendingPathComponent("recall.json") }
        var certificates: URL { folder.appendingPathComponent("certificates") }
        /// The transparency log of what was signed.
        var log: URL { folder.appendingPathComponent("log") }
        /// Signed revocations, each named by the digest of its signed content.
        var revocations: URL { certificates.appendingPathComponent("revocations") }
        /// Claims that a model still says something, sealed under their cases' keys.
        var claims: URL { certificates.appendingPathComponent("claims") }
        /// Of erasures that are under way.
        var erasures: URL { folder.appendingPathComponent("erasures") }
        /// Every erased record, as keyed digests; to be kept apart from the workspace's backups.
        var tombstones: URL { folder.appendingPathComponent("tombstones.jsonl") }
    }

    var layout: Layout { Layout(folder: folder) }

    private struct Marker: Codable {
        let letheWorkspace: Int
    }

    /// Makes a workspace: folder (0700), databases, keys (0600) and policy. When it returns, all of it
    /// is on disk; a retry after a crash completes it.
    /// - Parameter policyText: content of the policy file.
    /// - Throws: `workspace-exists`, `cannot-create`, `malformed-document`, `unknown-key`.
    package static func create(
        at folder: URL, policyText: String, policyName: String, methods: [String], actor: String,
        clock: any Clock = SystemClock()
    ) throws -> Workspace {
        let layout = Layout(folder: folder)
        func requireNone() throws {
            guard !FileManager.default.fileExists(atPath: layout.marker.path) else {
                throw EngineError(
                    .workspaceExists, "There is a workspace in \(folder.path) already.",
                    details: ["path": folder.path], remedy: "Use it, or name another folder.")
            }
        }
        try requireNone()
        let policy = try PolicyFile.parse(policyText, name: policyName, methods: methods)
        do {
            try DurableFile.makeFolder(folder, permissions: 0o700)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o700], ofItemAtPath: folder.path)
            for part in [
                layout.keys, layout.models, layout.runs, layout.reports, layout.certificates,
            ] {
                try DurableFile.makeFolder(part, permissions: 0o700)
            }
        } catch {
            throw EngineError(
                .cannotCreate, "\(folder.path) could not be made.", details: ["path": folder.path],
                remedy: "Check the path and its permissions.", cause: error)
        }
        let lock = try WorkspaceLock(at: layout.lockFile)
        // Somebody else may have been making it until now.
        try requireNone()
        try DurableFile.write(Data(policyText.utf8), to: layout.policy)
        _ = try Vault.openOrCreate(keyFile: layout.vaultKey)
        let key: SigningKey
        if FileManager.default.fileExists(atPath: layout.signingKey.path) {
            key = try SigningKey(contentsOf: layout.signingKey)
        } else {
            key = try SigningKey.create(at: layout.signingKey)
        }
        try DurableFile.write(Data(key.publicKey.pemRepresentation.utf8), to: layout.publicKey)
        let workspace = try Workspace(
            opening: folder, lock: lock, methods: methods, clock: clock)
        let digests = [
            "policy": try policy.digest().hexadecimal, "signing-key": key.keyID.hexadecimal,
        ]
        let event = "workspace-created"
        // A call that was killed may have come as far as the note.
        let isNoted = try workspace.cases.notes(of: [event]).contains { $0.digests == digests }
        if !isNoted {
            _ = try workspace.cases.appendNote(
                event: event, actor: actor, digests: digests, facts: ["policy": policy.name])
        }
        // The first entries of the log: its key and the signing key.
        _ = try workspace.certificateLog()
        // The marker comes last: with it the workspace is complete.
        try DurableFile.write(
            try CanonicalJSON.pretty(Marker(letheWorkspace: layoutVersion)), to: layout.marker)
        return workspace
    }

    /// Opens a workspace, for changing with its lock.
    /// - Parameters:
    ///   - methods: ids of the known methods, for the policy's check.
    ///   - passphrase: asked only where the vault's key file is protected by one.
    /// - Throws: `no-workspace`, `newer-workspace`, `workspace-locked`, `passphrase-needed`,
    ///   `passphrase-wrong`, and what databases, keys and the policy file throw.
    package convenience init(
        at folder: URL, for access: WorkspaceAccess, methods: [String],
        passphrase: () throws -> Data? = { nil }, clock: any Clock = SystemClock()
    ) throws {
        let layout = Layout(folder: folder)
        guard FileManager.default.fileExists(atPath: layout.marker.path) else {
            throw EngineError(
                .noWorkspace, "There is no workspace in \(folder.path).",
                details: ["path": folder.path],
                remedy: "Make one with `lethe init`, or name its folder with --workspace.")
        }
        let marker = try CanonicalJSON.decode(Marker.self, from: DurableFile.read(layout.marker))
        guard marker.letheWorkspace <= Workspace.layoutVersion else {
            throw EngineError(
                .newerWorkspace, "\(folder.path) was made by a newer version of Lethe.",
                details: ["layout": "\(marker.letheWorkspace)"],
                remedy: "Use that version or a later one.")
        }
        try self.init(
            opening: folder,
            lock: access == .changing ? try WorkspaceLock(at: layout.lockFile) : nil,
            methods: methods, passphrase: passphrase, clock: clock)
    }

    /// - Parameter lock: to change things under; nil to look only.
    private init(
        opening folder: URL, lock: WorkspaceLock?, methods: [String],
        passphrase: () throws -> Data? = { nil }, clock: any Clock
    ) throws {
        let layout = Layout(folder: folder)
        self.lock = lock
        self.folder = folder
        self.clock = clock
        policy = try PolicyFile.read(layout.policy, methods: methods)
        policyDigest = try policy.digest()
        // A lost key must not be replaced in silence: the requests under it would be unreadable.
        let keyFile = VaultKeyFile(layout.vaultKey)
        self.passphrase = try keyFile.isProtected() ? passphrase() : nil
        vault = try keyFile.open(passphrase: self.passphrase)
        cases = try SQLiteCaseStore(path: layout.cases.path, vault: vault, clock: clock)
        lineage = try LineageIndex(path: layout.lineage.path)
        models = ModelShelf(folder: layout.models)
        resumedErasures =
            lock != nil
            ? try ShardErasure(index: lineage, places: lineage, clock: clock).resumeErasures() : []
        if lock != nil {
            try removeLeftovers()
            try appendLateNotes()
            // A command that shredded something may have ended before the log was cut.
            try cases.finishShredding()
        }
    }

    /// No other process changes the workspace meanwhile.
    var isChanging: Bool { lock != nil }

    /// A path inside the workspace as it is stored, so that the folder can be moved.
    func relativePath(of url: URL) -> String {
        let prefix = folder.standardizedFileURL.path + "/"
        let path = url.standardizedFileURL.path
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }
}
