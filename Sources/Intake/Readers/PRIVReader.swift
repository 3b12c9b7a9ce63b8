import Domain
import Foundation

/// Reads a PRIV request: the data subject once, then each DELETE demand.
struct PRIVReader {
    let trail: RuleTrail

    private static let actions = [
        "ACCESS", "DELETE", "MODIFY", "OBJECT", "PORTABILITY", "RESTRICT", "REVOKE-CONSENT",
        "OTHER-DEMAND", "TRANSPARENCY",
    ]
    private static let schemes: [(name: String, kind: IdentifierKind, format: IdentifierFormat)] = [
        ("uuid", .customerID, .raw), ("email", .email, .raw), ("email-sha-256", .email, .sha256),
        ("email-sha256", .email, .sha256), ("email-sha-1", .email, .sha1),
        ("email-md5", .email, .md5), ("phone", .phone, .raw), ("phone-sha-256", .phone, .sha256),
        ("name", .name, .raw), ("username", .username, .raw), ("global-id", .username, .raw),
        ("customer-id", .customerID, .raw), ("national-id", .nationalID, .raw),
    ]

    func drafts(_ node: JSONNode) throws -> [RequestDraft] {
        let id = try trail.require(PRIVRule.id) { () throws -> Located<String> in
            let id = try node.required("request-id").text()
            guard UUID(uuidString: id.value) != nil else {
                throw RequestFault("the id is not a UUID", at: id.place)
            }
            return id
        }
        let date = try trail.attempt(PRIVRule.date) { try Self.time(node.required("date")) }
        let subject = try trail.attempt(PRIVRule.subject) { try identifiers(node) }
        let demands = try trail.require(PRIVRule.demands) { try self.demands(node) }
        let deletions = try trail.require(PRIVRule.action) { () throws -> [Demand] in
            let deletions = demands.filter { $0.action == "DELETE" }
            guard let first = demands.first, deletions.isEmpty else { return deletions }
            throw RequestFault(
                .notADeletionRequest, "this is not a deletion request: no demand has action DELETE",
                at: first.node.place, remedy: "Lethe takes in DELETE demands only.")
        }
        return try deletions.map { demand in
            var draft = RequestDraft(
                id: Located("\(id.value)/\(demand.id.value)", at: demand.id.place),
                identifiersPlace: node.member("data-subject")?.place ?? node.place)
            draft.receivedAt = date
            draft.identifiers = subject?.identifiers ?? []
            draft.demandIDs = [demand.id]
            draft.note = try demand.node.member("message")?.text()
            draft.limits =
                try trail.attempt(PRIVRule.restrictions) { try limits(demand.node) } ?? []
            draft.remarks = try remarks(on: demands, demand, node, subject?.ignoredCount ?? 0)
            return draft
        }
    }

    private struct Demand {
        let node: JSONNode
        let id: Located<String>
        let action: String
    }

    private func demands(_ node: JSONNode) throws -> [Demand] {
        let items = try node.required("demands").items()
        guard !items.isEmpty else {
            throw RequestFault("at least one demand is expected", at: Place(path: "demands"))
        }
        return try items.map { item in
            try item.requireObject()
            let id = try item.required("demand-id").text()
            guard UUID(uuidString: id.value) != nil else {
                throw RequestFault("the id is not a UUID", at: id.place)
            }
            let action = try item.required("action").text()
            guard Self.actions.contains(String(action.value.prefix { $0 != "." })) else {
                throw RequestFault("the action is none of the vocabulary", at: action.place)
            }
            return Demand(node: item, id: id, action: action.value)
        }
    }

    /// Schemes that are not known are passed over as long as one is, which the text allows.
    private func identifiers(
        _ node: JSONNode
    ) throws -> (identifiers: [RequestDraft.IdentifierDraft], ignoredCount: Int) {
        let items = try node.required("data-subject").items()
        let identifiers = try items.compactMap { item -> RequestDraft.IdentifierDraft? in
            try item.requireObject()
            let name = try item.required("dsid-schema").text().value
            let value = try item.required("dsid").text()
            guard let scheme = Self.schemes.first(where: { $0.name == name }) else { return nil }
            return .init(kind: scheme.kind, value: value, format: scheme.format)
        }
        guard !identifiers.isEmpty else {
            throw RequestFault(
                .unsupportedIdentifier,
                "the person is named under none of the schemes "
                    + Self.schemes.map(\.name).joined(separator: ", "),
                at: Place(path: "data-subject"))
        }
        return (identifiers, items.count - identifiers.count)
    }

    /// RFC 3339; the text's own example has an offset without a colon.
    private static func time(_ node: JSONNode) throws -> Located<String> {
        let text = try node.text()
        let bytes = Array(text.value.utf8)
        guard bytes.count > 5, [43, 45].contains(bytes[bytes.count - 5]),
            bytes.suffix(4).allSatisfy({ (48...57).contains($0) })
        else { return text }
        return Located(
            String(text.value.dropLast(2)) + ":" + String(text.value.suffix(2)), at: text.place)
    }

    /// A demand refers to the intersection of its restrictions, and has each type once.
    private func limits(
        _ demand: JSONNode
    ) throws -> [(kind: RequestLimit.Kind, value: Located<String>)] {
        let lists: [(key: String, kind: RequestLimit.Kind)] = [
            ("data-categories", .dataCategory), ("processing-categories", .processingCategory),
            ("purposes", .purpose), ("consent-ids", .consent), ("consent-id", .consent),
            ("capture-ids", .capture), ("capture-id", .capture), ("from", .from), ("to", .to),
            ("provenance-category", .provenance), ("data-reference", .dataReference),
        ]
        var limits: [(kind: RequestLimit.Kind, value: Located<String>)] = []
        var seen: [RequestLimit.Kind] = []
        for restriction in try demand.member("restrictions")?.items() ?? [] {
            try restriction.requireObject()
            let present = lists.filter { restriction.member($0.key) != nil }
            guard !present.isEmpty else {
                throw RequestFault(
                    "the restriction is of no known type", at: restriction.place,
                    remedy: "Ask the sender; a limit that is not understood must not be dropped.")
            }
            for (key, kind) in present {
                guard !seen.contains(kind) else {
                    throw RequestFault(
                        "two restrictions are of the same type", at: restriction.place)
                }
                let node = try restriction.required(key)
                let values = node.value.text == nil ? try node.items() : [node]
                limits += try values.map { (kind, try $0.text()) }
            }
            seen += present.map(\.kind)
        }
        return limits
    }

    private func remarks(
        on demands: [Demand], _ own: Demand, _ node: JSONNode, _ ignoredCount: Int
    ) throws -> [String] {
        var remarks = demands.filter { $0.action != "DELETE" }.map {
            "The demand at \($0.node.path) is not for deletion and is not taken in."
        }
        if ignoredCount > 0 {
            remarks.append("\(ignoredCount) identities of the person are under unknown schemes.")
        }
        if (own.node.member("target") ?? node.member("target"))?.value.text
            .map({ $0 != "SYSTEM" }) == true
        {
            remarks.append("The person asks that others, too, be told (target).")
        }
        if own.node.member("data") != nil {
            remarks.append("The demand holds data, which is not read.")
        }
        return remarks
    }
}
