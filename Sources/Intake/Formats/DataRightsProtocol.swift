// Data Rights Protocol 1.0, section 2.01 (exercise) and 2.04 (revoke): a text/plain body, the base64
// of an Ed25519 signature followed by the JSON it signs (libsodium's combined mode). The order of the
// checks is that of section 3.07.
// Deviation: a body without a key to check it is taken as unauthenticated, which the protocol does
// not know; the desk then asks for identity.
import Domain
import Foundation

extension RequestFormat {
    /// A person's request as an authorised agent sends it.
    static let dataRightsProtocol = RequestFormat(
        id: "drp",
        title: "Data Rights Protocol 1.0, signed text",
        summary: """
            Requests with exercise deletion, and revocations. The signature is checked with the \
            agent's key before the content is parsed; relationships and the status callback are kept.
            """,
        source: "Data Rights Protocol 1.0 (github.com/consumer-reports-innovation-lab)",
        rules: DRPRule.all,
        recognisesEnvelope: { message in
            message.headers.target.map { $0.hasPrefix("/v1/data-rights-request") } ?? false
        },
        recognises: { sketch in
            guard let bytes = DRPBody.decode(sketch.data), bytes.count > 64 else { return false }
            return bytes[64] == UInt8(ascii: "{")
        },
        parse: { message, trust, trail in
            let body = try trail.require(DRPRule.base64) { try DRPBody(message) }
            let signer = try drpSigner(body, message, trust, trail)
            let node = try trail.require(DRPRule.grammar) {
                let node = try JSONNode.document(body.document, part: "the signed document")
                try node.requireObject()
                return node
            }
            if message.headers.method == "DELETE" {
                return [try revocation(node, message, signer, trail)]
            }
            return [try DRPReader(trust: trust, signer: signer).draft(node, body, trail)]
        },
        writeReply: drpReply)
}

enum DRPRule {
    static let base64 = FormatRule(
        "base64", "the body is base64 of a signature of 64 bytes and a document", "DRP 1.0, 3.07")
    static let bearer = FormatRule(
        "bearer", "the bearer token is that of an agent in the key file", "DRP 1.0, 2.01 and 3.07")
    static let signature = FormatRule(
        "signature", "the signature holds under the agent's key", "DRP 1.0, 3.07")
    static let grammar = FormatRule(
        "json", "the signed document is a JSON object without duplicate keys", "DRP 1.0, 2.01")
    static let agent = FormatRule(
        "agent-id", "agent-id is the agent whose key signed", "DRP 1.0, 3.07")
    static let business = FormatRule("business-id", "business-id is ours", "DRP 1.0, 3.07")
    static let issued = FormatRule("issued-at", "issued-at has passed", "DRP 1.0, 3.07")
    static let expires = FormatRule("expires-at", "expires-at is still to come", "DRP 1.0, 3.07")
    static let window = FormatRule(
        "window", "the request is valid for ten minutes at most", "DRP 1.0, 2.01",
        isEnforced: false)
    static let version = FormatRule("version", "drp.version is 1.0", "DRP 1.0, 2.01")
    static let exercise = FormatRule("exercise", "exercise is deletion", "DRP 1.0, 2.01 and 3.01")
    static let claims = FormatRule(
        "claims", "at least one claim says who the person is, each in its form", "DRP 1.0, 3.04")
    static let extras = FormatRule(
        "extras", "regime, relationships and status_callback have their form", "DRP 1.0, 2.01")
    static let reason = FormatRule(
        "reason", "a revocation holds a reason or nothing", "DRP 1.0, 2.04")
    static let all = [
        base64, bearer, signature, grammar, agent, business, issued, expires, window, version,
        exercise, claims, extras, reason,
    ]
}

/// Signature and document of a body, apart.
struct DRPBody {
    static let signatureByteCount = 64

    let signature: Data
    /// The JSON, not parsed.
    let document: Data

    init(_ message: RequestMessage) throws {
        guard let bytes = Self.decode(message.body), bytes.count > Self.signatureByteCount else {
            throw RequestFault(
                .malformedDocument,
                "the body is not base64 of an Ed25519 signature and the document it signs")
        }
        signature = Data(bytes.prefix(Self.signatureByteCount))
        document = Data(bytes.dropFirst(Self.signatureByteCount))
    }

