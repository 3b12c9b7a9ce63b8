// Meta's data deletion callback: a form field `signed_request`, the base64url of an HMAC-SHA256 over
// the second part with the app's secret, a full stop, and the base64url of a JSON object.
// Accepted are the form body, and the value alone.
import Domain
import Foundation

extension RequestFormat {
    /// A user's request to an app to delete what it has from Meta.
    static let meta = RequestFormat(
        id: "meta",
        title: "Meta data deletion callback, signed_request",
        summary: """
            The app-scoped user id, taken as a customer id. The HMAC is checked before the content \
            is parsed.
            """,
        source: "Meta, Data Deletion Request Callback (developers.facebook.com)",
        rules: MetaRule.all,
        recognises: { sketch in
            guard let request = signedRequest(sketch.data) else { return false }
            return request.payload.first == UInt8(ascii: "{")
        },
        parse: { message, trust, trail in
            let request = try trail.require(MetaRule.form) { () throws -> SignedRequest in
                guard let request = signedRequest(message.body) else {
                    throw RequestFault(
                        .malformedDocument,
                        "the body is not signed_request= and two parts in base64url, separated by "
                            + "a full stop")
                }
                return request
            }
            let authenticity = try metaAuthenticity(request, trust, trail)
            let node = try trail.require(MetaRule.grammar) {
                let node = try JSONNode.document(request.payload, part: "the payload")
                try node.requireObject()
                return node
            }
            var draft = try deletion(node, request, trust, trail)
            draft.authenticity = authenticity
            return [draft]
        },
        writeReply: { try confirmationReply($0, needsURL: true) })
}

private enum MetaRule {
    static let form = FormatRule(
        "signed-request", "the body is a signed_request: signature and payload in base64url",
        "Meta, signed_request")
    static let signature = FormatRule(
        "hmac", "the HMAC-SHA256 of the encoded payload holds under the app's secret",
        "Meta, signed_request")
    static let grammar = FormatRule(
        "json", "the payload is a JSON object without duplicate keys", "Meta, signed_request")
    static let algorithm = FormatRule(
        "algorithm", "algorithm is HMAC-SHA256", "Meta, signed_request")
    static let user = FormatRule("user-id", "user_id is given", "Meta, data deletion callback")
    static let times = FormatRule(
        "times", "issued_at has passed, and expires, if given, has not", "Meta, signed_request")
    static let all = [form, signature, grammar, algorithm, user, times]
}

private struct SignedRequest {
    let signature: Data
    /// What the HMAC covers: the payload still encoded.
    let signed: Data
    let payload: Data
}

/// The form's field, or the value alone.
private func signedRequest(_ body: Data) -> SignedRequest? {
    let text = String(decoding: body, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    var value = text[...]
    if let field = text.split(separator: "&").first(where: { $0.hasPrefix("signed_request=") }) {
        value = field.dropFirst("signed_request=".count)
    }
    let parts = value.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let signature = base64url(parts[0]), let payload = base64url(parts[1])
    else { return nil }
    return SignedRequest(signature: signature, signed: Data(parts[1].utf8), payload: payload)
}

/// Padding, also as a form escapes it, is left out by some senders and written by others.
private func base64url(_ text: Substring) -> Data? {
    let plain = text.replacingOccurrences(of: "%3D", with: "=")
        .replacingOccurrences(of: "%3d", with: "=")
    let digits = plain.utf8.prefix { $0 != UInt8(ascii: "=") }
    let padding = plain.utf8.dropFirst(digits.count)
    guard padding.count <= 2, padding.allSatisfy({ $0 == UInt8(ascii: "=") }) else { return nil }
    return Base64Text.decode(digits, .url)
}

private func metaAuthenticity(
    _ request: SignedRequest, _ trust: IntakeTrust, _ trail: RuleTrail
) throws -> RequestAuthenticity {
    let keys = trust.keys.entries(of: "meta")
    guard !keys.isEmpty else {
        trail.skip(MetaRule.signature, "no key is given")
        return .unauthenticated
    }
    return try trail.require(MetaRule.signature) {
        guard
            let entry = keys.first(where: { $0.key.accepts(request.signature, of: request.signed) })
        else {
            throw RequestFault(
                .invalidSignature, "the HMAC does not hold under the secret given",
                remedy: "Do not act on it.")
        }
        return .verified(scheme: entry.key.scheme, keyID: entry.keyID)
    }
}

/// The message has no id: it is named by the digest of its payload, so that the same payload always
/// gets the same.
private func deletion(
    _ node: JSONNode, _ request: SignedRequest, _ trust: IntakeTrust, _ trail: RuleTrail
) throws -> RequestDraft {
    try trail.require(MetaRule.algorithm) {
        let algorithm = try node.required("algorithm").text()
        guard algorithm.value.uppercased() == "HMAC-SHA256" else {
            throw RequestFault(
                .invalidSignature, "the algorithm is not HMAC-SHA256", at: algorithm.place)
        }
    }
    var draft = RequestDraft(
        id: Located("meta-\(Digest(of: request.signed).short)", at: node.place),
        identifiersPlace: Place(path: "user_id"))
    let user = try trail.attempt(MetaRule.user) { () throws -> Located<String> in
        let user = try node.required("user_id")
        if case .number(let digits) = user.value { return Located(digits, at: user.place) }
        return try user.text()
    }
    draft.identifiers = user.map { [.init(kind: .customerID, value: $0, format: .raw)] } ?? []
    try trail.check(MetaRule.times) {
        func seconds(_ key: String) throws -> Int64? {
            guard let member = node.member(key), !member.value.isNull else { return nil }
            guard let value = member.value.integer, (0..<253_402_300_800).contains(value) else {
                throw RequestFault("a number of seconds since 1970 is expected", at: member.place)
            }
            return Int64(value)
        }
        let now = trust.arrival.secondsSince1970
        if let issued = try seconds("issued_at") {
            guard issued <= now + IntakeTrust.clockToleranceSeconds else {
                throw RequestFault(
                    .outsideValidity, "the request is from the future",
                    at: Place(path: "issued_at"))
            }
            draft.receivedAt = trust.receipt(
                Timestamp(secondsSince1970: issued), at: Place(path: "issued_at"))
        }
        if let expires = try seconds("expires"), expires != 0, expires <= now {
            throw RequestFault(
                .outsideValidity, "the request has expired", at: Place(path: "expires"),
                remedy: "If it arrived in time, say when with --received-at.")
        }
    }
    return draft
}
