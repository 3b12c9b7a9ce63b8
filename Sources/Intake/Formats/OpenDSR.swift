// OpenDSR 2.0 (formerly OpenGDPR), section 7: the body of POST /requests; section 9: its
// cancellation, DELETE /requests/{id}.
// Deviations: `regulation`, which the text requires and its own example omits, may be absent; the
// request id need not be a UUID of version 4; unknown members are ignored; an array of requests is
// accepted as several. The text signs answers only; a request that carries the same header is held
// against the key given.
import Domain
import Foundation

extension RequestFormat {
    /// A data subject's erasure request as a controller forwards it, or its cancellation.
    static let openDSR = RequestFormat(
        id: "opendsr",
        title: "OpenDSR 2.0 request, JSON",
        summary: """
            Erasure requests with raw, sha256, sha1 or md5 identities, and cancellations. Callback \
            URLs are kept. Advertising and device ids are taken as user names. Of the extensions, \
            only the one for our domain is read.
            """,
        source: "OpenDSR specification 2.0, sections 7 and 9 (github.com/opengdpr/OpenDSR)",
        rules: OpenDSRRule.all,
        recognisesEnvelope: { message in
            message.headers.has(openDSRSignatureHeader)
                || (message.headers.method == "DELETE" && cancelledID(message) != nil)
        },
        recognises: { $0.hasKey("subject_request_id", "subject_request_type") },
        parse: { message, trust, trail in
            if message.headers.method == "DELETE" { return [try cancellation(message, trail)] }
            if let method = message.headers.method, method != "POST" {
                throw RequestFault(
                    .notADeletionRequest, "this is not a deletion request: it only asks something")
            }
            let authenticity = try openDSRAuthenticity(message, trust, trail)
            let nodes = try trail.require(OpenDSRRule.grammar) {
                try JSONNode.requests(in: message.body)
            }
            let reader = OpenDSRReader(recipient: trust.keys.recipient(of: "opendsr"))
            return try nodes.map { node in
                var draft = try reader.draft(node, trail)
                draft.authenticity = authenticity
                return draft
            }
        },
        writeReply: openDSRReply)
}

let openDSRSignatureHeader = "X-OpenDSR-Signature"
let openDSRDomainHeader = "X-OpenDSR-Processor-Domain"

enum OpenDSRRule {
    static let signature = FormatRule(
        "signature", "the signature of the body's SHA-256 digest holds", "OpenDSR 2.0, 4.2")
    static let grammar = FormatRule(
        "json", "the body is JSON without duplicate keys", "OpenDSR 2.0, 7.1.1; RFC 8259")
    static let version = FormatRule("version", "api_version is 1.x or 2.x", "OpenDSR 2.0, 3.4")
    static let type = FormatRule(
        "type", "subject_request_type is erasure", "OpenDSR 2.0, 6.2 and 7.1.1")
    static let id = FormatRule("request-id", "subject_request_id is a string", "OpenDSR 2.0, 7.1.1")
    static let uuid = FormatRule(
        "request-id-uuid", "subject_request_id is a lower-case UUID of version 4",
        "OpenDSR 2.0, 1.1 and 7.1.1", isEnforced: false)
    static let time = FormatRule(
        "submitted-time", "submitted_time is given", "OpenDSR 2.0, 7.1.1")
    static let regulation = FormatRule(
        "regulation", "regulation, if given, is gdpr or ccpa", "OpenDSR 2.0, 7.1.1")
    static let regulationGiven = FormatRule(
        "regulation-given", "regulation is given", "OpenDSR 2.0, 7.1.1", isEnforced: false)
    static let identities = FormatRule(
        "identities", "subject_identities have known types and formats", "OpenDSR 2.0, 5.3")
    static let callbacks = FormatRule(
        "callbacks", "status_callback_urls is an array of URLs", "OpenDSR 2.0, 7.1.1")
    static let extensions = FormatRule(
        "extensions", "extensions hold one object per processor domain", "OpenDSR 2.0, 7.1.2")
    static let cancellation = FormatRule(
        "cancellation", "a cancellation names the request in its path and has no body",
        "OpenDSR 2.0, 9.1")
    static let all = [
        signature, grammar, version, type, id, uuid, time, regulation, regulationGiven, identities,
        callbacks, extensions, cancellation,
    ]
}

/// Checks the signature header. Without key or header the request is unauthenticated.
private func openDSRAuthenticity(
    _ message: RequestMessage, _ trust: IntakeTrust, _ trail: RuleTrail
) throws -> RequestAuthenticity {
    let keys = trust.keys.entries(of: "opendsr")
    guard message.headers.has(openDSRSignatureHeader) else {
        trail.skip(OpenDSRRule.signature, "the message has no \(openDSRSignatureHeader)")
        return .unauthenticated
    }
    guard !keys.isEmpty else {
        trail.skip(OpenDSRRule.signature, "no key is given")
        return .unauthenticated
    }
    let domain = try message.headers.value(openDSRDomainHeader)
    let candidates = keys.filter { key in
        domain.map { $0.utf8.elementsEqual(key.keyID.utf8) } ?? true
    }
    guard !candidates.isEmpty else {
        trail.skip(OpenDSRRule.signature, "no key is given for the domain that signed")
        return .unauthenticated
    }
    return try trail.require(OpenDSRRule.signature) {
        let text = try message.headers.value(openDSRSignatureHeader) ?? ""
        guard let signature = Base64Text.decode(text.utf8),
            let entry = candidates.first(where: { $0.key.accepts(signature, of: message.body) })
        else {
            throw RequestFault(
                .invalidSignature, "the signature does not hold under the key given",
                at: Place(path: "header \(openDSRSignatureHeader)"),
                remedy: "Do not act on it; tell the sender.")
        }
        return .verified(scheme: entry.key.scheme, keyID: entry.keyID)
    }
}

/// The id in `/requests/{id}`, behind a version if there is one.
private func cancelledID(_ message: RequestMessage) -> String? {
    guard let target = message.headers.target else { return nil }
    let steps = target.split(separator: "/", omittingEmptySubsequences: true)
    guard let name = steps.dropLast().last, let id = steps.last,
        ["requests", "opengdpr_requests"].contains(name), steps.count <= 4,
        id.utf8.allSatisfy({
            $0 == 45 || (48...57).contains($0) || (97...122).contains($0) || (65...90).contains($0)
        })
    else { return nil }
    return String(id)
}

/// A cancellation is never authenticated: its body is empty, so a signature would say nothing of
/// which request is meant.
private func cancellation(_ message: RequestMessage, _ trail: RuleTrail) throws -> RequestDraft {
    try trail.require(OpenDSRRule.cancellation) {
        guard let id = cancelledID(message), message.body.allSatisfy({ $0 == 10 || $0 == 13 })
        else {
            throw RequestFault(
                "a cancellation is DELETE /requests/ and the request's id, without a body",
                at: Place(path: "request line"))
        }
        let place = Place(path: "request line")
        var draft = RequestDraft(id: Located(id, at: place), identifiersPlace: place)
        draft.kind = .withdrawal(of: id)
        draft.remarks = ["A cancellation carries no identity; make sure that its sender may."]
        return draft
    }
}
