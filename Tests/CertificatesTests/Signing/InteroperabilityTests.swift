import Certificates
import Domain
import Foundation
import TestSupport
import Testing

/// What we write, checked by libraries of others. `LETHE_PYTHON` may name a Python that has them;
/// without the packages these tests are skipped.
@Suite struct InteroperabilityTests {
    private static let python = ProcessInfo.processInfo.environment["LETHE_PYTHON"] ?? "python3"

    private static func has(_ module: String) -> Bool {
        (try? FinishedProcess(python, ["-c", "import cryptography, \(module)"]).status) == 0
    }

    private func run(_ script: String, _ files: [String], _ scratch: ScratchFolder) throws
        -> FinishedProcess
    {
        let path = Fixtures.root.deletingLastPathComponent()
            .appendingPathComponent("Interoperability/\(script).py").path
        return try FinishedProcess(Self.python, [path] + files, in: scratch.url)
    }

    @Test(.enabled(if: has("securesystemslib"), "securesystemslib is not installed"))
    func `securesystemslib accepts a certificate, signed by one or by two`() throws {
        let scratch = try ScratchFolder()
        let (issuer, approver) = (SigningKey(), SigningKey())
        let single = try issue(CertificateSamples.certificate(), key: issuer).envelope
        let double = try single.adding(approver)
        try single.encoded().write(to: scratch.url.appendingPathComponent("one.json"))
        try double.encoded().write(to: scratch.url.appendingPathComponent("two.json"))
        _ = try scratch.file("issuer.pem", issuer.publicKey.pemRepresentation)
        _ = try scratch.file("approver.pem", approver.publicKey.pemRepresentation)
        let script = "verify_securesystemslib"
        let one = try run(script, ["one.json", "issuer.pem"], scratch)
        #expect(one.status == 0, "\(one.output)")
        #expect(one.output.contains(issuer.keyID.hexadecimal))
        #expect(one.output.contains(Digest(of: single.payload).hexadecimal))
        let two = try run(script, ["two.json", "issuer.pem", "approver.pem"], scratch)
        #expect(two.status == 0, "\(two.output)")
        #expect(two.output.contains(approver.keyID.hexadecimal))
        let missing = try run(script, ["one.json", "issuer.pem", "approver.pem"], scratch)
        #expect(missing.status == 1)
        #expect(missing.output.contains("NOT VALID"))
    }

    @Test(
        .enabled(
            if: has("sigstore_protobuf_specs"), "sigstore-protobuf-specs is not installed"))
    func `Sigstore's own definitions read our bundle and know every member of it`() throws {
        let scratch = try ScratchFolder()
        let (issuer, approver) = (SigningKey(), SigningKey())
        let envelope = try issue(CertificateSamples.certificate(), key: issuer).envelope
            .adding(approver)
        for (name, key) in [("issuer", issuer), ("approver", approver)] {
            try SigstoreBundle(envelope, key: key.publicKey).encoded().write(
                to: scratch.url.appendingPathComponent("\(name).sigstore.json"))
            _ = try scratch.file("\(name).pem", key.publicKey.pemRepresentation)
            let read = try run(
                "verify_sigstore_bundle", ["\(name).sigstore.json", "\(name).pem"], scratch)
            #expect(read.status == 0, "\(read.output)")
            #expect(read.output == "signed by \(key.keyID.hexadecimal)\n")
        }
        #expect(
            try run(
                "verify_sigstore_bundle", ["issuer.sigstore.json", "approver.pem"], scratch
            ).status == 1)
    }
}
