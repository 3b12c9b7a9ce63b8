import Domain
import Foundation

/// Reads the body of an OpenDSR request, sections 5 and 7 of the specification.
struct OpenDSRReader {
    /// Our processor domain, whose extension is read; nil if it is not known.
    let recipient: String?

    /// Section 5.1. The person's number at the controller is a customer id. Ids of a device or of an
    /// advertising account are names a person goes by in somebody else's system, which is what our
    /// `username` means; there is no closer kind.
    private static let identityKinds: [(type: String, kind: IdentifierKind)] = [
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

    func draft(_ node: JSONNode, _ trail: RuleTrail) throws -> RequestDraft {
        try trail.require(OpenDSRRule.grammar) { try node.requireObject() }
        try trail.check(OpenDSRRule.version) {
            guard let version = node.member("api_version") else { return }
            guard ["1", "2"].contains(try version.text().value.prefix { $0 != "." }) else {
                throw RequestFault("the API version must be 1.x or 2.x", at: version.place)
            }
        }
        try trail.require(OpenDSRRule.type) {
            try requireErasure(node.required("subject_request_type"))
        }
        let id = try trail.require(OpenDSRRule.id) {
            try node.required("subject_request_id").text()
        }
        try trail.check(OpenDSRRule.uuid) {
            guard Self.isUUIDVersion4(id.value) else {
                throw RequestFault("the id is not a lower-case UUID of version 4", at: id.place)
            }
        }
        var draft = RequestDraft(
            id: id, identifiersPlace: node.member("subject_identities")?.place ?? node.place)
        try readExtensions(of: node, into: &draft, trail)
        draft.receivedAt = try trail.attempt(OpenDSRRule.time) {
            try node.required("submitted_time").text()
        }
        try readRegulation(of: node, into: &draft, trail)
        let identifiers = try trail.attempt(OpenDSRRule.identities) {
            try (identities(of: node)?.items() ?? []).map(Self.identifier)
        }
        draft.identifiers = identifiers ?? []
        let callbacks = try trail.attempt(OpenDSRRule.callbacks) {
            try node.member("status_callback_urls").map { try $0.items().map { try $0.text() } }
        }
        draft.callbacks = (callbacks ?? nil) ?? []
        return draft
    }

    /// The identities of the request, or those that the extension for us holds (section 5.3).
    private func identities(of node: JSONNode) throws -> JSONNode? {
        if let identities = node.member("subject_identities") { return identities }
        if let identities = ownExtension(of: node)?.member("subject_identities") {
            return identities
        }
        throw RequestFault(
            "the key subject_identities is missing; identities inside extensions of others are not "
                + "read", at: node.place)
    }

    private func ownExtension(of node: JSONNode) -> JSONNode? {
        recipient.flatMap { node.member("extensions")?.member($0) }
    }

    /// Our own extension may name models (`model_ids`) and a ground (`ground`).
    private func readExtensions(
        of node: JSONNode, into draft: inout RequestDraft, _ trail: RuleTrail
    ) throws {
        let own = ownExtension(of: node)
        let read = try trail.attempt(OpenDSRRule.extensions) {
            guard let extensions = node.member("extensions") else {
                return (scope: [Located<String>](), ground: Located<String>?.none, others: 0)
            }
            try extensions.requireObject()
            let members = extensions.value.members ?? []
            for member in members where member.value.members == nil {
                throw RequestFault("every extension is an object", at: extensions.place)
            }
            return (
                scope: try own?.member("model_ids")?.items().map { try $0.text() } ?? [],
                ground: try own?.member("ground")?.text(),
                others: members.count - (own == nil ? 0 : 1)
            )
        }
        draft.scope = read?.scope ?? []
        draft.ground = read?.ground
        if let count = read?.others, count > 0 {
            draft.remarks.append("\(count) extensions are for other processors and not read.")
        }
    }

    private func readRegulation(
        of node: JSONNode, into draft: inout RequestDraft, _ trail: RuleTrail
    ) throws {
        try trail.check(OpenDSRRule.regulationGiven) { _ = try node.required("regulation") }
        let regime = try trail.attempt(OpenDSRRule.regulation) { () throws -> Regime? in
            guard let regulation = node.member("regulation") else { return nil }
            switch try regulation.text().value {
            case "gdpr": return .gdprEU
            case "ccpa": return .ccpa
            default: throw RequestFault("the value is not one of gdpr, ccpa", at: regulation.place)
            }
        }
        draft.regime = regime ?? nil
    }

    private func requireErasure(_ type: JSONNode) throws {
        switch try type.text().value {
        case "erasure": break
        case let other where other == "access" || other == "portability":
            throw RequestFault(
                .notADeletionRequest, "this is not a deletion request but one of type \(other)",
                at: type.place, remedy: "Handle it elsewhere; Lethe takes in erasure requests only."
            )
        default:
            throw RequestFault(
                .notADeletionRequest, "this is not a deletion request: the type is not erasure",
                at: type.place, remedy: "Lethe takes in erasure requests only.")
        }
    }

    private static func identifier(_ node: JSONNode) throws -> RequestDraft.IdentifierDraft {
        try node.requireObject()
        let type = try node.required("identity_type")
        let name = try type.text().value
        guard let kind = identityKinds.first(where: { $0.type == name })?.kind else {
            let known = identityKinds.map(\.type).joined(separator: ", ")
            throw RequestFault("the value is not one of \(known)", at: type.place)
        }
        let value = try node.required("identity_value").text()
        return .init(
            kind: kind, value: value,
            format: try node.required("identity_format").choice(IdentifierFormat.self))
    }

    /// Section 1.1: lower case, version 4.
    static func isUUIDVersion4(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        for (index, byte) in bytes.enumerated() {
            switch index {
            case 8, 13, 18, 23: guard byte == 45 else { return false }
            case 14: guard byte == UInt8(ascii: "4") else { return false }
            case 19: guard "89ab".utf8.contains(byte) else { return false }
            default:
                guard (48...57).contains(byte) || (97...102).contains(byte) else { return false }
            }
        }
        return true
    }
}
