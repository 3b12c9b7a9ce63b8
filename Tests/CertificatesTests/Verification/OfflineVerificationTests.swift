import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct OfflineVerificationTests {
    let key = SigningKey()
    let person = [
        PersonalIdentifier(kind: .email, value: "jaune@example.org"),
        PersonalIdentifier(kind: .phone, value: "+49 30 901820"),
    ]
    static let receiptKey = Data(repeating: 7, count: 32)

    /// A certificate in a log, and everything that belongs to it.
    private func issued(
        requiredSignatureCount: Int = 1, revoked: Bool = false
    ) throws -> (ScratchFolder, VerifiedCertificate, OfflineVerification) {
        let scratch = try ScratchFolder()
        let log = try TransparencyLog.create(
            at: scratch.url.appendingPathComponent("log"), key: SigningKey(),
            name: "example.org/log")
        let issued = try issue(
            CertificateSamples.certificate(
                log: .init(origin: "\(log.key.name)", verifierKey: log.key.vkey),
                subject: Receipt.subject(person, key: Self.receiptKey),
                requiredSignatureCount: requiredSignatureCount), key: key)
        let place = try log.append([
            Data("before".utf8), issued.logEntry.encoded(), Data("after".utf8),
        ])
        let revocation = try Revocation(
            caseID: issued.certificate.caseID, certificate: issued.payloadDigest,
            revokedAt: issued.certificate.issuedAt, reason: .reappearance,
            explanation: "It came out again.", operatorName: "Example GmbH"
        ).signed(with: key)
        let list = RevocationList(
            issuedAt: issued.certificate.issuedAt, logSize: 3,
            revocations: revoked ? [.init(revocation, logIndex: nil)] : [])
        var verification = OfflineVerification(
            envelope: issued.envelope.encoded(), trust: .key(key.publicKey))
        verification.proof = try log.proof(of: place.lowerBound + 1).encoded()
        verification.revocations = try list.signed(with: key)
        return (scratch, issued, verification)
    }

    private func code(_ verification: OfflineVerification) -> CertificateErrorCode? {
        let error = #expect(throws: CertificateError.self) { try verification.verdict() }
        #expect(error?.kind == .integrity, "\(error?.code.rawValue ?? "")")
        return error?.code
    }

    @Test func `A certificate with its proof and the list of revocations is accepted`() throws {
        let (_, issued, verification) = try issued()
        let verdict = try verification.verdict()
        #expect(verdict.outcome == .passed)
        #expect(verdict.verified.payloadDigest == issued.payloadDigest)
        #expect(verdict.findings.map(\.check) == [.signature, .key, .content, .log, .revocation])
    }

    @Test func `What is missing could not be checked, and is no acceptance`() throws {
        let (_, _, whole) = try issued()
        for (check, without): (VerificationFinding.Check, (inout OfflineVerification) -> Void) in [
            (.log, { $0.proof = nil }), (.revocation, { $0.revocations = nil }),
        ] {
            var verification = whole
            without(&verification)
            let verdict = try verification.verdict()
            #expect(verdict.outcome == .couldNotCheck)
            #expect(
                verdict.findings.filter { $0.outcome == .couldNotCheck }.map(\.check) == [check])
            verification.skipped = [check]
            #expect(try verification.verdict().outcome == .passed)
        }
    }

    @Test func `A list of revocations that is older than the certificate says nothing`() throws {
        var (_, issued, verification) = try issued()
        let earlier = Timestamp(
            secondsSince1970: issued.certificate.issuedAt.secondsSince1970 - 1)
        verification.revocations = try RevocationList(
            issuedAt: earlier, logSize: nil, revocations: []
        ).signed(with: key)
        #expect(try verification.verdict().outcome == .couldNotCheck)
    }

    @Test func `A certificate that was taken back is refused, and by a stranger's list not`() throws
    {
        var (_, _, verification) = try issued(revoked: true)
        #expect(code(verification) == .revoked)
        verification.revocations = try RevocationList(
            issuedAt: Timestamp(secondsSince1970: 1_900_000_000), logSize: nil, revocations: []
        ).signed(with: SigningKey())
        #expect(code(verification) == .untrustedKey)
    }

    @Test func `The proof of another entry does not do`() throws {
        let (_, _, first) = try issued()
        var (_, _, second) = try issued()
        second.proof = first.proof
        // Another log, with a key of its own.
        #expect(code(second) == .unsignedCheckpoint || code(second) == .wrongLog)
    }

    @Test func `Two signatures where two are asked for, and not one`() throws {
        let approver = SigningKey()
        var (_, issued, verification) = try issued(requiredSignatureCount: 2)
        #expect(code(verification) == .notEnoughSignatures)
        verification.envelope = try issued.envelope.adding(approver).encoded()
        // The second key is not known: it may be anybody's.
        #expect(try verification.verdict().outcome == .couldNotCheck)
        verification.furtherKeys = [approver.publicKey]
        #expect(try verification.verdict().outcome == .passed)
    }

    @Test func `The receipt shows that it is about the person, and to nobody without it`() throws {
        var (_, issued, verification) = try issued()
        let receipt = Receipt(
            caseID: issued.certificate.caseID, payloadDigest: issued.payloadDigest,
            key: Self.receiptKey, identifiers: person)
        verification.receipt = try receipt.encoded()
        #expect(try verification.verdict().findings.last?.check == .receipt)
        // What openssl makes of the same.
        let run = try FinishedProcess(
            "sh",
            [
                "-c",
                "printf %s 'email:jaune@example.org' | openssl dgst -sha256 -mac HMAC -macopt hexkey:"
                    + hexadecimalText(Self.receiptKey),
            ])
        let commitments = issued.certificate.subject.commitments.map(\.hexadecimal)
        #expect(commitments.contains { run.output.contains($0) })
        for (other, id): ([PersonalIdentifier], Digest) in [
            ([.init(kind: .email, value: "other@example.org")], issued.payloadDigest),
            (person, Digest(of: "another")), ([], issued.payloadDigest),
        ] {
            verification.receipt = try Receipt(
                caseID: issued.certificate.caseID, payloadDigest: id, key: Self.receiptKey,
                identifiers: other
            ).encoded()
            #expect(code(verification) == .foreignReceipt)
        }
        verification.receipt = try Receipt(
            caseID: issued.certificate.caseID, payloadDigest: issued.payloadDigest,
            key: Data(repeating: 8, count: 32), identifiers: person
        ).encoded()
        #expect(code(verification) == .foreignReceipt)
        let shown = "\(receipt)" + String(reflecting: receipt)
        #expect(!shown.contains("jaune"))
    }

    @Test func `A receipt that is cut off or of another form is not read`() throws {
        let whole = try Receipt(
            caseID: CaseID(year: 2026, number: 7), payloadDigest: Digest(of: "payload"),
            key: Self.receiptKey, identifiers: person
        ).encoded()
        #expect(try Receipt(parsing: whole).identifiers.count == 2)
        let wrong = [
            whole.dropLast(3), Data("[]".utf8), Data(),
            Data(String(decoding: whole, as: UTF8.self).replacing("receipt.v1", with: "x").utf8),
            Data(String(decoding: whole, as: UTF8.self).replacing("0707", with: "07 7").utf8),
        ]
        for data in wrong {
            let error = #expect(throws: CertificateError.self) { try Receipt(parsing: Data(data)) }
            #expect(error?.code == .malformedReceipt)
        }
    }

    @Test func `A model is held against the certificate file by file`() throws {
        var (scratch, _, verification) = try issued()
        let folder = scratch.url.appendingPathComponent("model")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        }
        verification.model = folder
        try write("config.json", "config")
        #expect(code(verification) == .modelMismatch)
        try write("model.safetensors", "after")
        try write("README.md", "a file that no model is loaded from")
        #expect(try verification.verdict().findings.last?.check == .model)
        try write("pytorch_model.bin", "other weights")
        #expect(code(verification) == .modelMismatch)
        try FileManager.default.removeItem(
            at: folder.appendingPathComponent("pytorch_model.bin"))
        try write("config.json", "Config")
        #expect(code(verification) == .modelMismatch)
    }

    @Test func `Two thousand bits turned over at random are all noticed`() throws {
        let (_, _, whole) = try issued()
        var random = SeededGenerator(seed: 20_261_121)
        var unnoticed: [String] = []
        for number in 0..<2_000 {
            var changed = whole
            func turn(_ data: inout Data) -> Int {
                let bit = Int.random(in: 0..<data.count * 8, using: &random)
                data[data.startIndex + bit / 8] ^= 1 << UInt8(bit % 8)
                return bit
            }
            var name = ""
            switch number % 3 {
            case 0: name = "envelope \(turn(&changed.envelope))"
            case 1:
                var proof = changed.proof ?? Data()
                name = "proof \(turn(&proof))"
                changed.proof = proof
            default:
                var list = changed.revocations ?? Data()
                name = "revocations \(turn(&list))"
                changed.revocations = list
            }
            do {
                _ = try changed.verdict()
                unnoticed.append(name)
            } catch let error as CertificateError {
                if error.kind != .integrity { unnoticed.append("\(name): \(error.code.rawValue)") }
            }
        }
        #expect(unnoticed.isEmpty, "\(unnoticed.prefix(10))")
    }
}
