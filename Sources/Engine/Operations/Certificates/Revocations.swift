import Casework
import Certificates
import Domain
import Foundation

/// A revocation as lists show it.
package struct RevocationRow: Codable, Sendable, Equatable {
    package let caseID: CaseID
    /// SHA-256 of the revoked certificate's signed content.
    package let certificate: Digest
    package let revokedAt: Timestamp
    package let reason: Revocation.Reason
    package let explanation: String
    /// SHA-256 of the report of a test that showed it.
    package let evidence: Digest?
    package let operatorName: String
    /// SHA-256 of the revocation's signed content, and the name of its file.
    package let revocation: Digest
    /// Nil until it is entered: a command was killed, and is to be repeated.
    package let logIndex: Int?

    init(_ verified: VerifiedRevocation, logIndex: Int?) {
        let content = verified.revocation
        caseID = content.caseID
        certificate = content.certificate
        revokedAt = content.revokedAt
        reason = content.reason
        explanation = content.explanation
        evidence = content.evidence
        operatorName = content.operatorName
        revocation = verified.payloadDigest
        self.logIndex = logIndex
    }

    private enum CodingKeys: String, CodingKey {
        case caseID = "case"
        case certificate, revokedAt, reason, explanation, evidence, revocation, logIndex
        case operatorName = "operator"
    }
}

/// Whether a certificate of the workspace stands, by what the workspace itself holds.
package enum RecordedStanding: Sendable, Equatable {
    case good(asOf: Timestamp)
    case revoked(RevocationList.Entry)

    /// For tables: `stands`, or the reason of the revocation.
    package var word: String {
        switch self {
        case .good: "stands"
        case .revoked(let entry): "revoked: \(entry.reason.rawValue)"
        }
    }
}

/// A revocation with its place in the log.
struct StoredRevocation {
    let verified: VerifiedRevocation
    let logIndex: Int?

    var entry: RevocationList.Entry { .init(verified, logIndex: logIndex) }
    var row: RevocationRow { .init(verified, logIndex: logIndex) }
}

extension Workspace {
    /// All revocations of the workspace, oldest first.
    /// - Throws: `revocation-damaged`, and what checking a revocation's signature throws.
    package func revocations() throws -> [RevocationRow] { try storedRevocations().map(\.row) }

    /// The signed list of all revocations as of now, for verifiers without a workspace.
    /// - Throws: as `revocations()`; what the signing key's file throws.
    /// - Parameter heldAgainstLog: every revocation of the log has to be there; reads all of it.
    package func signedRevocationList(heldAgainstLog: Bool = true) throws -> Data {
        // The size first: a revocation that is made meanwhile is then beyond it.
        let log = try readableLog()
        let entries = try storedRevocations().map(\.entry)
        if heldAgainstLog { try requireEveryRevocation(of: log, among: entries) }
        let size = log.map { Int($0.size) }
        return try RevocationList(issuedAt: clock.now(), logSize: size, revocations: entries)
            .signed(with: try signingKey())
    }

    /// - Parameter certificate: SHA-256 of its signed content.
    /// - Throws: as `revocations()`.
    package func certificateStanding(of certificate: Digest) throws -> RecordedStanding {
        guard let stored = try revocation(of: certificate) else {
            return .good(asOf: clock.now())
        }
        return .revoked(stored.entry)
    }

    /// The standing of a case's certificate, or of the one it had before it was opened again.
    /// - Throws: `case-not-found`, `no-certificate`; as `revocations()`.
    package func certificateStanding(of id: CaseID) throws -> RecordedStanding {
        try certificateStanding(of: answerableCertificate(of: cases.load(id)))
    }

