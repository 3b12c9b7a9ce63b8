import Domain
import Foundation

/// A DSSE envelope: bytes, what they are, and signatures over both.
///
/// Reference: secure-systems-lab/dsse, protocol and envelope 1.0.2. Nothing is canonicalised; the
/// bytes that are verified are the bytes that are handed on. Beyond the protocol, base64 has to be
/// canonical and padded, so that no two files mean the same.
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
    /// More people than this do not sign one certificate; each costs a verification.
    static let maximumSignatureCount = 64

    package let payloadType: String
    package let payload: Data
    package let signatures: [Signature]

    package init(payloadType: String, payload: Data, signatures: [Signature]) {
        self.payloadType = payloadType
        self.payload = payload
        self.signatures = signatures
    }

    /// Reads an envelope: strict JSON, base64 in the standard or the URL-safe alphabet; unknown
    /// members are ignored, as the protocol demands.
    /// - Throws: `malformed-envelope` naming the rule that was broken, and its `FileDefect` in the
    ///   details.
    package init(parsing data: Data) throws {
        try self.init(
            Self.reader.parse(data, maximumByteCount: Self.maximumByteCount), reader: Self.reader)
    }

    /// Reads the envelope that stands in another document.
    init(
        _ document: JSONValue, reader: StrictDocument, in place: String = "",
        alphabets: Base64.Alphabets = .either
    ) throws {
        let payloadType = try reader.text("payloadType", of: document, in: place)
        let payload = try reader.bytes(
            "payload", of: document, in: place, alphabets: alphabets)
        let items = try reader.items("signatures", of: document, in: place)
        guard !items.isEmpty else {
            throw reader.error(
                .missing, "The member \"\(place)signatures\" holds no signature.")
        }
        guard items.count <= Self.maximumSignatureCount else {
            throw reader.error(
                .oversized,
                "It has \(items.count) signatures; at most \(Self.maximumSignatureCount) are read.")
        }
        let signatures = try items.enumerated().map { index, item in
            let place = "\(place)signatures[\(index)]."
            let bytes = try reader.bytes("sig", of: item, in: place, alphabets: alphabets)
            guard let keyID = item["keyid"], !keyID.isNull else {
                return Signature(keyID: nil, bytes: bytes)
            }
            return Signature(keyID: try reader.text("keyid", of: item, in: place), bytes: bytes)
        }
        self.init(payloadType: payloadType, payload: payload, signatures: signatures)
    }

    /// PAE, the bytes a signature covers: `DSSEv1 <len> <type> <len> <payload>`, lengths in bytes.
    package static func preAuthenticationEncoding(payloadType: String, payload: Data) -> Data {
        Data("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
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

    /// The envelope as part of another document, members sorted.
    var document: JSONValue {
        .sorted([
            "payload": .string(Base64.text(payload)),
            "payloadType": .string(payloadType),
            "signatures": .array(
                signatures.map { signature in
                    .sorted([
                        "keyid": signature.keyID.map { .string($0) },
                        "sig": .string(Base64.text(signature.bytes)),
                    ])
                }),
        ])
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: JSONValue.string(text).serialized(), as: UTF8.self)
    }

    private static let reader = StrictDocument(
        subject: "a signed certificate", code: .malformedEnvelope,
        remedy: "Give the file certificate.dsse.json as it was issued.")
}
