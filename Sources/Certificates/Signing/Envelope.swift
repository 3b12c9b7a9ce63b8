import Domain
import Foundation

/// A DSSE envelope: bytes, what they are, and signatures over both.
///
/// Reference: secure-systems-lab/dsse, protocol and envelope 1.0.2. Nothing is canonicalised; the
/// bytes that are verified are the bytes that are handed on.
package struct Envelope: Sendable, Equatable {
    package struct Signature: Sendable, Equatable {
        /// A hint at the key; not itself signed.
        package let keyID: String?
        package let bytes: Data

        package init(keyID: String?, bytes: Data) {
            self.keyID = keyID
            self.bytes = bytes
        }
    }

    /// Certificates are far below this; a larger file is refused before it is read as JSON.
    static let maximumByteCount = 16 << 20

    package let payloadType: String
    package let payload: Data
    package let signatures: [Signature]

    package init(payloadType: String, payload: Data, signatures: [Signature]) {
        self.payloadType = payloadType
        self.payload = payload
        self.signatures = signatures
    }

    /// Signs `payload`; the signature names its key.
    package init(signing payload: Data, payloadType: String, key: SigningKey) throws {
        let bytes = Self.preAuthenticationEncoding(payloadType: payloadType, payload: payload)
        let signature = Signature(
            keyID: key.keyID.hexadecimal, bytes: try key.signature(for: bytes))
        self.init(payloadType: payloadType, payload: payload, signatures: [signature])
    }

    /// Reads an envelope: strict JSON, base64 in the standard or the URL-safe alphabet; unknown
    /// members are ignored, as the protocol demands.
    /// - Throws: `malformed-envelope` naming the rule that was broken.
    package init(parsing data: Data) throws {
        let document: JSONValue
        do {
            document = try JSONParser.parse(
                data, limits: .init(depth: 32, byteCount: Self.maximumByteCount))
        } catch let error as DomainError {
            throw Self.malformed(error.message, cause: error)
        }
        guard let payloadType = document["payloadType"]?.text else {
            throw Self.malformed("The text member \"payloadType\" is missing.")
        }
        guard let payloadText = document["payload"]?.text else {
            throw Self.malformed("The text member \"payload\" is missing.")
        }
        guard let payload = Base64.decode(payloadText) else {
            throw Self.malformed("The member \"payload\" is not valid base64.")
        }
        guard let items = document["signatures"]?.items, !items.isEmpty else {
            throw Self.malformed("The member \"signatures\" holds no signature.")
        }
        let signatures = try items.enumerated().map { index, item in
            guard let text = item["sig"]?.text, let bytes = Base64.decode(text) else {
                throw Self.malformed("Signature \(index + 1) has no \"sig\" in valid base64.")
            }
            let keyID = item["keyid"]
            guard keyID == nil || keyID?.text != nil || keyID?.isNull == true else {
                throw Self.malformed("Signature \(index + 1) has a \"keyid\" that is no text.")
            }
            return Signature(keyID: keyID?.text, bytes: bytes)
        }
        self.init(payloadType: payloadType, payload: payload, signatures: signatures)
    }

    /// PAE, the bytes a signature covers: `DSSEv1 <len> <type> <len> <payload>`, lengths in bytes.
    package static func preAuthenticationEncoding(payloadType: String, payload: Data) -> Data {
        Data("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
    }

    /// The keys among `keys` that signed this envelope, in the order given. As the protocol
    /// demands, key ids are not relied on: every key is tried on every signature.
    /// - Throws: `untrusted-key` if no key is given or no signature names one of them;
    ///   `invalid-signature` if one does and the signature does not belong to these bytes.
    package func verify(keys: [PublicKey]) throws -> [PublicKey] {
        let bytes = Self.preAuthenticationEncoding(payloadType: payloadType, payload: payload)
        let signers = keys.filter { key in
            signatures.contains { key.isValid(signature: $0.bytes, for: bytes) }
        }
        if !signers.isEmpty { return signers }
        let named = signatures.compactMap(\.keyID)
        let known = keys.map(\.keyID.hexadecimal)
        let details = [
            "keyIDs": named.joined(separator: ","), "trusted": known.joined(separator: ","),
        ]
        guard !keys.isEmpty, named.isEmpty || named.contains(where: known.contains) else {
            throw CertificateError(
                .untrustedKey,
                keys.isEmpty
                    ? "No public key was given to check the signature with."
                    : "The certificate was not signed with any of the \(keys.count) trusted keys.",
                details: details,
                remedy: "Get the issuer's public key from the issuer, not from the sender.")
        }
        throw CertificateError(
            .invalidSignature,
            "The signature does not match: the content, its type or the signature was changed "
                + "after signing.",
            details: details, remedy: "Ask the issuer for the original certificate.")
    }

    /// The envelope as a file, one member a line in this order; `verify.sh` relies on the layout.
    package func encoded() -> Data {
        let entries = signatures.map { signature in
            let keyLine =
                signature.keyID.map { "      \"keyid\": \(Self.quoted($0)),\n" } ?? ""
            return "    {\n\(keyLine)      \"sig\": \"\(Base64.text(signature.bytes))\"\n    }"
        }
        return Data(
            """
            {
              "payload": "\(Base64.text(payload))",
              "payloadType": \(Self.quoted(payloadType)),
              "signatures": [
            \(entries.joined(separator: ",\n"))
              ]
            }

            """.utf8)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                result += "\\u00" + hexadecimalText([UInt8(scalar.value)])
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func malformed(_ rule: String, cause: (any Error)? = nil) -> CertificateError {
        CertificateError(
            .malformedEnvelope, "This is not a signed certificate. \(rule)",
            details: ["rule": rule],
            remedy: "Give the file certificate.dsse.json as it was issued.", cause: cause)
    }
}
