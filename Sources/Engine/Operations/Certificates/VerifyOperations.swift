import Certificates
import Domain
import Foundation

/// What a certificate is checked with, beside what lies in its folder.
package struct VerificationChoice: Sendable {
    /// The issuer's public key or key history, and those of others who signed; empty takes what lies
    /// beside the certificate, which shows that it is whole, not who issued it.
    package var keys: [URL] = []
    package var proof: URL?
    package var revocations: URL?
    /// Verifier keys of witnesses, and how many of them must have seen the log.
    package var witnesses: [String] = []
    package var witnessCount = 0
    package var model: URL?
    package var receipt: URL?
    package var timestamp: URL?
    package var skipped: [String] = []

    package init() {}
}

/// What checking a certificate file found.
package struct CertificateCheck: Codable, Sendable {
    package let schema: String
    /// Everything that is needed was checked and holds.
    package let isValid: Bool
    /// `passed` or `could-not-check`; what does not hold is an error.
    package let outcome: CheckOutcome
    /// The key was given, and not taken from beside the certificate.
    package let isIssuerKnown: Bool
    package let keyID: Digest
    package let payloadDigest: Digest
    package let findings: [VerificationFinding]
    /// Needed checks that were done without.
    package let skipped: [String]
    package let certificate: DeletionCertificate
}

/// Checks a certificate without a workspace and without a network.
/// - Parameter place: a `certificate.dsse.json`, or the folder it lies in with what came with it.
/// - Throws: kind `integrity` for whatever does not hold; `file-unreadable`, `malformed-key`,
///   `unknown-name` for a check to skip that there is none of.
package func checkCertificate(
    at place: URL, _ choice: VerificationChoice
) throws -> CertificateCheck {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder)
    let file =
        exists && isFolder.boolValue
        ? place.appendingPathComponent(BundleFile.envelope) : place
    let folder = file.deletingLastPathComponent()
    func beside(_ name: String) -> URL? {
        let url = folder.appendingPathComponent(name)
        return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }
    let envelope = try DurableFile.read(file, atMost: OfflineVerification.maximumByteCount)
    let trust = try choice.keys.map { try TrustedKeys(contentsOf: $0) }
    var verification = OfflineVerification(
        envelope: envelope,
        trust: try trust.first
            ?? TrustedKeys(
                contentsOf: beside(BundleFile.keyHistory)
                    ?? folder.appendingPathComponent(BundleFile.publicKey)))
    verification.furtherKeys = trust.dropFirst().flatMap {
        $0.keys(role: .issuer) + $0.keys(role: .approver)
    }
    func content(_ given: URL?, _ name: String?) throws -> Data? {
        try (given ?? name.flatMap(beside)).map {
            try DurableFile.read($0, atMost: OfflineVerification.maximumByteCount)
        }
    }
    verification.proof = try content(choice.proof, BundleFile.logProof)
    verification.revocations = try content(choice.revocations, BundleFile.revocations)
    verification.timestamp = try content(choice.timestamp, BundleFile.timestamp)
    verification.receipt = try content(choice.receipt, nil)
    verification.model = choice.model
    if !choice.witnesses.isEmpty || choice.witnessCount != 0 {
        verification.witnesses = try WitnessPolicy(
            witnesses: try choice.witnesses.map { try NoteKey(vkey: $0) },
            threshold: choice.witnessCount == 0 ? choice.witnesses.count : choice.witnessCount)
    }
    verification.skipped = Set(
        try choice.skipped.map {
            try lookUp(
                $0, in: VerificationFinding.Check.allCases.filter(\.isNeeded), kind: "check",
                by: \.rawValue)
        })
    let verdict = try verification.verdict()
    return CertificateCheck(
        schema: "lethe.certificate-verification.v1", isValid: verdict.outcome == .passed,
        outcome: verdict.outcome, isIssuerKnown: !choice.keys.isEmpty,
        keyID: verdict.verified.key.keyID, payloadDigest: verdict.verified.payloadDigest,
        findings: verdict.findings, skipped: choice.skipped.sorted(),
        certificate: verdict.verified.certificate)
}