    /// The id of a request whose agent gave it none: made from the document's digest, so that the
    /// same document always gets the same.
    static func madeUpID(_ document: Data) -> String { "drp-\(Digest(of: document).short)" }

    /// White space around the base64 comes from editors and is left out.
    static func decode(_ data: Data) -> Data? {
        let isSpace = { (byte: UInt8) in [9, 10, 13, 32].contains(byte) }
        var text = data[...]
        while let first = text.first, isSpace(first) { text = text.dropFirst() }
        while let last = text.last, isSpace(last) { text = text.dropLast() }
        return Base64Text.decode(text)
    }
}

/// The agent whose key the signature holds under; nil if no key is given.
/// - Throws: `RequestFault` with code `invalid-signature`.
private func drpSigner(
    _ body: DRPBody, _ message: RequestMessage, _ trust: IntakeTrust, _ trail: RuleTrail
) throws -> DRPSigner? {
    let keys = trust.keys.entries(of: "drp")
    guard !keys.isEmpty else {
        for rule in [DRPRule.bearer, DRPRule.signature] { trail.skip(rule, "no key is given") }
        return nil
    }
    if !message.headers.has("Authorization") {
        trail.skip(DRPRule.bearer, "the message has no Authorization header")
    }
    let header = try message.headers.value("Authorization")
    let token = try header.flatMap { header in
        try trail.require(DRPRule.bearer) { try bearer(of: header, keys) }
    }
    return try trail.require(DRPRule.signature) {
        let candidates = token.map { [$0] } ?? keys
        guard
            let entry = candidates.first(where: {
                $0.key.accepts(body.signature, of: body.document)
            })
        else {
            throw RequestFault(
                .invalidSignature, "the signature does not hold under the agent's key",
                remedy: "Do not act on it; tell the agent.")
        }
        return DRPSigner(entry: entry, hasToken: token != nil)
    }
}

/// The agent whose token this is; nil if no agent has one in the key file.
private func bearer(of header: String, _ keys: [IntakeKeys.Entry]) throws -> IntakeKeys.Entry? {
    let bytes = Array(header.utf8)
    let holder = keys.first { entry in
        entry.bearer.map { isSameSecret(Array("Bearer \($0.revealed)".utf8), bytes) } ?? false
    }
    guard holder != nil || keys.allSatisfy({ $0.bearer == nil }) else {
        throw RequestFault(
            .invalidSignature, "the bearer token is not that of an agent in the key file",
            at: Place(path: "header Authorization"))
    }
    return holder
}
struct DRPSigner {
    let entry: IntakeKeys.Entry
    /// Whether the message also carried the agent's token.
    let hasToken: Bool

    var authenticity: RequestAuthenticity {
        .verified(scheme: entry.key.scheme, keyID: entry.keyID)
    }
}

/// Compares without stopping at the first difference.
private func isSameSecret(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}

/// DELETE /v1/data-rights-request/{id}. What is signed is a reason alone: it could be sent again for
/// another request. So the revocation counts as verified only with the agent's token beside it.
private func revocation(
    _ node: JSONNode, _ message: RequestMessage, _ signer: DRPSigner?, _ trail: RuleTrail
) throws -> RequestDraft {
    try trail.require(DRPRule.reason) {
        let steps = (message.headers.target ?? "").split(separator: "/")
        guard steps.count == 3, let id = steps.last else {
            throw RequestFault(
                "a revocation is DELETE /v1/data-rights-request/ and our id of the request",
                at: Place(path: "request line"))
        }
        let place = Place(path: "request line")
        var draft = RequestDraft(id: Located(String(id), at: place), identifiersPlace: place)
        draft.kind = .withdrawal(of: String(id))
        if let reason = node.member("reason"), !reason.value.isNull {
            let text = try reason.text()
            if !text.value.isEmpty { draft.note = text }
        }
        if let signer, signer.hasToken {
            draft.authenticity = signer.authenticity
        } else {
            draft.remarks = [
                "The signature of a revocation does not say which request is meant, and there is no "
                    + "agent's token beside it; make sure that its sender may."
            ]
        }
        return draft
    }
}
