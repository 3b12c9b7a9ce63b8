import Domain
import Foundation

/// One change of keys, as it is signed.
struct KeyStatement: Equatable {
    enum Change: Equatable {
        case introduced(PublicKey, KeyHistory.Role)
        /// The new key has the old one's role from now on; the old one keeps it until the overlap
        /// ends.
        case rotated(from: Digest, to: PublicKey, overlapEndsAt: Timestamp)
        case revoked(Digest, KeyHistory.Revocation)
    }

    static let payloadType = "application/vnd.lethe.key-statement+json"
    private static let type = "https://lethe.dev/key-statement/v1"
    private static let maximumByteCount = 4096

    let at: Timestamp
    /// Digest of the statement before; nil in the first.
    let previous: Digest?
    let change: Change

    init(at: Timestamp, previous: Digest?, change: Change) {
        self.at = at
        self.previous = previous
        self.change = change
    }

    /// Canonical JSON: sorted members, no space.
    var payload: Data {
        var members: [String: JSONValue?] = [
            "_type": .string(Self.type), "at": .string(at.description),
            "previous": previous.map { .string($0.hexadecimal) },
        ]
        switch change {
        case .introduced(let key, let role):
            members["change"] = .string("introduced")
            members["publicKey"] = .string(Base64.text(key.derRepresentation))
            members["role"] = .string(role.rawValue)
        case .rotated(let old, let key, let end):
            members["change"] = .string("rotated")
            members["publicKey"] = .string(Base64.text(key.derRepresentation))
            members["replaces"] = .string(old.hexadecimal)
            members["overlapEndsAt"] = .string(end.description)
        case .revoked(let keyID, let revocation):
            members["change"] = .string("revoked")
            members["keyID"] = .string(keyID.hexadecimal)
            members["reason"] = .string(revocation.reason.rawValue)
            members["revokedAt"] = .string(revocation.at.description)
        }
        return JSONValue.sorted(members).serialized()
    }

    /// - Throws: `malformed-key-history`.
    init(parsing payload: Data) throws {
        let reader = KeyHistory.reader
        let document = try reader.parse(payload, maximumByteCount: Self.maximumByteCount)
        guard try reader.text("_type", of: document) == Self.type else {
            throw reader.error(.unexpectedValue, "A statement's _type is not \(Self.type).")
        }
        at = try reader.time("at", of: document)
        previous =
            try reader.isPresent("previous", in: document)
            ? reader.digest("previous", of: document) : nil
        switch try reader.text("change", of: document) {
        case "introduced":
            change = .introduced(
                try Self.key(document),
                try Self.name(KeyHistory.Role.self, "role", document))
        case "rotated":
            change = .rotated(
                from: try reader.digest("replaces", of: document), to: try Self.key(document),
                overlapEndsAt: try reader.time("overlapEndsAt", of: document))
        case "revoked":
            change = .revoked(
                try reader.digest("keyID", of: document),
                .init(
                    at: try reader.time("revokedAt", of: document),
                    reason: try Self.name(
                        KeyHistory.RevocationReason.self, "reason", document)))
        default:
            throw reader.error(
                .unexpectedValue, "A statement's change is not introduced, rotated or revoked.")
        }
        guard self.payload == payload else {
            throw reader.error(.nonCanonicalForm, "A statement is not in its canonical form.")
        }
    }

    private static func key(_ document: JSONValue) throws -> PublicKey {
        let der = try KeyHistory.reader.bytes("publicKey", of: document, alphabets: .standard)
        do { return try PublicKey(derRepresentation: der) } catch {
            throw KeyHistory.reader.error(
                .unknownAlgorithm, "A statement's publicKey is not an Ed25519 key.", cause: error)
        }
    }

    private static func name<Name: RawRepresentable<String> & CaseIterable>(
        _: Name.Type, _ member: String, _ document: JSONValue
    ) throws -> Name {
        let text = try KeyHistory.reader.text(member, of: document)
        guard let name = Name(rawValue: text) else {
            let known = Name.allCases.map(\.rawValue).joined(separator: ", ")
            throw KeyHistory.reader.error(
                .unexpectedValue, "A statement's \(member) is none of: \(known).")
        }
        return name
    }
}
