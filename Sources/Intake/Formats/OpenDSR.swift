// OpenDSR 2.0 (formerly OpenGDPR), section 7: the body of POST /requests.
// Deviations: `regulation`, which the text requires and its own example omits, may be absent; the
// request id need not be a UUID of version 4; unknown members and every extension are ignored; an
// array of requests is accepted as several. Hashes other than SHA-256 are refused.
import Domain
import Foundation

extension RequestFormat {
    /// A data subject's erasure request as a controller forwards it.
    static let openDSR = RequestFormat(
        id: "opendsr",
        title: "OpenDSR 2.0 request, JSON",
        summary: """
            Erasure requests with raw or sha256 identities. Advertising and device ids are taken as \
            user names; extensions and callback URLs are ignored.
            """,
        source: "OpenDSR specification 2.0, section 7 (github.com/opengdpr/OpenDSR)",
        recognises: { $0.hasKey("subject_request_id", "subject_request_type") },
        parse: { try JSONNode.requests(in: $0).map(openDSRDraft) })
}

/// Section 5.1. The person's number at the controller is a customer id. Ids of a device or of an
/// advertising account are names a person goes by in somebody else's system, which is what our
/// `username` means; there is no closer kind.
private let identityKinds: [(type: String, kind: IdentifierKind)] = [
    ("controller_customer_id", .customerID),
    ("email", .email),
    ("android_advertising_id", .username),
    ("android_id", .username),
    ("fire_advertising_id", .username),
    ("ios_advertising_id", .username),
    ("ios_vendor_id", .username),
    ("microsoft_advertising_id", .username),
    ("microsoft_publisher_id", .username),
    ("roku_advertising_id", .username),
    ("roku_publisher_id", .username),
]

private func openDSRDraft(_ node: JSONNode) throws -> RequestDraft {
    try node.requireObject()
    if let version = node.member("api_version") {
        let text = try version.text().value
        guard ["1", "2"].contains(text.prefix { $0 != "." }) else {
            throw RequestFault("the API version must be 1.x or 2.x", at: version.place)
        }
    }
    try requireErasure(node.required("subject_request_type"))
    let id = try node.required("subject_request_id").text()
    guard let identities = node.member("subject_identities") else {
        throw RequestFault(
            "the key subject_identities is missing; identities inside extensions are not read",
            at: node.place)
    }
    var draft = RequestDraft(id: id, identifiersPlace: identities.place)
    draft.receivedAt = try node.required("submitted_time").text()
    if let regulation = node.member("regulation") {
        switch try regulation.text().value {
        case "gdpr": draft.regime = .gdprEU
        case "ccpa": draft.regime = .ccpa
        default: throw RequestFault("the value is not one of gdpr, ccpa", at: regulation.place)
        }
    }
    draft.identifiers = try identities.items().map(identifier)
    return draft
}

private func requireErasure(_ type: JSONNode) throws {
    switch try type.text().value {
    case "erasure": break
    case let other where other == "access" || other == "portability":
        throw RequestFault(
            .notADeletionRequest, "this is not a deletion request but one of type \(other)",
            at: type.place, remedy: "Handle it elsewhere; Lethe takes in erasure requests only.")
    default:
        throw RequestFault(
            .notADeletionRequest, "this is not a deletion request: the type is not erasure",
            at: type.place, remedy: "Lethe takes in erasure requests only.")
    }
}

private func identifier(_ node: JSONNode) throws -> RequestDraft.IdentifierDraft {
    try node.requireObject()
    let type = try node.required("identity_type")
    let name = try type.text().value
    guard let kind = identityKinds.first(where: { $0.type == name })?.kind else {
        let known = identityKinds.map(\.type).joined(separator: ", ")
        throw RequestFault("the value is not one of \(known)", at: type.place)
    }
    let value = try node.required("identity_value").text()
    let format = try node.required("identity_format")
    switch try format.text().value {
    case "raw": return .init(kind: kind, value: value, format: .raw)
    case "sha256": return .init(kind: kind, value: value, format: .sha256)
    case let hash where hash == "sha1" || hash == "md5":
        throw RequestFault(
            .unsupportedHash,
            "the hash \(hash) is not accepted, only sha256",
            at: format.place, remedy: "Ask the sender for the value raw or as sha256.")
    default:
        throw RequestFault(
            "the value is not one of raw, sha256, sha1, md5", at: format.place)
    }
}
