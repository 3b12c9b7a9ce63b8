import Certificates
import Domain
import Foundation
import TestSupport
import Testing

/// Fixtures that other programs made, and ways to damage a file.
enum SigningFixtures {
    static let folder = CertificateFixtures.folder.appendingPathComponent("signing")
    static func url(_ name: String) -> URL { folder.appendingPathComponent(name) }
    static func data(_ name: String) throws -> Data { try Data(contentsOf: url(name)) }
    static func key(_ name: String) throws -> PublicKey {
        try PublicKey(contentsOf: url("\(name).pem"))
    }
    static func keyID(_ name: String) throws -> Digest {
        let expected = try JSONParser.parse(data("expected.json"))
        return try #require(Digest(hexadecimal: expected[name]?.text ?? ""))
    }
    /// The signing key whose seed is published in `make_signatures.py`.
    static func signingKey(_ name: String) throws -> SigningKey {
        try SigningKey(seed: bytes(hexadecimal: Digest(of: "lethe fixture \(name)").hexadecimal))
    }
    static func statement() throws -> Data { try data("statement.json") }
}

/// The bits whose change `accepts` does not notice, or does not call a broken integrity, as
/// `byte.bit`.
func unnoticedBits(of file: Data, accepts: (Data) throws -> Void) -> [String] {
    var unnoticed: [String] = []
    for index in file.indices {
        for bit in 0..<8 {
            var changed = file
            changed[index] ^= 1 << UInt8(bit)
            do {
                try accepts(changed)
                unnoticed.append("\(index).\(bit)")
            } catch let error as CertificateError where error.kind == .integrity {
            } catch { unnoticed.append("\(index).\(bit) \(error)") }
        }
    }
    return unnoticed
}

/// Whether a program can be started here.
func isInstalled(_ program: String) -> Bool {
    (try? FinishedProcess("sh", ["-c", "command -v \(program)"]).status) == 0
}

/// The defect that an error names.
func defect(_ body: () throws -> Void) -> String? {
    #expect(throws: CertificateError.self) { try body() }?.details["defect"]
}

/// The code of an error.
func code(_ body: () throws -> Void) -> CertificateErrorCode? {
    #expect(throws: CertificateError.self) { try body() }?.code
}
