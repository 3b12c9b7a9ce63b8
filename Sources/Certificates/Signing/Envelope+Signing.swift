import Domain
import Foundation

extension Envelope {
    /// Signs `payload` with one key; the signature names its key.
    package init(signing payload: Data, payloadType: String, key: SigningKey) throws {
        try self.init(signing: payload, payloadType: payloadType, keys: [key])
    }

    /// Signs `payload` with several keys, one signature each, in the order given.
    /// - Parameter keys: at least one, each once.
    /// - Throws: `already-signed` if a key is given twice; `untrusted-key` if none is given.
    package init(signing payload: Data, payloadType: String, keys: [SigningKey]) throws {
        guard !keys.isEmpty else {
            throw CertificateError(
                .untrustedKey, "No key was given to sign with.",
                remedy: "Give the issuer's signing key.")
        }
        var envelope = Envelope(payloadType: payloadType, payload: payload, signatures: [])
        for key in keys { envelope = try envelope.adding(key) }
        self = envelope
    }

    /// The same content with one signature more, e.g. of the second person where a policy asks for
    /// four eyes. The payload and the signatures that are there stay as they are.
    ///
    /// Nothing is verified here: a co-signer verifies first what they put their name to.
    /// - Throws: `already-signed` if the key's signature is there.
    package func adding(_ key: SigningKey) throws -> Envelope {
        let keyID = key.keyID.hexadecimal
        let bytes = Self.preAuthenticationEncoding(payloadType: payloadType, payload: payload)
        guard
            !signatures.contains(where: {
                $0.keyID == keyID || key.publicKey.isValid(signature: $0.bytes, for: bytes)
            })
        else {
            throw CertificateError(
                .alreadySigned, "The key \(key.keyID.short) has signed this already.",
                details: ["keyID": keyID],
                remedy: "A second person has to sign with a key of their own.")
        }
        return Envelope(
            payloadType: payloadType, payload: payload,
            signatures: signatures + [
                Signature(keyID: keyID, bytes: try key.signature(for: bytes))
            ])
    }
}