    /// The certificate that a case answers for: its present one, or the last that a reopening
    /// contradicted.
    /// - Throws: `no-certificate`.
    func answerableCertificate(of record: CaseRecord) throws -> Digest {
        let earlier = record.progress.legal.reopenings.compactMap(\.certificate).last
        guard let digest = record.progress.certificate?.payloadDigest ?? earlier else {
            throw EngineError(
                .noCertificate,
                "\(record.id) has no certificate; it is \(record.state.rawValue).",
                details: ["case": record.id.description, "state": record.state.rawValue],
                remedy: "See `lethe case explain \(record.id)`.")
        }
        return digest
    }

    /// Nil if the certificate was not revoked.
    func revocation(of certificate: Digest) throws -> StoredRevocation? {
        try storedRevocations().first { $0.verified.revocation.certificate == certificate }
    }

    func revocationFile(_ payloadDigest: Digest) -> URL {
        layout.revocations.appendingPathComponent("\(payloadDigest)\(Self.revocationSuffix)")
    }

    private static let revocationSuffix = ".dsse.json"

    /// What stands in the log as a revocation is among the files; after a restored backup it may not be.
    /// - Throws: `revocation-damaged`.
    private func requireEveryRevocation(
        of log: TransparencyLog?, among entries: [RevocationList.Entry]
    ) throws {
        guard let log else { return }
        let known = Set(entries.map(\.revocation))
        for index in 0..<log.size {
            let entry = try LogEntry(parsing: log.entry(at: index))
            guard entry.kind == .revocation, !known.contains(entry.sha256) else { continue }
            throw EngineError(
                .revocationDamaged,
                "Entry \(index) of the log is a revocation that is not in certificates/revocations.",
                details: ["index": "\(index)", "revocation": entry.sha256.hexadecimal],
                remedy:
                    "Restore certificates/revocations from a newer backup: without it, what was "
                    + "taken back would seem to stand.")
        }
    }

    /// Files and log tell of the same revocations.
    /// - Throws: `revocation-damaged`, as `revocations()`.
    func examineRevocations() throws {
        try requireEveryRevocation(
            of: readableLog(), among: storedRevocations().map(\.entry))
    }

    private func storedRevocations() throws -> [StoredRevocation] {
        // The folder is made with the first revocation.
        guard FileManager.default.fileExists(atPath: layout.revocations.path) else { return [] }
        let names = try FileManager.default.contentsOfDirectory(atPath: layout.revocations.path)
        let files = names.filter {
            $0.hasSuffix(Self.revocationSuffix) && !DurableFile.isTransient($0)
        }.sorted()
        guard !files.isEmpty else { return [] }
        let keys = try revocationKeys()
        let log = try readableLog()
        let found = try files.map { name in
            let verified = try Revocation.verified(
                envelope: DurableFile.read(layout.revocations.appendingPathComponent(name)),
                trustedKeys: keys)
            guard name == "\(verified.payloadDigest)\(Self.revocationSuffix)" else {
                throw EngineError(
                    .revocationDamaged, "\(name) holds another revocation than its name says.",
                    details: ["file": name, "revocation": verified.payloadDigest.hexadecimal],
                    remedy: "Restore certificates/revocations from a backup.")
            }
            let entry = LogEntry(
                kind: .revocation, payload: verified.envelope.payload, keyID: verified.key.keyID)
            let index = try log?.index(ofLeafHash: .leaf(entry.encoded()))
            return StoredRevocation(verified: verified, logIndex: index.map(Int.init))
        }
        return found.sorted {
            ($0.row.revokedAt, $0.logIndex ?? .max, $0.row.revocation)
                < ($1.row.revokedAt, $1.logIndex ?? .max, $1.row.revocation)
        }
    }

    /// Every key an issuer ever signed with here, whatever became of it since: a revocation is never
    /// taken back.
    func revocationKeys() throws -> [PublicKey] {
        let present = try PublicKey(contentsOf: layout.publicKey)
        guard FileManager.default.fileExists(atPath: layout.keyHistory.path) else {
            return [present]
        }
        let known = try KeyHistory(contentsOf: layout.keyHistory).keys(role: .issuer)
        return known.contains(present) ? known : known + [present]
    }
}
