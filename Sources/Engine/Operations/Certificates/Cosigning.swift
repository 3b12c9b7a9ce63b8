import Casework
import Certificates
import Domain
import Foundation

/// What a co-signature came to.
package struct Cosignature: Codable, Sendable {
    package let schema: String
    package let caseID: CaseID
    package let payloadDigest: Digest
    package let keyID: Digest
    /// False if this key's signature was there already.
    package let changed: Bool
    /// Ids of all keys that signed, the issuer's first.
    package let signers: [Digest]

    private enum CodingKeys: String, CodingKey {
        case caseID = "case"
        case schema, payloadDigest, keyID, changed, signers
    }
}

extension Workspace {
    /// Adds an approver's signature to a case's certificate. What was signed stays as it is.
    /// - Parameters:
    ///   - key: opens the approver's own key; asked when everything else is in order.
    ///   - actor: the approver.
    /// - Throws: `no-certificate`; `four-eyes` for the one who certified the case, and where four eyes
    ///   are asked for everybody but the one who approved it; `not-an-approver`; `key-not-yet-valid`,
    ///   `key-expired`, `key-revoked`; what opening the key throws; kind `integrity` if the certificate was
    ///   changed.
    package func cosign(
        _ id: CaseID, key open: () throws -> SigningKey, actor: String
    ) throws -> Cosignature {
        let record = try cases.load(id)
        let verified = try certificate(of: id)
        try requireSecondPerson(actor, record, verified)
        let key = try open()
        try requireApprover(key.keyID, actor: actor, verified)
        let isSigned = verified.signatures.signers.contains { $0.keyID == key.keyID }
        let envelope = isSigned ? verified.envelope : try verified.envelope.adding(key)
        // What takes the only copy's place must hold, with the new signature too.
        let result = try self.verified(envelope.encoded())
        if !isSigned, let summary = record.progress.certificate {
            try DurableFile.write(
                envelope.encoded(), to: folder.appendingPathComponent(summary.path))
        }
        try noteOnce(
            "certificate-cosigned", on: id, actor: actor,
            digests: [
                "payload": verified.payloadDigest.hexadecimal,
                Self.noteKey: key.keyID.hexadecimal,
            ])
        return Cosignature(
            schema: "lethe.certificate-cosign.v1", caseID: id,
            payloadDigest: verified.payloadDigest, keyID: key.keyID, changed: !isSigned,
            signers: result.signatures.signers.map(\.keyID))
    }

    private func requireSecondPerson(
        _ actor: String, _ record: CaseRecord, _ verified: VerifiedCertificate
    ) throws {
        let legal = record.progress.legal
        let certifier = legal.certifier ?? verified.certificate.operatorName
        guard actor != certifier, actor != verified.certificate.operatorName else {
            throw CaseworkError(
                .fourEyes, "\(actor) certified \(record.id) and cannot co-sign it too.",
                details: ["case": record.id.description, "actor": actor],
                remedy: "Somebody else gives the command, with their own --actor and key.")
        }
        guard legal.fourEyes else { return }
        guard let approver = legal.approval?.actor, approver == actor else {
            throw CaseworkError(
                .fourEyes, "\(actor) did not approve the result of \(record.id).",
                details: ["case": record.id.description, "actor": actor],
                remedy: "Who approved it gives the command, with their own --actor and key.")
        }
    }

    private func requireApprover(
        _ keyID: Digest, actor: String, _ verified: VerifiedCertificate
    ) throws {
        func refused(_ what: String) -> EngineError {
            EngineError(
                .notAnApprover, "The key \(keyID.short) \(what).",
                details: ["keyID": keyID.hexadecimal],
                remedy: "An approver's own key is made by `lethe keys new FILE` and taken in by "
                    + "`lethe keys introduce --role approver --public-key FILE.pub.pem`.")
        }
        guard let history = try keyHistory(), let entry = history.entry(keyID) else {
            throw refused("was not introduced")
        }
        guard entry.role == .approver else {
            throw refused("is one of role \(entry.role.rawValue), not an approver's")
        }
        guard try holder(of: keyID).map({ $0 == actor }) ?? true else {
            throw refused("was introduced as somebody else's than \(actor)'s")
        }
        // A signature has no date of its own: verifiers judge it by the certificate's, and nobody
        // may sign with a key that was laid aside.
        for time in [verified.certificate.issuedAt, clock.now()] {
            try history.judge(keyID: keyID, role: .approver, signedAt: time)
                .require(keyID: keyID, role: .approver, signedAt: time)
        }
    }

    /// Appends a note to a case's history, unless a killed command came as far as that.
    func noteOnce(
        _ event: String, on id: CaseID, actor: String, digests: [String: String],
        facts: [String: String] = [:]
    ) throws {
        let isNoted = try cases.history(of: id).contains {
            $0.event == event && $0.digests == digests && $0.facts == facts
        }
        guard !isNoted else { return }
        _ = try cases.appendNote(
            event: event, on: id, actor: actor, digests: digests, facts: facts)
    }
}
