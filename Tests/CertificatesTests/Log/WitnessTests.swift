import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct WitnessTests {
    @Test func `Cosignatures that Python made are stored with the checkpoint and verified`() throws
    {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let witnesses = try fixtures.witnesses
        let lines = try fixtures.texts("cosignatures")
        do {
            let log = try fixtures.log(in: scratch.url, calls: [257, 43])
            let seen = try log.addCosignatures(Data(lines[0].utf8), witnesses: witnesses)
            #expect(seen.map(\.witness) == [witnesses[0]])
            #expect(
                refusal {
                    try log.latest.verify(logKey: log.key, witnesses: fixtures.bothWitnesses)
                }
                    == .tooFewWitnesses)
            // The log has gone on when the second answer comes.
            try log.append([Data("later".utf8)])
            let both = try log.addCosignatures(
                Data(lines[1].utf8), at: 300, witnesses: witnesses)
            #expect(both.map(\.witness) == witnesses)
            #expect(log.latest.note.signatures.count == 1)
            try log.append((0..<300).map { Data("\($0)".utf8) })
            try log.addCosignatures(Data(lines.joined().utf8), at: 300, witnesses: witnesses)
        }
        let log = try TransparencyLog.open(at: scratch.url, key: fixtures.key)
        #expect(try log.verify().entryCount == 601)
        let proof = try log.proof(of: 123, at: 300)
        try proof.verify(
            entry: fixtures.entries[123], logKey: log.key, witnesses: fixtures.bothWitnesses)
        // Ed25519 is deterministic in this library, so that this is Python's file.
        #expect(proof.checkpoint.note.signatures.count == 3)
    }

    @Test
    func `The newest checkpoint shows its cosignatures, and they stay when it is opened again`()
        throws
    {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let lines = Data(try fixtures.texts("cosignatures").joined().utf8)
        do {
            let log = try fixtures.log(in: scratch.url)
            try log.addCosignatures(lines, witnesses: fixtures.witnesses)
            try log.addCosignatures(lines, witnesses: fixtures.witnesses)
        }
        let shown = try SignedCheckpoint(
            parsing: Data(contentsOf: scratch.url.appendingPathComponent("checkpoint")))
        #expect(
            try shown.verify(logKey: fixtures.logKey, witnesses: fixtures.bothWitnesses).count == 2)
        let log = try TransparencyLog.open(at: scratch.url, key: fixtures.key)
        #expect(log.latest == shown)
        #expect(try log.verify().entryCount == 300)
        #expect(try log.append([Data()]) == 300..<301)
    }

    @Test func `A late cosignature of an earlier checkpoint leaves the log as long as it is`()
        throws
    {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let lines = Data(try fixtures.texts("cosignatures").joined().utf8)
        do {
            let log = try fixtures.log(in: scratch.url)
            try log.append([Data("later".utf8)])
            // Both checkpoints stand in the same journal.
            try log.addCosignatures(lines, at: 300, witnesses: fixtures.witnesses)
        }
        for _ in 0..<2 {
            let log = try TransparencyLog.open(at: scratch.url, key: fixtures.key)
            #expect(log.size == 301)
            #expect(log.latest.checkpoint.size == 301)
            #expect(try log.verify().entryCount == 301)
        }
        let log = try TransparencyLog.open(at: scratch.url, key: fixtures.key)
        #expect(try log.append([Data("last".utf8)]) == 301..<302)
        #expect(try log.checkpoint(at: 300).note.signatures.count == 3)
        let sizes = try log.checkpoints().map(\.checkpoint.size)
        #expect(sizes == sizes.sorted() && sizes.suffix(3) == [300, 301, 302])
    }

    @Test func `Lines that are wrong, strange or malformed are not stored`() throws {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let log = try fixtures.log(in: scratch.url, calls: [299, 1])
        let witnesses = try fixtures.witnesses
        let lines = try fixtures.texts("cosignatures")
        let before = log.latest
        func code(_ text: String, at size: UInt64? = nil) -> CertificateErrorCode? {
            refusal { try log.addCosignatures(Data(text.utf8), at: size, witnesses: witnesses) }
        }
        #expect(code("") == .tooFewWitnesses)
        #expect(code(lines[0] + lines[1], at: 299) == .invalidNoteSignature)
        #expect(code(lines[0], at: 298) == .noSuchCheckpoint)
        #expect(code(lines[0] + lines[0]) == .malformedNote)
        #expect(code(String(lines[0].dropLast())) == .malformedNote)
        #expect(code(lines[0] + "\n") == .malformedNote)
        let name = try #require(NoteKeyName("stranger"))
        let strange = try SigningKey().cosign(
            note: before.note.text, name: name, at: Timestamp(secondsSince1970: 1))
        #expect(code(strange.line) == .tooFewWitnesses)
        #expect(log.latest == before)
        #expect(code(strange.line + lines[0]) == nil)
        #expect(log.latest.note.signatures.count == 2)
    }

    @Test func `A request for a witness holds what it has to check`() throws {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let log = try fixtures.log(in: scratch.url, calls: [200, 100])
        let hashes = try #require(fixtures.document["consistency"]?["200-300"]?.items)
            .compactMap(\.text)
        let shown = try String(
            contentsOf: scratch.url.appendingPathComponent("checkpoint"), encoding: .utf8)
        #expect(
            String(decoding: try log.witnessRequest(from: 200), as: UTF8.self)
                == "old 200\n" + hashes.map { $0 + "\n" }.joined() + "\n" + shown)
        #expect(
            String(decoding: try log.witnessRequest(from: 0), as: UTF8.self)
                == "old 0\n\n" + shown)
        #expect(refusal { _ = try log.witnessRequest(from: 301) } == .noSuchLogEntry)
    }

    @Test func `A policy counts each witness once`() throws {
        let witnesses = try LogFixtures().witnesses
        let logKey = try LogFixtures().logKey
        let renamed = NoteKey(
            name: try #require(NoteKeyName("other")), kind: .cosignature,
            publicKey: witnesses[0].publicKey)
        for (keys, threshold) in [
            ([logKey], 1), ([witnesses[0], witnesses[0]], 1), ([witnesses[0], renamed], 1),
            (witnesses, 3), (witnesses, -1),
        ] {
            #expect(
                refusal { _ = try WitnessPolicy(witnesses: keys, threshold: threshold) }
                    == .malformedKey)
        }
    }
}
