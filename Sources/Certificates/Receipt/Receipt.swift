import Domain
import Foundation

import struct Crypto.HMAC
import struct Crypto.SHA256
import struct Crypto.SymmetricKey

/// What the person gets beside the certificate: the key with which they, and nobody else, can show that
/// the certificate is about them.
///
/// The certificate holds a commitment for each identifier of the request, HMAC-SHA256 under this key.
/// Without the key, 32 bytes, no guess at a name or an address can be tested against the certificate;
/// with it each identifier can be shown by itself:
///
///     printf %s 'email:maria@example.org' | openssl dgst -sha256 -mac HMAC -macopt hexkey:KEY
///
/// The receipt holds the person's data. It belongs to the person and to nobody else.
package struct Receipt: Sendable, Equatable {
    package static let schema = "lethe.receipt.v1"

    package let caseID: CaseID
    /// SHA-256 of the certificate's signed content.
    package let payloadDigest: Digest
    /// 32 bytes.
    package let key: Sensitive<Data>
    /// As `Receipt.text(of:)` writes them.
    package let identifiers: [Sensitive<String>]

    /// - Parameter identifiers: of the request, in any order.
    package init(
        caseID: CaseID, payloadDigest: Digest, key: Data, identifiers: [PersonalIdentifier]
    ) {
        self.caseID = caseID
        self.payloadDigest = payloadDigest
        self.key = Sensitive(key)
        self.identifiers = identifiers.map { Sensitive(Self.text(of: $0)) }
    }

    /// What a commitment is made over: `email:maria@example.org`; where the request held a hash of the
    /// value, `email:sha256:…`.
    package static func text(of identifier: PersonalIdentifier) -> String {
        let kind = identifier.kind.rawValue
        let format = identifier.format == .raw ? "" : "\(identifier.format.rawValue):"
        return "\(kind):\(format)\(identifier.value.revealed)"
    }

    /// - Parameter key: 32 bytes.
    package static func commitment(to text: String, key: Data) -> Digest {
        Digest(
            code: HMAC<SHA256>.authenticationCode(
                for: Data(text.utf8), using: SymmetricKey(data: key)))
    }

    /// The commitments of a certificate about these identifiers.
    package static func subject(
        _ identifiers: [PersonalIdentifier], key: Data
    ) -> DeletionCertificate.Subject {
        .init(
            commitments: Array(
                Set(identifiers.map { commitment(to: text(of: $0), key: key) })))
    }

    /// Whether a certificate is about the person of this receipt.
    /// - Returns: how many identifiers of the receipt the certificate is bound to.
    /// - Throws: `foreign-receipt` if the receipt is for another certificate, or an identifier of it is
    ///   not among those of the certificate.
    @discardableResult
    package func check(against verified: VerifiedCertificate) throws -> Int {
        guard payloadDigest == verified.payloadDigest, caseID == verified.certificate.caseID else {
            throw Self.foreign("It belongs to another certificate (\(payloadDigest.short)).")
        }
        let known = Set(verified.certificate.subject.commitments)
        for (index, text) in identifiers.enumerated()
        where !known.contains(Self.commitment(to: text.revealed, key: key.revealed)) {
            throw Self.foreign(
                "Identifier \(index + 1) of \(identifiers.count) is not one that the certificate is "
                    + "bound to.")
        }
        guard !identifiers.isEmpty else { throw Self.foreign("It holds no identifier.") }
        return identifiers.count
    }

    private static func foreign(_ why: String) -> CertificateError {
        CertificateError(
            .foreignReceipt, "The receipt does not belong to this certificate. \(why)",
            remedy: "Check that both files came together; ask the issuer for the receipt again.")
    }
}

extension Receipt {
    private struct Document: Codable {
        let schema: String
        let `case`: CaseID
        let payloadDigest: Digest
        let key: String
        let identifiers: [String]
        /// For the reader; not read.
        let check: String?
    }

    /// The file, for the person alone.
    package func encoded() throws -> Data {
        try CanonicalJSON.pretty(
            Document(
                schema: Self.schema, case: caseID, payloadDigest: payloadDigest,
                key: hexadecimalText(key.revealed), identifiers: identifiers.map(\.revealed),
                check: "printf %s 'IDENTIFIER' | openssl dgst -sha256 -mac HMAC -macopt hexkey:KEY "
                    + "prints one of subject.commitments of the certificate"))
    }

    /// - Throws: `malformed-receipt`.
    package init(parsing data: Data) throws {
        let document: Document
        do {
            _ = try JSONParser.parse(data, limits: .init(depth: 8, byteCount: 1 << 20))
            document = try JSONDecoder().decode(Document.self, from: data)
        } catch { throw Self.malformed("It is not a receipt in JSON, or not a whole one.") }
        guard document.schema == Self.schema else {
            throw Self.malformed("Its schema is not \(Self.schema).")
        }
        // 32 bytes, as a digest has.
        guard Digest(hexadecimal: document.key) != nil,
            let key = Data(hexadecimal: document.key)
        else { throw Self.malformed("Its key is not 64 lower-case hexadecimal digits.") }
        caseID = document.case
        payloadDigest = document.payloadDigest
        self.key = Sensitive(key)
        identifiers = document.identifiers.map(Sensitive.init)
    }

    private static func malformed(_ why: String) -> CertificateError {
        CertificateError(
            .malformedReceipt, "This is not a receipt. \(why)",
            remedy: "Give the file as the issuer sent it.")
    }
}

extension Digest {
    fileprivate init(code: HMAC<SHA256>.MAC) {
        // 32 bytes always make 64 digits.
        self = Digest(hexadecimal: hexadecimalText(code)) ?? Digest(of: Data(code))
    }
}

extension Data {
    /// Bytes from pairs of hexadecimal digits; nil for anything else.
    fileprivate init?(hexadecimal: String) {
        let digits = Array(hexadecimal.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes = Data(capacity: digits.count / 2)
        for start in stride(from: 0, to: digits.count, by: 2) {
            guard
                let byte = UInt8(
                    String(decoding: digits[start..<start + 2], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        self = bytes
    }
}
