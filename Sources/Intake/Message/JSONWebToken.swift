import Domain
import Foundation

/// A signed JSON web token in compact form (RFC 7515, 7519). Reading it parses the header only; the
/// claims are parsed when they are asked for, which is after `verify`.
struct JSONWebToken {
    /// Longest token, in bytes.
    static let byteCount = 262_144

    private let header: JSONNode
    private let algorithm: String
    private let signedBytes: Data
    private let payload: Data
    private let signature: Data
    /// What the token is, for messages, e.g. `rqJWT`.
    private let name: String

    /// - Throws: `RequestFault` with code `malformed-document`, or `invalid-signature` for an
    ///   algorithm that is not accepted.
    init(_ text: String, name: String) throws {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.byteCount, parts.count == 3,
            let head = Base64Text.decode(parts[0], .url),
            let payload = Base64Text.decode(parts[1], .url),
            let signature = Base64Text.decode(parts[2], .url)
        else {
            throw RequestFault(
                .malformedDocument,
                "the \(name) is not three parts in base64url, separated by full stops")
        }
        self.name = name
        self.payload = payload
        self.signature = signature
        signedBytes = Data(text.utf8.prefix(parts[0].count + 1 + parts[1].count))
        header = try JSONNode.document(head, part: "the header of the \(name)")
        try header.requireObject()
        let algorithm = try header.required("alg").text()
        guard ["EdDSA", "ES256", "RS256"].contains(algorithm.value) else {
            throw RequestFault(
                .invalidSignature, "the \(name) is not signed with EdDSA, ES256 or RS256",
                at: Place(path: "\(name).alg"))
        }
        guard header.member("crit") == nil else {
            throw RequestFault(
                .invalidSignature, "the \(name) has a critical extension, which is not known",
                at: Place(path: "\(name).crit"))
        }
        self.algorithm = algorithm.value
    }

    /// The keys that the token can have been signed with: the one that its header's `kid` names;
    /// without `kid`, each. None means that no key is known for it.
    func candidates(among keys: [IntakeKeys.Entry]) throws -> [IntakeKeys.Entry] {
        guard let keyID = try header.member("kid")?.text().value else { return keys }
        return keys.filter { keyID.utf8.elementsEqual($0.keyID.utf8) }
    }

    /// The candidate under which the signature holds. The key decides the algorithm, not the token.
    /// - Throws: `RequestFault` with code `invalid-signature`.
    func verify(_ candidates: [IntakeKeys.Entry]) throws -> IntakeKeys.Entry {
        if let entry = candidates.first(where: {
            $0.key.tokenAlgorithm == algorithm && $0.key.accepts(signature, of: signedBytes)
        }) {
            return entry
        }
        throw RequestFault(
            .invalidSignature, "the signature of the \(name) does not hold under the key given",
            at: Place(path: name), remedy: "Do not act on it; tell the sender.")
    }

    /// The claims, with paths that begin with the token's name.
    func claims() throws -> JSONNode {
        let document = try JSONNode.document(payload, part: "the claims of the \(name)")
        let node = JSONNode(value: document.value, path: name)
        try node.requireObject()
        return node
    }
}

extension VerificationKey {
    /// `alg` of tokens that this key can check.
    fileprivate var tokenAlgorithm: String {
        switch self {
        case .ed25519: "EdDSA"
        case .ecdsaP256: "ES256"
        case .rsa: "RS256"
        case .secret: "HS256"
        }
    }
}
