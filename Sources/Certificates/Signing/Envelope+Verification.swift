import Domain
import Foundation

/// Which key made which signature of an envelope.
package struct EnvelopeVerification: Sendable, Equatable {
    /// What was found out about one signature.
    package struct Row: Sendable, Equatable {
        /// Place among the envelope's signatures, from 0.
        package let index: Int
        /// The key the signature names.
        package let keyID: String
        /// The key that it was verified with; nil if the named key was not given, so that nothing
        /// is known about this signature.
        package let key: PublicKey?
    }

    /// One row per signature, in the envelope's order.
    package let rows: [Row]

    /// The keys that signed, each once, in the order of their signatures.
    package var signers: [PublicKey] {
        var seen = Set<PublicKey>()
        return rows.compactMap(\.key).filter { seen.insert($0).inserted }
    }

    /// Names of the keys whose signatures were not checked, since the keys were not given.
    package var unchecked: [String] { rows.filter { $0.key == nil }.map(\.keyID) }
}

extension Envelope {
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
        guard !keys.isEmpty,
            named.isEmpty || named.contains(where: keys.map(\.keyID.hexadecimal).contains)
        else { throw untrusted(keys) }
        throw invalid(signatures.indices.first, keys)
    }

    /// Verifies every signature whose key is given, and demands that `threshold` different keys
    /// signed: the (t, n) rule of DSSE. Two signatures by one key count once.
    ///
    /// Stricter than the protocol, so that no changed byte goes unnoticed and no reader is misled
    /// about who signed: each signature has to name its key, the named key must have made it, and
    /// one broken signature by a given key fails the whole. Signatures by keys that are not given
    /// cannot be checked; the result names them.
    /// - Parameters:
    ///   - keys: the keys that the caller trusts.
    ///   - threshold: how many of them must have signed, at least 1.
    /// - Throws: `untrusted-key` if no key is given, none of them signed, or a signature names
    ///   another key than the one it was made with, or none; `invalid-signature`;
    ///   `unknown-algorithm` for a signature that no Ed25519 key can have made;
    ///   `not-enough-signatures`.
    package func verification(
        keys: [PublicKey], threshold: Int = 1
    ) throws -> EnvelopeVerification {
        guard !keys.isEmpty else { throw untrusted(keys) }
        let bytes = Self.preAuthenticationEncoding(payloadType: payloadType, payload: payload)
        let rows = try signatures.enumerated().map { index, signature in
            try row(index, signature, keys: keys, bytes: bytes)
        }
        let verification = EnvelopeVerification(rows: rows)
        guard !verification.signers.isEmpty else { throw untrusted(keys) }
        guard threshold >= 1, verification.signers.count >= threshold else {
            throw CertificateError(
                .notEnoughSignatures,
                "\(verification.signers.count) of the \(keys.count) given keys signed; "
                    + "\(max(threshold, 1)) different ones are needed.",
                details: [
                    "threshold": "\(threshold)",
                    "signers": verification.signers.map(\.keyID.hexadecimal)
                        .joined(separator: ","),
                ],
                remedy: "Have the missing person sign, or get the certificate that they signed.")
        }
        return verification
    }

    private func row(
        _ index: Int, _ signature: Signature, keys: [PublicKey], bytes: Data
    ) throws -> EnvelopeVerification.Row {
        let maker = keys.first { $0.isValid(signature: signature.bytes, for: bytes) }
        guard let keyID = signature.keyID else {
            throw misnamed(index, maker, "names no key")
        }
        let named = keys.first { $0.keyID.hexadecimal.utf8.elementsEqual(keyID.utf8) }
        if let maker {
            guard maker == named else { throw misnamed(index, maker, "names another key") }
            return .init(index: index, keyID: keyID, key: maker)
        }
        guard let named else { return .init(index: index, keyID: keyID, key: nil) }
        guard signature.bytes.count == PublicKey.signatureByteCount else {
            throw CertificateError(
                .unknownAlgorithm,
                "Signature \(index + 1) has \(signature.bytes.count) bytes; an Ed25519 signature "
                    + "by the key \(named.keyID.short) has \(PublicKey.signatureByteCount).",
                details: ["signature": "\(index + 1)", "keyID": keyID],
                remedy: "Only Ed25519 is known here; ask the issuer for the original file.")
        }
        throw invalid(index, keys)
    }

    private func misnamed(
        _ index: Int, _ maker: PublicKey?, _ what: String
    ) -> CertificateError {
        CertificateError(
            .untrustedKey,
            "Signature \(index + 1) \(what)"
                + (maker.map { "; it was made with the key \($0.keyID.short)." } ?? "."),
            details: [
                "signature": "\(index + 1)", "signer": maker?.keyID.hexadecimal ?? "unknown",
            ],
            remedy: "Ask the issuer for the original certificate.")
    }

    private func untrusted(_ keys: [PublicKey]) -> CertificateError {
        CertificateError(
            .untrustedKey,
            keys.isEmpty
                ? "No public key was given to check the signature with."
                : "The certificate was not signed with any of the \(keys.count) trusted keys.",
            details: keyNames(keys),
            remedy: "Get the issuer's public key from the issuer, not from the sender.")
    }

    private func invalid(_ index: Int?, _ keys: [PublicKey]) -> CertificateError {
        CertificateError(
            .invalidSignature,
            "The signature \(index.map { "\($0 + 1) " } ?? "")does not match: the content, its "
                + "type or the signature was changed after signing.",
            details: keyNames(keys), remedy: "Ask the issuer for the original certificate.")
    }

    private func keyNames(_ keys: [PublicKey]) -> [String: String] {
        [
            "keyIDs": signatures.compactMap(\.keyID).joined(separator: ","),
            "trusted": keys.map(\.keyID.hexadecimal).joined(separator: ","),
        ]
    }
}
