import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct TransparencyLogTests {
    @Test func `The folder holds the tiles and roots that Python computes`() throws {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let log = try fixtures.log(in: scratch.url, calls: [1, 1, 1, 2, 250, 1, 1, 42, 1])
        for (name, digest) in try fixtures.pairs("files") {
            let file = scratch.url.appendingPathComponent(name)
            #expect(try Digest(ofFileAt: file).hexadecimal == digest, "\(name)")
        }
        for (size, root) in try fixtures.pairs("roots") {
            let size = try #require(UInt64(size))
            let checkpoint = try log.checkpoint(at: size)
            #expect(checkpoint.checkpoint.root.base64 == root)
            try checkpoint.verify(logKey: fixtures.logKey)
        }
        #expect(log.key.vkey == (try fixtures.text("logKey")))
        #expect(log.latest.note.text == Data(try fixtures.text("checkpointText").utf8))
        // 44 entries: one partial tile stays for each checkpoint over them, none of the full ones.
        let folder = scratch.url.appendingPathComponent("tile/0")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                == ["000", "001.p"])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/001.p").sorted()
                == ["1", "43", "44"])
    }

    @Test func `Consistency proofs are those that Python computes, and verify`() throws {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let log = try fixtures.log(in: scratch.url)
        for (sizes, _) in try fixtures.pairs("consistency").map({ ($0.name, $0.text) }) {
            let parts = sizes.split(separator: "-").compactMap { UInt64($0) }
            let expected = fixtures.document["consistency"]?[sizes]?.items?.compactMap(\.text)
            let proof = try log.consistencyProof(from: parts[0], to: parts[1])
            #expect(proof.map(\.base64) == expected, "\(sizes)")
        }
        #expect(try log.consistencyProof(from: 0, to: 300) == [])
        #expect(try log.consistencyProof(from: 300, to: 300) == [])
        #expect(refusal { _ = try log.consistencyProof(from: 1, to: 301) } == .noSuchLogEntry)
        #expect(refusal { _ = try log.consistencyProof(from: 9, to: 8) } == .noSuchLogEntry)
    }

    @Test func `Two checkpoints of the log are shown to be consistent, whatever lies between`()
        throws
    {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let calls = [1, 6, 248, 1, 1, 3, 40]
        let log = try fixtures.log(in: scratch.url, calls: calls)
        let sizes = calls.reduce(into: [UInt64(0)]) { $0.append(($0.last ?? 0) + UInt64($1)) }
        for old in sizes.dropFirst() {
            for new in sizes where new >= old {
                let (a, b) = (try log.checkpoint(at: old), try log.checkpoint(at: new))
                #expect(
                    MerkleProof.verifiesConsistency(
                        from: old, a.checkpoint.root, to: new, b.checkpoint.root,
                        proof: try log.consistencyProof(from: old, to: new)))
            }
            let proof = try log.proof(of: old - 1, at: old)
            #expect(proof.checkpoint.checkpoint.size == old)
            try proof.verify(entry: fixtures.entries[Int(old) - 1], logKey: log.key)
        }
        #expect(refusal { _ = try log.checkpoint(at: 2) } == .noSuchCheckpoint)
        #expect(refusal { _ = try log.checkpoint(at: 301) } == .noSuchCheckpoint)
    }

    @Test func `What was appended is read again, by number and by hash`() throws {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let log = try fixtures.log(in: scratch.url, calls: [200, 100])
        for index in [0, 199, 255, 256, 299] {
            #expect(try log.entry(at: UInt64(index)) == fixtures.entries[index])
            #expect(
                try log.index(ofLeafHash: .leaf(fixtures.entries[index])) == UInt64(index))
        }
        #expect(try log.index(ofLeafHash: .leaf(Data("another".utf8))) == nil)
        #expect(try log.append([Data("another".utf8), fixtures.entries[3]]) == 300..<302)
        #expect(try log.index(ofLeafHash: .leaf(Data("another".utf8))) == 300)
        #expect(try log.index(ofLeafHash: .leaf(fixtures.entries[3])) == 3)
        #expect(refusal { _ = try log.entry(at: 302) } == .noSuchLogEntry)
        #expect(refusal { _ = try log.proof(of: 302) } == .noSuchLogEntry)
    }

    @Test func `A log is opened again with its key, or read with its public key`() throws {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        var log: TransparencyLog? = try fixtures.log(in: scratch.url, calls: [256, 5])
        let latest = try #require(log?.latest)
        #expect(
            refusal { _ = try TransparencyLog.open(at: scratch.url, key: fixtures.key) }
                == .logLocked)
        log = nil
        let again = try TransparencyLog.open(at: scratch.url, key: fixtures.key)
        #expect(again.latest == latest)
        #expect(try again.append([Data()]) == 261..<262)
        let reader = try TransparencyLog.open(at: scratch.url, publicKey: fixtures.logKey)
        #expect(reader.latest == again.latest)
        #expect(refusal { try reader.append([Data()]) } == .readOnlyLog)
        #expect(try reader.verify().entryCount == 262)
        #expect(try reader.verify().checkpointCount == 4)
        let stranger = NoteKey(
            name: reader.key.name, kind: .ed25519, publicKey: SigningKey().publicKey)
        #expect(
            refusal { _ = try TransparencyLog.open(at: scratch.url, publicKey: stranger) }
                == .unsignedCheckpoint)
    }

    @Test func `A copy of what is published is enough to read, prove and audit`() throws {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let log = try fixtures.log(in: scratch.url, calls: [256, 40, 4])
        try FileManager.default.removeItem(at: scratch.url.appendingPathComponent("journal"))
        let copy = try TransparencyLog.open(at: scratch.url, publicKey: fixtures.logKey)
        #expect(try copy.proof(of: 17) == log.proof(of: 17))
        #expect(try copy.proof(of: 290) == log.proof(of: 290))
        #expect(try copy.verify().root == log.latest.checkpoint.root)
        #expect(
            refusal { _ = try TransparencyLog.open(at: scratch.url, key: fixtures.key) } == .noLog)
    }

    @Test func `There is one log to a folder, and its name can stand in a note`() throws {
        let scratch = try ScratchFolder()
        let key = SigningKey()
        for name in ["", "a b", "a+b", "a\nb"] {
            #expect(
                refusal { _ = try TransparencyLog.create(at: scratch.url, key: key, name: name) }
                    == .unfitLogName)
        }
        #expect(refusal { _ = try TransparencyLog.open(at: scratch.url, key: key) } == .noLog)
        let log = try TransparencyLog.create(at: scratch.url, key: key, name: "a")
        #expect(log.size == 0)
        #expect(log.latest.checkpoint.root == .empty)
        #expect(
            refusal { _ = try TransparencyLog.create(at: scratch.url, key: key, name: "a") }
                == .logExists)
        #expect(try log.append([]) == 0..<0)
        #expect(refusal { try log.append([Data(count: 65_536)]) } == .unfitLogEntry)
        #expect(try log.append([Data(count: 65_535), Data()]) == 0..<2)
        #expect(try log.entry(at: 0).count == 65_535)
        #expect(try log.verify().entryCount == 2)
    }

    @Test func `The only entry of a log is proved by the checkpoint alone`() throws {
        let scratch = try ScratchFolder()
        let log = try TransparencyLog.create(at: scratch.url, key: SigningKey(), name: "a")
        try log.append([Data("one".utf8)])
        let proof = try LogProof(parsing: log.proof(of: 0).encoded())
        #expect(proof.hashes == [])
        try proof.verify(entry: Data("one".utf8), logKey: log.key)
        #expect(
            refusal { try proof.verify(entry: Data("two".utf8), logKey: log.key) } == .notInLog)
    }

    @Test func `Tiles have the paths of the specification`() {
        #expect(LogLayout.path(1_234_067) == "x001/x234/067")
        #expect(LogLayout.path(0) == "000")
        #expect(LogLayout.path(999) == "999")
        #expect(LogLayout.path(1_000) == "x001/000")
    }

    @Test func `A third level of tiles appears at 65 536 entries`() throws {
        let scratch = try ScratchFolder()
        let log = try TransparencyLog.create(at: scratch.url, key: SigningKey(), name: "big")
        let entries = (0..<70_000).map { Data("\($0)".utf8) }
        try log.append(entries)
        let names = [
            "0/272", "0/273.p/112", "1/000", "1/001.p/17", "2/000.p/1", "entries/273.p/112",
        ]
        for name in names {
            #expect(
                FileManager.default.fileExists(
                    atPath: scratch.url.appendingPathComponent("tile/\(name)").path), "\(name)")
        }
        try log.append([Data("x".utf8)])
        for index in [0, 65_535, 65_536, 69_887, 69_888, 69_999] {
            try log.proof(of: UInt64(index)).verify(entry: entries[index], logKey: log.key)
        }
        let root = try log.checkpoint(at: 70_000).checkpoint.root
        #expect(root == MerkleProof.root(of: entries.map(MerkleHash.leaf)))
        #expect(try log.verify().entryCount == 70_001)
    }
}
