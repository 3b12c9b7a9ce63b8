import Crypto
import Domain
import Foundation

/// A Sigstore bundle v0.3 that holds a signed certificate and names the public key it is checked
/// with, for `cosign verify-blob-attestation --key KEY --bundle FILE`.
///
/// Reference: sigstore/protobuf-specs, `sigstore_bundle.proto`. It holds exactly one signature and no
/// entry of Sigstore's own log, so that cosign has to be told `--insecure-ignore-tlog`. Only
/// the standard alphabet of base64 is read, as by cosign.
package struct SigstoreBundle: Sendable, Equatable {
    package static let mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
    static let maximumByteCount = 16 << 20

    /// One signature, with the id of its key.
    package let envelope: Envelope
    /// Names the key: SHA-256 of its SubjectPublicKeyInfo in base64.
    package let keyHint: String

    /// Takes one key's signature out of an envelope, which may hold others.
    /// - Throws: what `Envelope.verification` throws for this key.
    package init(_ envelope: Envelope, key: PublicKey) throws {
        let rows = try envelope.verification(keys: [key]).rows
        self.envelope = Envelope(
            payloadType: envelope.payloadType, payload: envelope.payload,
            signatures: rows.filter { $0.key == key }.prefix(1).map {
                envelope.signatures[$0.index]
            })
        keyHint = Self.hint(key)
    }

    /// Reads a bundle. Entries of a log or time-stamps beside the key are not looked at.
    /// - Throws: `malformed-bundle` naming the rule that is broken, with its `FileDefect`.
    package init(parsing data: Data) throws {
        let reader = Self.reader
        let document = try reader.parse(data, maximumByteCount: Self.maximumByteCount)
        let mediaType = try reader.text("mediaType", of: document)
        guard mediaType.utf8.elementsEqual(Self.mediaType.utf8) else {
            throw reader.error(.unexpectedValue, "Its mediaType is not \(Self.mediaType).")
        }
        let material = try reader.object("verificationMaterial", of: document)
        for other in ["certificate", "x509CertificateChain"]
        where reader.isPresent(other, in: material) {
            throw reader.error(
                .unexpectedValue, "It names an X.509 certificate; only a public key is read here.")
        }
        let place = "verificationMaterial."
        let key = try reader.object("publicKey", of: material, in: place)
        keyHint = try reader.text("hint", of: key, in: "\(place)publicKey.")
        envelope = try Envelope(
            try reader.object("dsseEnvelope", of: document), reader: reader, in: "dsseEnvelope.",
            alphabets: .standard)
        guard envelope.signatures.count == 1 else {
            throw reader.error(
                .unexpectedValue,
                "It holds \(envelope.signatures.count) signatures; a bundle holds one.")
        }
    }

    /// Checks the signature, and that envelope and hint name the key that made it.
    /// - Returns: the key.
    /// - Throws: `untrusted-key`, `invalid-signature`, `unknown-algorithm`.
    @discardableResult
    package func verify(keys: [PublicKey]) throws -> PublicKey {
        let signers = try envelope.verification(keys: keys).signers
        guard let key = signers.first, keyHint.utf8.elementsEqual(Self.hint(key).utf8) else {
            throw CertificateError(
                .untrustedKey,
                "The bundle's key hint names another key than the one that signed.",
                details: ["signer": signers.first?.keyID.hexadecimal ?? ""],
                remedy: "Ask the issuer for the original bundle.")
        }
        return key
    }

    /// The bundle as one line of JSON, members sorted.
    package func encoded() -> Data {
        let document = JSONValue.sorted([
            "dsseEnvelope": envelope.document,
            "mediaType": .string(Self.mediaType),
            "verificationMaterial": .sorted([
                "publicKey": .sorted(["hint": .string(keyHint)])
            ]),
        ])
        return document.serialized() + Data("\n".utf8)
    }

    private static func hint(_ key: PublicKey) -> String {
        Base64.text(Data(SHA256.hash(data: key.derRepresentation)))
    }

    private static let reader = StrictDocument(
        subject: "a Sigstore bundle", code: .malformedBundle,
        remedy: "Give the .sigstore.json file as it was issued.")
}
