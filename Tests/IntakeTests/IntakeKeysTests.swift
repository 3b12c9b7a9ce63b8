import Domain
import Foundation
import Intake
import TestSupport
import Testing

@Suite struct IntakeKeysTests {
    @Test("A key file is read") func aKeyFileIsRead() throws {
        #expect(try testKeys().formatIDs == ["opendsr", "drp", "iab-ddrf", "shopify", "meta"])
        #expect(IntakeKeys.none.formatIDs.isEmpty)
    }

    private func keyFile(_ entries: String, more: String = "") -> String {
        "{\"lethe-keys\": 1\(more), \"keys\": [\(entries)]}"
    }

    @Test(
        "A key file that cannot be used is refused, and shows no key",
        arguments: [
            ("{\"lethe-keys\": 2, \"keys\": []}", "lethe-keys"),
            ("{\"lethe-keys\": 1, \"keys\": [], \"x\": 1}", "x"),
            (
                "{\"lethe-keys\": 1, \"recipient\": {\"priv\": \"x\"}, \"keys\": []}",
                "recipient.priv"
            ),
            (
                "{\"lethe-keys\": 1, \"keys\": [{\"format\": \"priv\", \"id\": \"a\", \"secret\": \"hush-hush\"}]}",
                "keys[0].format"
            ),
            (
                "{\"lethe-keys\": 1, \"keys\": [{\"format\": \"meta\", \"id\": \"a\", \"secret\": \"hush\"}]}",
                "keys[0].secret"
            ),
            (
                "{\"lethe-keys\": 1, \"keys\": [{\"format\": \"meta\", \"id\": \"a b\", \"secret\": \"hush-hush\"}]}",
                "keys[0].id"
            ),
            (
                "{\"lethe-keys\": 1, \"keys\": [{\"format\": \"drp\", \"id\": \"a\", \"ed25519\": \"aHVzaA==\"}]}",
                "keys[0].ed25519"
            ),
            (
                "{\"lethe-keys\": 1, \"keys\": [{\"format\": \"drp\", \"id\": \"a\", \"secret\": \"hush-hush\"}]}",
                "keys[0].secret"
            ),
            (
                "{\"lethe-keys\": 1, \"keys\": [{\"format\": \"opendsr\", \"id\": \"a\", \"pem\": \"hush\"}]}",
                "keys[0].pem"
            ),
            (
                "{\"lethe-keys\": 1, \"keys\": [{\"format\": \"opendsr\", \"id\": \"a\"}]}",
                "keys[0]"
            ),
            (
                "{\"lethe-keys\": 1, \"keys\": [{\"format\": \"meta\", \"id\": \"a\", \"secret\": \"hush-hush\"}, "
                    + "{\"format\": \"meta\", \"id\": \"a\", \"secret\": \"hush-hush2\"}]}",
                "keys[1].id"
            ),
            (
                "{\"lethe-keys\": 1, \"keys\": [{\"format\": \"iab-ddrf\", \"id\": \"a\", \"jwk\": "
                    + "{\"kty\": \"RSA\", \"n\": \"aHVzaA\", \"e\": \"AQAB\"}}]}",
                "keys[0].jwk"
            ),
        ])
    func aKeyFileThatCannotBeUsedIsRefusedAndShowsNoKey(_ text: String, _ path: String) throws {
        let error = try #require(
            #expect(throws: IntakeError.self) {
                try IntakeKeys(parsing: Data(text.utf8), sourceName: "keys.json")
            })
        #expect(error.code == .unusableKeys)
        #expect(error.details["path"] == path)
        let shown = "\(error) \(error.details)"
        #expect(!shown.contains("hush") && !shown.contains("aHVzaA"))
    }

    /// OpenSSL makes such keys; a signature under them proves nothing any more.
    @Test("An RSA key of 1024 bits is refused") func anRSAKeyOf1024BitsIsRefused() throws {
        let error = try #require(
            #expect(throws: IntakeError.self) {
                try IntakeKeys(
                    parsing: fixture("requests/signed/small-key.json"), sourceName: "keys.json")
            })
        #expect(error.details["path"] == "keys[0].pem")
    }

    @Test("Damaged keys and certificates are refused or read, never more")
    func damagedKeysAndCertificatesAreRefusedOrReadNeverMore() throws {
        let pem = String(
            decoding: try fixture("requests/signed/private/certificate.pem"), as: UTF8.self)
        let lines = pem.split(separator: "\n").map(String.init)
        let der = try #require(Data(base64Encoded: lines.dropFirst().dropLast().joined()))
        var generator = SplitMix64(state: 11)
        var refusedCount = 0
        for _ in 0..<2_000 {
            var bytes = der
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                if Bool.random(using: &generator) {
                    bytes[index] = UInt8.random(in: 0...255, using: &generator)
                } else {
                    bytes.removeLast(
                        min(bytes.count - 1, Int.random(in: 1...20, using: &generator)))
                }
            }
            let damaged =
                "-----BEGIN CERTIFICATE-----\\n\(bytes.base64EncodedString())\\n-----END CERTIFICATE-----"
            let entry = "{\"format\": \"opendsr\", \"id\": \"a\", \"pem\": \"\(damaged)\"}"
            do {
                _ = try IntakeKeys(parsing: Data(keyFile(entry).utf8), sourceName: "k")
            } catch let error as IntakeError {
                #expect(error.code == .unusableKeys)
                refusedCount += 1
            }
        }
        #expect(refusedCount > 500)
    }

    @Test("A key for signing answers must be a strong one in PKCS #8")
    func aKeyForSigningAnswersMustBeAStrongOneInPKCS8() throws {
        for name in ["ed25519", "p256", "rsa"] {
            let pem = String(
                decoding: try fixture("requests/signed/private/\(name).pem"), as: UTF8.self)
            #expect(try ReplySigner(keyID: "ours", pem: pem).keyID == "ours")
        }
        for name in ["rsa-1024", "certificate"] {
            let pem = String(
                decoding: try fixture("requests/signed/private/\(name).pem"), as: UTF8.self)
            let error = #expect(throws: IntakeError.self) {
                try ReplySigner(keyID: "ours", pem: pem)
            }
            #expect(error?.code == .unusableKeys)
        }
    }
}
