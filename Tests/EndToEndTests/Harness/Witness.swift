import Domain
import Foundation
import TestSupport
import Testing

/// A witness of the log whose key and signatures OpenSSL makes, by C2SP tlog-cosignature.
struct Witness {
    let name: String
    let vkey: String
    let scene: Scene
    private let id: Data

    fileprivate init(_ name: String, _ scene: Scene) throws {
        let made = try scene.shell(
            "openssl genpkey -algorithm ed25519 -out w.pem "
                + "&& openssl pkey -in w.pem -pubout -outform DER -out w.der")
        try #require(made.status == 0, "\(made.errors)")
        let der = try Data(contentsOf: scene.root.appendingPathComponent("w.der"))
        let key = Data([4]) + der.suffix(32)
        id = try sha256(Data("\(name)\n".utf8) + key).prefix(4)
        let idText = id.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        vkey = "\(name)+\(idText)+\(key.base64EncodedString())"
        self.name = name
        self.scene = scene
    }

    /// The line that answers a file of `lethe log witness-request`.
    /// - Parameter time: in seconds since 1970.
    func signature(answering request: URL, at time: Int) throws -> String {
        let body = try String(contentsOf: request, encoding: .utf8)
        // After the size that was signed last and the proof there is an empty line.
        let start = try #require(body.range(of: "\n\n")).upperBound
        let end = try #require(body[start...].range(of: "\n\n")).lowerBound
        _ = try scene.write("cosignature/v1\ntime \(time)\n\(body[start..<end])\n", "message")
        let signed = try scene.shell(
            "openssl pkeyutl -sign -rawin -inkey w.pem -in message -out signature")
        try #require(signed.status == 0, "\(signed.errors)")
        let signature = try Data(contentsOf: scene.root.appendingPathComponent("signature"))
        let clock = withUnsafeBytes(of: UInt64(time).bigEndian) { Data($0) }
        return "\u{2014} \(name) \((id + clock + signature).base64EncodedString())\n"
    }
}

extension Scene {
    func witness(_ name: String) throws -> Witness { try Witness(name, self) }

    /// Names the witness in `keys/witnesses.json`.
    func ask(_ witness: Witness) throws {
        try Data("{\"threshold\": 1, \"witnesses\": [\"\(witness.vkey)\"]}".utf8).write(
            to: keyFile("witnesses.json"))
    }
}

/// SHA-256 of these parts, one after the other.
func sha256(_ parts: Data...) throws -> Data {
    let hexadecimal = Array(Digest(of: parts.reduce(Data(), +)).hexadecimal)
    return Data(
        try stride(from: 0, to: hexadecimal.count, by: 2).map {
            try #require(UInt8(String(hexadecimal[$0...$0 + 1]), radix: 16))
        })
}
