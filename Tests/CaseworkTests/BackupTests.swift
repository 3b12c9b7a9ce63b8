import Casework
import Domain
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@Suite struct BackupTests {
    static let parts = [
        BackupPart(role: BackupPart.casesRole, path: "cases.sqlite", kind: .database),
        BackupPart(role: "reports", path: "reports", kind: .folder),
        BackupPart(role: "policy", path: "policy.yaml", kind: .file),
    ]

    /// A workspace with three cases and some files, and the place of a backup beside it.
    static func filled() throws -> (scratch: ScratchStore, backup: URL, target: ScratchFolder) {
        let scratch = try ScratchStore()
        for name in ["a", "b", "c"] { try scratch.receive(name) }
        _ = try scratch.folder.file("policy.yaml", "lethe-policy: 1\n")
        _ = try scratch.folder.file("reports/2026/one.json", "{}")
        _ = try scratch.folder.file("reports/.two.json.1234.tmp", "half")
        _ = try scratch.folder.file("reports/.three.shredding/three.json", "going")
        let target = try ScratchFolder()
        return (scratch, target.url.appendingPathComponent("backup"), target)
    }

    static func vault() throws -> Vault { try Vault(masterKey: Data(repeating: 7, count: 32)) }

    @Test("A backup holds what the workspace held, and a restored workspace says what it is")
    func roundTrip() throws {
        let (scratch, backup, target) = try Self.filled()
        let manifest = try WorkspaceBackup.make(
            of: scratch.folder.url, parts: Self.parts, to: backup,
            clock: FixedClock(Sample.start))
        #expect(
            manifest.files.map(\.path) == ["cases.sqlite", "policy.yaml", "reports/2026/one.json"])
        let head = try scratch.store.verifyHistory()
        #expect(manifest.history?.entryCount == 3)
        #expect(manifest.history?.headHash == head.headHash)
        #expect(manifest.schemas["cases.sqlite"]?.first == "001-cases-history-vault")
        #expect(try BackupManifest.verify(backup) == manifest)
        _ = try scratch.store.apply(
            .withdraw, to: CaseID(year: 2026, number: 1), actor: "ada", reason: "by letter")
        let restoredAt = Timestamp(secondsSince1970: Sample.start.secondsSince1970 + 3_600)
        let workspace = target.url.appendingPathComponent("workspace")
        let restored = try WorkspaceRestoration.restore(
            from: backup, to: workspace, actor: "bob", clock: FixedClock(restoredAt))
        #expect(restored.note?.event == "restored")
        #expect(restored.note?.digests["backup-head"] == head.headHash.hexadecimal)
        #expect(restored.note?.facts["backup-created-at"] == Sample.start.description)
        let store = try SQLiteCaseStore(
            path: workspace.appendingPathComponent("cases.sqlite").path, vault: try Self.vault())
        #expect(try store.load(CaseID(year: 2026, number: 1)).state == .received)
        #expect(try store.verifyHistory().entryCount == 4)
        #expect(try store.lastRestoration() == restored.note)
        #expect(try scratch.store.lastRestoration() == nil)
        #expect(
            try String(
                contentsOf: workspace.appendingPathComponent("reports/2026/one.json"),
                encoding: .utf8) == "{}")
    }

    @Test("What a backup leaves out on purpose stands in its manifest")
    func omitted() throws {
        let (scratch, backup, target) = try Self.filled()
        defer { withExtendedLifetime(target) {} }
        let manifest = try WorkspaceBackup.make(
            of: scratch.folder.url, parts: Self.parts, omitting: ["models", "keys"], to: backup)
        #expect(manifest.omitted == ["keys", "models"])
        #expect(try BackupManifest.verify(backup).omitted == ["keys", "models"])
    }

    @Test("A leased case of the workspace is free in the restored one")
    func leases() throws {
        let (scratch, backup, target) = try Self.filled()
        _ = try scratch.store.acquireLease(
            on: [.work(on: CaseID(year: 2026, number: 1))], seconds: 600, actor: "ada")
        _ = try WorkspaceBackup.make(of: scratch.folder.url, parts: Self.parts, to: backup)
        let workspace = target.url.appendingPathComponent("workspace")
        _ = try WorkspaceRestoration.restore(from: backup, to: workspace, actor: "bob")
        let store = try SQLiteCaseStore(
            path: workspace.appendingPathComponent("cases.sqlite").path, vault: try Self.vault())
        #expect(try store.allLeases().isEmpty)
    }

    @Test("Backups made while cases come in each hold one moment, whole")
    func inUse() async throws {
        let (scratch, _, target) = try Self.filled()
        let isDone = Mutex(false)
        async let writer: Int = Task.detached {
            let store = try scratch.reopened()
            var count = 0
            while !isDone.withLock({ $0 }) {
                count += 1
                _ = try store.create(
                    Sample.newCase, vault: Sample.request("busy-\(count)"), actor: "ada")
            }
            return count
        }.value
        var counts: [Int] = []
        do {
            defer { isDone.withLock { $0 = true } }
            for number in 1...5 {
                let backup = target.url.appendingPathComponent("backup-\(number)")
                let manifest = try WorkspaceBackup.make(
                    of: scratch.folder.url, parts: Self.parts, to: backup)
                let restored = try WorkspaceRestoration.restore(
                    from: backup, to: target.url.appendingPathComponent("workspace-\(number)"),
                    actor: "bob")
                counts.append(try #require(manifest.history?.entryCount))
                #expect(restored.note?.sequence == counts[counts.count - 1] + 1)
            }
        }
        let written = try await writer
        #expect(counts == counts.sorted())
        #expect(counts.allSatisfy { $0 >= 3 && $0 <= 3 + written })
        #expect(try scratch.store.verifyHistory().entryCount == 3 + written)
    }

    @Test(
        "A backup that was changed, lost a file or gained one is refused, and nothing is restored",
        arguments: ["flip", "remove", "add", "manifest", "outside"])
    func damaged(_ damage: String) throws {
        let (scratch, backup, target) = try Self.filled()
        _ = try WorkspaceBackup.make(of: scratch.folder.url, parts: Self.parts, to: backup)
        let database = backup.appendingPathComponent("cases.sqlite")
        let manifest = backup.appendingPathComponent(BackupManifest.fileName)
        switch damage {
        case "flip":
            var bytes = try Data(contentsOf: database)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: database)
        case "remove":
            try FileManager.default.removeItem(at: backup.appendingPathComponent("policy.yaml"))
        case "add":
            try Data().write(to: backup.appendingPathComponent("reports/extra.json"))
        default:
            let text = String(decoding: try Data(contentsOf: manifest), as: UTF8.self)
            let changed = text.replacingOccurrences(
                of: "policy.yaml", with: damage == "outside" ? "../policy.yaml" : "policy.yml")
            try Data(changed.utf8).write(to: manifest)
        }
        let workspace = target.url.appendingPathComponent("workspace")
        let error = caseworkError {
            _ = try WorkspaceRestoration.restore(from: backup, to: workspace, actor: "bob")
        }
        #expect(error?.code == .backupDamaged)
        #expect(error?.kind == .integrity)
        #expect(!FileManager.default.fileExists(atPath: workspace.path))
    }

    @Test("Neither a backup nor a restoration goes over content that is there")
    func notEmpty() throws {
        let (scratch, backup, target) = try Self.filled()
        _ = try target.file("backup/mine.txt", "mine")
        let error = caseworkError {
            _ = try WorkspaceBackup.make(of: scratch.folder.url, parts: Self.parts, to: backup)
        }
        #expect(error?.code == .targetNotEmpty)
        try FileManager.default.removeItem(at: backup.appendingPathComponent("mine.txt"))
        _ = try WorkspaceBackup.make(of: scratch.folder.url, parts: Self.parts, to: backup)
        _ = try target.file("workspace/mine.txt", "mine")
        let full = caseworkError {
            _ = try WorkspaceRestoration.restore(
                from: backup, to: target.url.appendingPathComponent("workspace"), actor: "bob")
        }
        #expect(full?.code == .targetNotEmpty)
        // Nothing unfinished is left beside them.
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: target.url.path).sorted()
                == ["backup", "workspace"])
    }

    @Test("A backup of a workspace with a broken history is not restored")
    func brokenHistory() throws {
        let (scratch, backup, target) = try Self.filled()
        try HistoryTests.tamper(
            scratch,
            "UPDATE history SET body = CAST(replace(CAST(body AS TEXT), 'ada', 'bob') AS BLOB) "
                + "WHERE sequence = 2")
        _ = try WorkspaceBackup.make(of: scratch.folder.url, parts: Self.parts, to: backup)
        let error = caseworkError {
            _ = try WorkspaceRestoration.restore(
                from: backup, to: target.url.appendingPathComponent("workspace"), actor: "bob")
        }
        #expect(error?.code == .historyBroken)
        #expect(error?.details["sequence"] == "2")
    }
}
