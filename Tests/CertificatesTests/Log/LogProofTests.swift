import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct LogProofTests {
    @Test func `A proof that Python made verifies, with both witnesses and their times`() throws {
        let fixtures = try LogFixtures()
        let proof = try LogProof(parsing: fixtures.proof)
        let seen = try proof.verify(
            entry: fixtures.entries[fixtures.index], logKey: fixtures.logKey,
            witnesses: fixtures.bothWitnesses)
        #expect(seen.map(\.witness) == (try fixtures.witnesses))
        #expect(
            seen.map { Int($0.time.secondsSince1970) }
                == fixtures.document["witnessTimes"]?.items?.compactMap(\.integer))
        #expect(proof.index == UInt64(fixtures.index))
        #expect(proof.encoded() == fixtures.proof)
    }

    @Test func `Our proof is Python's, byte for byte but for the signatures`() throws {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let log = try fixtures.log(in: scratch.url)
        let proof = try log.proof(of: UInt64(fixtures.index))
        let expected = try LogProof(parsing: fixtures.proof)
        #expect(proof.hashes == expected.hashes)
        #expect(proof.checkpoint.note.text == expected.checkpoint.note.text)
    }

    @Test func `Every flipped bit of a proof with its checkpoint makes it fail`() throws {
        let fixtures = try LogFixtures()
        let (entry, logKey) = (fixtures.entries[fixtures.index], try fixtures.logKey)
        let policy = try fixtures.bothWitnesses
        var data = fixtures.proof
        var unnoticed: [String] = []
        for place in data.indices {
            for bit in 0..<8 {
                data[place] ^= 1 << bit
                do {
                    try LogProof(parsing: data).verify(
                        entry: entry, logKey: logKey, witnesses: policy)
                    unnoticed.append("byte \(place), bit \(bit)")
                } catch let error as CertificateError {
                    if error.kind != .integrity { unnoticed.append("\(place): \(error)") }
                }
                data[place] ^= 1 << bit
            }
        }
        #expect(unnoticed == [])
        for count in 0..<data.count {
            #expect(
                refusal {
                    try LogProof(parsing: data.prefix(count)).verify(
                        entry: entry, logKey: logKey, witnesses: policy)
                } != nil)
        }
        #expect(refusal { _ = try LogProof(parsing: data + Data("\n".utf8)) } == .malformedNote)
        #expect(refusal { _ = try LogProof(parsing: data + Data(" ".utf8)) } == .malformedNote)
    }

    @Test func `Another entry, log, key and too few witnesses are told apart`() throws {
        let fixtures = try LogFixtures()
        let proof = try LogProof(parsing: fixtures.proof)
        let (entry, logKey) = (fixtures.entries[fixtures.index], try fixtures.logKey)
        let witnesses = try fixtures.witnesses
        func code(
            _ entry: Data, _ logKey: NoteKey, _ policy: WitnessPolicy = .none
        ) -> CertificateErrorCode? {
            refusal { try proof.verify(entry: entry, logKey: logKey, witnesses: policy) }
        }
        #expect(code(entry, logKey) == nil)
        #expect(code(fixtures.entries[fixtures.index + 1], logKey) == .notInLog)
        let elsewhere = try #require(NoteKeyName("log.example.org/other"))
        #expect(
            code(entry, NoteKey(name: elsewhere, kind: .ed25519, publicKey: logKey.publicKey))
                == .wrongLog)
        #expect(
            code(
                entry, NoteKey(name: logKey.name, kind: .ed25519, publicKey: SigningKey().publicKey)
            )
                == .unsignedCheckpoint)
        let third = NoteKey(
            name: try #require(NoteKeyName("w")), kind: .cosignature,
            publicKey: SigningKey().publicKey)
        #expect(
            code(entry, logKey, try WitnessPolicy(witnesses: witnesses + [third], threshold: 3))
                == .tooFewWitnesses)
        #expect(
            code(entry, logKey, try WitnessPolicy(witnesses: witnesses + [third], threshold: 2))
                == nil)
    }

    @Test(arguments: [
        ("c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\n"),
        ("index 123", "index 0123"), ("index 123", "index  123"), ("index 123\n", ""),
        ("index 123", "Index 123"), ("index 123", "extra A\nindex 123"),
        ("index 123", "index 123\nextra AAAA"), ("index 123", "extra AAA\nindex 123"),
        ("index 123", "extra \nindex 123"), ("index 123\n", "index 123\nAAAA\n"),
        ("index 123\n", "index 123 \n"),
    ])
    func `A proof in another form is refused`(old: String, new: String) throws {
        let text = String(decoding: try LogFixtures().proof, as: UTF8.self)
        #expect(text.contains(old))
        let changed = text.replacing(old, with: new, maxReplacements: 1)
        #expect(refusal { _ = try LogProof(parsing: Data(changed.utf8)) } == .malformedLogProof)
    }

    @Test func `Extra data is read, kept and believed by nobody`() throws {
        let fixtures = try LogFixtures()
        let text = String(decoding: fixtures.proof, as: UTF8.self)
            .replacing("index 123", with: "extra AAEC\nindex 123")
        let proof = try LogProof(parsing: Data(text.utf8))
        #expect(proof.extra == Data([0, 1, 2]))
        #expect(proof.encoded() == Data(text.utf8))
        try proof.verify(
            entry: fixtures.entries[fixtures.index], logKey: fixtures.logKey,
            witnesses: fixtures.bothWitnesses)
    }

    static let hasPython =
        (try? FinishedProcess("python3", ["-c", "import cryptography"]).status) == 0

    @Test(.enabled(if: hasPython, "needs python3 with the package cryptography"))
    func `A Python script verifies our proof with witnesses, and refuses a changed one`() throws {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let log = try fixtures.log(in: scratch.url.appendingPathComponent("log"), calls: [7, 293])
        let (one, two) = (SigningKey(), SigningKey())
        let names = try ["w.example/1", "w.example/2"].map { try #require(NoteKeyName($0)) }
        let keys = [
            NoteKey(name: names[0], kind: .cosignature, publicKey: one.publicKey),
            NoteKey(name: names[1], kind: .cosignature, publicKey: two.publicKey),
        ]
        let time = Timestamp(secondsSince1970: 1_800_000_000)
        let lines = try [(one, names[0]), (two, names[1])].map {
            try $0.cosign(note: log.latest.note.text, name: $1, at: time).line
        }
        try log.addCosignatures(Data(lines.joined().utf8), witnesses: keys)
        let script = Fixtures.repository.appendingPathComponent(
            "Tests/Interoperability/verify_tlog_proof.py")
        func run(index: UInt64, entry: Int) throws -> FinishedProcess {
            let proof = scratch.url.appendingPathComponent("a.tlog-proof")
            try log.proof(of: index).encoded().write(to: proof)
            let file = try scratch.file("entry", "entry \(entry)")
            return try FinishedProcess(
                "python3", [script.path, proof.path, file.path, log.key.vkey] + keys.map(\.vkey))
        }
        for index in [0, 6, 7, 255, 256, 299] {
            #expect(try run(index: UInt64(index), entry: index).output == "OK\n")
        }
        #expect(try run(index: 5, entry: 6).status != 0)
    }
}
