import Crypto
import Domain
import Foundation

/// The keys that senders' signatures are checked with, per format.
///
/// The key file is JSON, UTF-8, at most 1 MiB:
///
///     {"lethe-keys": 1,
///      "recipient": {"drp": "OUR_BUSINESS_ID", "opendsr": "our-domain.example"},
///      "keys": [
///       {"format": "opendsr", "id": "controller.example", "pem": "-----BEGIN PUBLIC KEY-----\n..."},
///       {"format": "drp", "id": "AGENT_ID", "ed25519": "<base64, 32 bytes>", "bearer": "<token>"},
///       {"format": "iab-ddrf", "id": "<kid>", "issuer": "publisher.example", "jwk": {"kty": ...}},
///       {"format": "shopify", "id": "app", "secret": "..."},
///       {"format": "meta", "id": "app", "secret": "..."}]}
///
/// `id` goes into histories, so it is no secret: the processor domain or any name (opendsr), the
/// agent id (drp), the key id `kid` (iab-ddrf), any name (shopify, meta). `pem` is a public key or a
/// certificate; a certificate is trusted because it stands here, its dates and issuer are not
/// checked. `bearer` is the token agreed with the agent. `recipient` says who we are in formats whose
/// messages are addressed.
package struct IntakeKeys: Sendable {
    struct Entry: Sendable {
        let formatID: String
        let keyID: String
        let key: VerificationKey
        let issuer: String?
        let bearer: Sensitive<String>?
    }

    let entries: [Entry]
    private let recipients: [String: String]

    /// No keys: every request is taken as unauthenticated.
    package static let none = IntakeKeys(entries: [], recipients: [:])

    private init(entries: [Entry], recipients: [String: String]) {
        self.entries = entries
        self.recipients = recipients
    }

    /// Formats that have keys, each once, in the order of the file.
    package var formatIDs: [String] {
        entries.map(\.formatID).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    func entries(of formatID: String) -> [Entry] { entries.filter { $0.formatID == formatID } }

    /// Who we are in messages of this format.
    func recipient(of formatID: String) -> String? { recipients[formatID] }

    /// Material that each format's keys may have; formats without signatures are not in the list.
    private static let materials: [(formatID: String, names: [String])] = [
        ("opendsr", ["pem", "jwk", "ed25519"]), ("drp", ["ed25519"]),
        ("iab-ddrf", ["jwk", "pem"]), ("shopify", ["secret"]), ("meta", ["secret"]),
    ]

    /// Reads a key file.
    /// - Parameter sourceName: names the file in errors.
    /// - Throws: `IntakeError` with code `unusable-keys`; it never shows a key.
    package init(parsing data: Data, sourceName: String) throws {
        do {
            let top = try JSONNode.document(data)
            try top.requireObject(knownKeys: ["lethe-keys", "recipient", "keys"])
            guard try top.required("lethe-keys").value == .number("1") else {
                throw RequestFault(
                    "the version must be the number 1", at: Place(path: "lethe-keys"))
            }
            var recipients: [String: String] = [:]
            if let node = top.member("recipient") {
                try node.requireObject(knownKeys: Self.materials.map(\.formatID))
                for member in node.value.members ?? [] {
                    recipients[member.key] = try node.required(member.key).text().value
                }
            }
            let entries = try top.required("keys").items().map(Self.entry)
            for (index, entry) in entries.enumerated() {
                let isTaken = entries[..<index].contains {
                    $0.formatID == entry.formatID && $0.keyID.utf8.elementsEqual(entry.keyID.utf8)
                }
                guard !isTaken else {
                    throw RequestFault(
                        "two keys of one format have the same id",
                        at: Place(path: "keys[\(index)].id"))
                }
            }
            self.init(entries: entries, recipients: recipients)
        } catch let fault as RequestFault {
            throw RequestFault(
                .unusableKeys, fault.rule, at: fault.place,
                remedy: fault.remedy ?? "Correct the key file."
            ).error(source: sourceName)
        }
    }

    private static func entry(_ node: JSONNode) throws -> Entry {
        let format = try node.requireFormat(among: materials.map(\.formatID))
        let names = materials.first { $0.formatID == format }?.names ?? []
        try node.requireObject(knownKeys: ["format", "id", "issuer", "bearer"] + names)
        let id = try node.required("id").text()
        guard (1...128).contains(id.value.utf8.count),
            id.value.utf8.allSatisfy({ (33...126).contains($0) })
        else { throw RequestFault("an id is 1 to 128 visible ASCII characters", at: id.place) }
        let given = names.filter { node.member($0) != nil }
        guard given.count == 1, let name = given.first else {
            throw RequestFault(
                "exactly one of \(names.joined(separator: ", ")) is expected", at: node.place)
        }
        let material = try node.required(name)
        guard let key = try key(name, material) else {
            throw RequestFault("this is no key that can be used as \(name)", at: material.place)
        }
        return Entry(
            formatID: format, keyID: id.value, key: key,
            issuer: try node.member("issuer")?.text().value,
            bearer: try node.member("bearer").map { Sensitive(try $0.text().value) })
    }

    private static func key(_ name: String, _ node: JSONNode) throws -> VerificationKey? {
        switch name {
        case "pem": return VerificationKey(pem: try node.text().value)
        case "jwk": return VerificationKey(jwk: node.value)
        case "ed25519":
            return Base64Text.decode(try node.text().value.utf8)
                .flatMap { try? Curve25519.Signing.PublicKey(rawRepresentation: $0) }
                .map { .ed25519($0) }
        default:
            let secret = Data(try node.text().value.utf8)
            return secret.count >= 8 ? .secret(SymmetricKey(data: secret)) : nil
        }
    }
}

extension JSONNode {
    fileprivate func requireFormat(among known: [String]) throws -> String {
        try requireObject()
        let format = try required("format").text()
        guard known.contains(format.value) else {
            throw RequestFault(
                "the value is not one of \(known.joined(separator: ", ")); other formats have no "
                    + "signatures", at: format.place)
        }
        return format.value
    }
}
