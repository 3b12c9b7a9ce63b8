import Casework
import Domain
import Foundation
import GRDB
import TestSupport
import Testing

@Suite struct VaultKeyTests {
    let folder: ScratchFolder
    let file: VaultKeyFile
    static let passphrase = Data("correct horse battery".utf8)

    init() throws {
        folder = try ScratchFolder()
        file = VaultKeyFile(folder.url.appendingPathComponent("vault.key"))
        _ = try Vault.openOrCreate(keyFile: file.url)
    }

    func store(_ passphrase: Data? = nil) throws -> SQLiteCaseStore {
        try SQLiteCaseStore(
            path: folder.url.appendingPathComponent("cases.sqlite").path,
            vault: try file.open(passphrase: passphrase), clock: FixedClock(Sample.start))
    }

    @Test("Keys are derived as RFC 7914, section 12, prints them")
    func scrypt() throws {
        func derive(_ passphrase: String, _ salt: String, _ n: Int, _ r: Int, _ p: Int) throws
            -> String
        {
            try PassphraseProtection.derive(
                Data(passphrase.utf8), salt: Data(salt.utf8), rounds: n, blockSize: r,
                parallelism: p, byteCount: 64
            ).withUnsafeBytes { hexadecimalText($0) }
        }
        #expect(
            try derive("password", "NaCl", 1_024, 8, 16)
                == "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")
        #expect(
            try derive("pleaseletmein", "SodiumChloride", 16_384, 8, 1)
                == "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")
    }

    @Test("A protected key file opens with its passphrase alone and keeps every digest")
    func passphrase() throws {
        let id = try store().create(Sample.newCase, vault: Sample.request(), actor: "ada").id
        let digest = try file.open(passphrase: nil).keyedDigest(of: "req-1")
        let raw = try DurableFile.read(file.url)
        #expect(try !file.isProtected())
        try file.changePassphrase(to: Self.passphrase, present: nil)
        #expect(try file.isProtected())
        let stored = try DurableFile.read(file.url)
        #expect(stored.range(of: raw) == nil)
        #expect(stored.range(of: Data(raw.base64EncodedString().utf8)) == nil)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.url.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        #expect(caseworkError { _ = try file.open(passphrase: nil) }?.code == .passphraseNeeded)
        let wrong = caseworkError { _ = try file.open(passphrase: Data("correct horse".utf8)) }
        #expect(wrong?.code == .passphraseWrong)
        #expect(try store(Self.passphrase).request(of: id) == Sample.request().request)
        #expect(
            try file.open(passphrase: Self.passphrase).keyedDigest(of: "req-1") == digest)
        try file.changePassphrase(to: nil, present: Self.passphrase)
        #expect(try store().request(of: id) == Sample.request().request)
        let short = caseworkError {
            try file.changePassphrase(to: Data("short".utf8), present: nil)
        }
        #expect(short?.code == .passphraseNeeded)
    }

    @Test("A key file with changed parameters is refused before any memory is asked for")
    func parameters() throws {
        try file.changePassphrase(to: Self.passphrase, present: nil)
        let text = String(decoding: try DurableFile.read(file.url), as: UTF8.self)
        for wrong in ["1073741824", "100000", "2"] {
            try DurableFile.write(
                Data(text.replacingOccurrences(of: "131072", with: wrong).utf8), to: file.url)
            #expect(
                caseworkError { _ = try file.open(passphrase: Self.passphrase) }?.code
                    == .malformedKey)
        }
    }

    @Test("After a change of key only the new one opens the requests, and digests stay")
    func rotation() throws {
        let store = try store()
        let ids = try (1...20).map {
            try store.create(Sample.newCase, vault: Sample.request("req-\($0)"), actor: "ada").id
        }
        let old = try DurableFile.read(file.url)
        let wrapped = try wrappedKeys()
        let entry = try store.rotateVaultKey(in: file, passphrase: nil, actor: "ada")
        #expect(entry.facts["case-count"] == "20")
        for (number, id) in ids.enumerated() {
            // The open store goes on with the new key, and so does the next process.
            #expect(try store.request(of: id).sourceID == "req-\(number + 1)")
            #expect(try self.store().request(of: id).sourceID == "req-\(number + 1)")
        }
        let bytes = try ShreddingTests.bytes(of: folder)
        for key in wrapped { #expect(bytes.range(of: key) == nil) }
        let oldVault = try Vault(masterKey: old)
        #expect(
            oldVault.keyedDigest(of: "x") == (try file.open(passphrase: nil).keyedDigest(of: "x")))
        let path = folder.url.appendingPathComponent("cases.sqlite").path
        let outdated = try SQLiteCaseStore(path: path, vault: oldVault)
        #expect(caseworkError { _ = try outdated.request(of: ids[0]) }?.code == .vaultUnreadable)
        // A process that still has the old key cannot seal anything under it.
        let late = caseworkError {
            _ = try outdated.create(Sample.newCase, vault: Sample.request("late"), actor: "ada")
        }
        #expect(late?.code == .vaultUnreadable)
        let duplicate = caseworkError {
            _ = try store.create(Sample.newCase, vault: Sample.request("req-1"), actor: "ada")
        }
        #expect(duplicate?.code == .duplicateRequest)
        try store.rotateVaultKey(in: file, passphrase: nil, actor: "ada")
        #expect(try self.store().request(of: ids[7]).sourceID == "req-8")
        #expect(try store.verifyHistory().entryCount == 22)
    }

    @Test("A change of key that stopped between file and database loses nothing")
    func interruptedRotation() throws {
        let store = try store()
        let id = try store.create(Sample.newCase, vault: Sample.request(), actor: "ada").id
        let before = try wrappedKeys()
        // The database refuses, as it would when the disk is full.
        try DatabaseQueue(path: folder.url.appendingPathComponent("cases.sqlite").path).write {
            try $0.execute(
                sql: """
                    CREATE TRIGGER stop BEFORE UPDATE ON vaultKeys
                    BEGIN SELECT RAISE(ABORT, 'stop'); END
                    """)
        }
        #expect(
            caseworkError {
                try store.rotateVaultKey(in: file, passphrase: nil, actor: "ada")
            }?.code == .databaseFailed)
        #expect(try wrappedKeys() == before)
        let reopened = try self.store()
        #expect(try reopened.request(of: id).sourceID == "req-1")
        let second = try reopened.create(
            Sample.newCase, vault: Sample.request("req-2"), actor: "ada"
        ).id
        try DatabaseQueue(path: folder.url.appendingPathComponent("cases.sqlite").path).write {
            try $0.execute(sql: "DROP TRIGGER stop")
        }
        try reopened.rotateVaultKey(in: file, passphrase: nil, actor: "ada")
        for (id, name) in [(id, "req-1"), (second, "req-2")] {
            #expect(try self.store().request(of: id).sourceID == name)
        }
    }

    @Test("The old content of a replaced secret is overwritten")
    func overwritten() throws {
        let handle = try FileHandle(forReadingFrom: file.url)
        defer { try? handle.close() }
        try DurableFile.replaceSecret(Data("new".utf8), at: file.url)
        #expect(try handle.readToEnd() == Data(repeating: 0, count: 32))
        #expect(try DurableFile.read(file.url) == Data("new".utf8))
    }

    private func wrappedKeys() throws -> [Data] {
        try DatabaseQueue(path: folder.url.appendingPathComponent("cases.sqlite").path).read {
            try Data.fetchAll($0, sql: "SELECT wrappedKey FROM vaultKeys ORDER BY caseID")
        }
    }
}
