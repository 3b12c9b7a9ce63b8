import Certificates
import Domain
import Foundation
import TestSupport
import Testing

/// These run the exported script and commands with the machine's own shell and OpenSSL.
@Suite struct CertificateBundleTests {
    let key = SigningKey()

    private func export() throws -> (scratch: ScratchFolder, issued: VerifiedCertificate) {
        let scratch = try ScratchFolder()
        let issued = try issue(CertificateSamples.certificate(), key: key)
        var bundle = CertificateBundle(issued)
        bundle.sshSignature = try SSHSignature(signing: issued.payload, key: key)
        let files = try bundle.write(to: scratch.url)
        #expect(
            files.map(\.lastPathComponent).sorted() == [
                "README.txt", "allowed_signers", "certificate.de.html", "certificate.dsse.json",
                "certificate.html", "certificate.sigstore.json", "deletion-v2.schema.json",
                "lethe-public-key.pem", "statement.json", "statement.json.sig", "verify.sh",
            ])
        return (scratch, issued)
    }

    @Test func `The script verifies an exported bundle with OpenSSL alone`() throws {
        let (scratch, issued) = try export()
        let run = try FinishedProcess("sh", ["verify.sh"], in: scratch.url)
        #expect(run.status == 0, "\(run.output)")
        #expect(run.output.contains("Signature verified successfully."))
        #expect(run.output.contains(issued.payloadDigest.hexadecimal))
        #expect(run.output.contains(key.keyID.hexadecimal))
        // From anywhere, with the issuer's key given, started by its own mode bits.
        _ = try scratch.file("issuer.pem", key.publicKey.pemRepresentation)
        let direct = try FinishedProcess(
            scratch.url.appendingPathComponent("verify.sh").path,
            [scratch.url.appendingPathComponent("issuer.pem").path])
        #expect(direct.status == 0, "\(direct.output)")
        #expect(!direct.output.contains("The key came with the certificate"))
    }

    @Test func `The three printed commands verify it too, and leave the statement`() throws {
        let (scratch, issued) = try export()
        let notes = try String(
            contentsOf: scratch.url.appendingPathComponent("README.txt"), encoding: .utf8)
        let commands = notes.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { $0.hasPrefix("jq ") || $0.hasPrefix("{ printf") }
        #expect(commands.count == 3)
        let run = try FinishedProcess(
            "sh", ["-c", commands.joined(separator: "\n")], in: scratch.url)
        #expect(run.status == 0, "\(run.output)")
        #expect(run.output.contains("Signature Verified Successfully"))
        let statement = try Data(contentsOf: scratch.url.appendingPathComponent("statement.json"))
        #expect(statement == issued.payload)
    }

    @Test func `The script refuses a certificate with one byte changed, wherever it is`() throws {
        let (scratch, _) = try export()
        let file = scratch.url.appendingPathComponent("certificate.dsse.json")
        let data = try Data(contentsOf: file)
        let payloadEnd = try #require(data.range(of: Data("\",\n  \"payloadType".utf8))).lowerBound
        // Spread over the payload, and every byte around and after its end.
        let positions =
            Array(stride(from: 0, to: payloadEnd - 4, by: 997))
            + Array(stride(from: payloadEnd - 4, to: data.count, by: 9)) + [data.count - 1]
        for position in positions {
            var changed = data
            changed[position] ^= 0x01
            try changed.write(to: file)
            let run = try FinishedProcess("sh", ["verify.sh"], in: scratch.url)
            #expect(run.status == 1, "byte \(position): \(run.output)")
            #expect(run.output.contains("NOT VALID"))
        }
        try data.write(to: file)
        #expect(try FinishedProcess("sh", ["verify.sh"], in: scratch.url).status == 0)
    }

    @Test func `The printed commands refuse a changed payload and a changed signature`() throws {
        let (scratch, _) = try export()
        let file = scratch.url.appendingPathComponent("certificate.dsse.json")
        let original = try String(contentsOf: file, encoding: .utf8)
        let notes = try String(
            contentsOf: scratch.url.appendingPathComponent("README.txt"), encoding: .utf8)
        let commands = notes.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { $0.hasPrefix("jq ") || $0.hasPrefix("{ printf") }
        for member in ["\"payload\": \"", "\"sig\": \""] {
            let start = try #require(original.range(of: member)).upperBound
            var changed = original
            let index = changed.index(start, offsetBy: 20)
            let old = changed[index]
            changed.replaceSubrange(index...index, with: old == "A" ? "B" : "A")
            try Data(changed.utf8).write(to: file)
            let run = try FinishedProcess(
                "sh", ["-c", commands.joined(separator: "\n")], in: scratch.url)
            #expect(run.status == 1, "\(run.output)")
        }
    }

    @Test func `The script refuses a second payload, another key and another signer`() throws {
        let (scratch, _) = try export()
        let file = scratch.url.appendingPathComponent("certificate.dsse.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        try Data(("{\n  \"payload\": \"YQ==\"," + text.dropFirst()).utf8).write(to: file)
        #expect(try FinishedProcess("sh", ["verify.sh"], in: scratch.url).status == 1)
        try Data(text.utf8).write(to: file)
        _ = try scratch.file("other.pem", SigningKey().publicKey.pemRepresentation)
        let other = try FinishedProcess("sh", ["verify.sh", "other.pem"], in: scratch.url)
        #expect(other.status == 1)
        #expect(other.output.contains("signed with another key"))
        let missing = try FinishedProcess("sh", ["verify.sh", "none.pem"], in: scratch.url)
        #expect(missing.status == 2)
        #expect(missing.output.contains("Could not check"))
    }

    @Test func `Exporting again is harmless; another certificate's folder is left alone`() throws {
        let (scratch, issued) = try export()
        try FileManager.default.removeItem(at: scratch.url.appendingPathComponent("verify.sh"))
        try CertificateBundle(issued).write(to: scratch.url)
        #expect(try FinishedProcess("sh", ["verify.sh"], in: scratch.url).status == 0)
        let another = try issue(CertificateSamples.certificate(recordCount: 5), key: key)
        let error = #expect(throws: CertificateError.self) {
            try CertificateBundle(another).write(to: scratch.url)
        }
        #expect(error?.code == .bundleExists)
        #expect(try FinishedProcess("sh", ["verify.sh"], in: scratch.url).status == 0)
    }

    @Test func `The exported file passes our own verification`() throws {
        let (scratch, issued) = try export()
        let verified = try verifyCertificate(
            envelope: Data(
                contentsOf: scratch.url.appendingPathComponent("certificate.dsse.json")),
            trustedKeys: [
                PublicKey(
                    contentsOf: scratch.url.appendingPathComponent("lethe-public-key.pem"))
            ])
        #expect(verified.certificate == issued.certificate)
    }
}
