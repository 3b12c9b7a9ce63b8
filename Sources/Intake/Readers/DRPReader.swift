import Domain
import Foundation

/// Reads the signed document of a Data Rights Protocol request, sections 2.01 and 3.04.
struct DRPReader {
    let trust: IntakeTrust
    let signer: DRPSigner?

    /// Longest time a request should be valid, in seconds.
    private static let windowSeconds: Int64 = 600

    /// The checks stand in the order of section 3.07.
    func draft(_ node: JSONNode, _ body: DRPBody, _ trail: RuleTrail) throws -> RequestDraft {
        try checkParties(node, trail)
        let issued = try checkValidity(node, trail)
        try trail.check(DRPRule.version) {
            let version = try node.required("drp.version").text()
            guard version.value == "1.0" else {
                throw RequestFault("the protocol version must be 1.0", at: version.place)
            }
        }
        try trail.check(DRPRule.exercise) { try requireDeletion(node.required("exercise")) }
        var draft = RequestDraft(id: try id(node, body), identifiersPlace: node.place)
        draft.receivedAt = issued
        draft.identifiers = try trail.attempt(DRPRule.claims) { try claims(node) } ?? []
        draft.authenticity = signer?.authenticity ?? .unauthenticated
        try trail.check(DRPRule.extras) {
            if let callback = node.member("status_callback") {
                draft.callbacks = [try callback.text()]
            }
            if let relationships = node.member("relationships") {
                draft.relationships = try relationships.items().map { try $0.text() }
            }
            guard let regime = node.member("regime") else { return }
            if try regime.text().value == "ccpa" {
                draft.regime = .ccpa
            } else {
                draft.remarks.append("The regime is none that the protocol knows; none is set.")
            }
        }
        return draft
    }

    private func checkParties(_ node: JSONNode, _ trail: RuleTrail) throws {
        let agent = try trail.require(DRPRule.agent) { try node.required("agent-id").text() }
        if let signer {
            try trail.require(DRPRule.agent) {
                guard agent.value.utf8.elementsEqual(signer.entry.keyID.utf8) else {
                    throw RequestFault(
                        .wrongParty, "the agent is not the one whose key signed", at: agent.place)
                }
            }
        }
        try trail.require(DRPRule.business) {
            let business = try node.required("business-id").text()
            guard let own = trust.keys.recipient(of: "drp") else { return }
            guard business.value.utf8.elementsEqual(own.utf8) else {
                throw RequestFault(
                    .wrongParty, "the request is for another business", at: business.place)
            }
        }
        if trust.keys.recipient(of: "drp") == nil {
            trail.skip(DRPRule.business, "the key file does not say who we are")
        }
    }

    /// - Returns: when the request was made, which is when the agent took it from the person.
    private func checkValidity(_ node: JSONNode, _ trail: RuleTrail) throws -> Located<String>? {
        let issued = try trail.attempt(DRPRule.issued) {
            let (text, time) = try self.time(node.required("issued-at"))
            let latest = trust.arrival.secondsSince1970 + IntakeTrust.clockToleranceSeconds
            guard time.secondsSince1970 <= latest else {
                throw RequestFault(
                    .outsideValidity, "the request is from the future", at: text.place,
                    remedy: "Check the clocks here and at the sender.")
            }
            return (text, time)
        }
        let expires = try trail.attempt(DRPRule.expires) {
            let (text, time) = try self.time(node.required("expires-at"))
            guard trust.arrival < time else {
                throw RequestFault(
                    .outsideValidity, "the request has expired", at: text.place,
                    remedy: "If it arrived in time, say when with --received-at.")
            }
            return (text, time)
        }
        try trail.check(DRPRule.window) {
            guard let issued, let expires else { return }
            let seconds = expires.1.secondsSince1970 - issued.1.secondsSince1970
            guard (0...Self.windowSeconds).contains(seconds) else {
                throw RequestFault("the request is valid for \(seconds) s", at: expires.0.place)
            }
        }
        return issued.map { trust.receipt($0.1, at: $0.0.place) }
    }

    private func time(_ node: JSONNode) throws -> (Located<String>, Timestamp) {
        let text = try node.text()
        guard text.value.utf8.count > 10, let time = Timestamp(text.value) else {
            throw RequestFault("the time is not ISO 8601 with an offset", at: text.place)
        }
        return (text, time)
    }

    private func requireDeletion(_ exercise: JSONNode) throws {
        let others = [
            "access", "sale:opt-out", "sale:opt-in", "access:categories", "access:specific",
        ]
        let right = try exercise.text().value
        guard right != "deletion" else { return }
        throw RequestFault(
            .notADeletionRequest,
            others.contains(right)
                ? "this is not a deletion request but one of type \(right)"
                : "this is not a deletion request: exercise is not deletion",
            at: exercise.place, remedy: "Lethe takes in deletion requests only.")
    }

    /// The agent's id of the request, or one made up.
    private func id(_ node: JSONNode, _ body: DRPBody) throws -> Located<String> {
        if let id = node.member("agent-request-id"), !id.value.isNull { return try id.text() }
        return Located(DRPBody.madeUpID(body.document), at: node.place)
    }

    private func claims(_ node: JSONNode) throws -> [RequestDraft.IdentifierDraft] {
        var identifiers: [RequestDraft.IdentifierDraft] = []
        let texts: [(claim: String, kind: IdentifierKind)] = [
            ("name", .name), ("email", .email), ("phone_number", .phone),
        ]
        for (claim, kind) in texts {
            guard let member = node.member(claim), !member.value.isNull else { continue }
            identifiers.append(.init(kind: kind, value: try member.text(), format: .raw))
        }
        if let address = node.member("address"), !address.value.isNull {
            identifiers.append(
                .init(kind: .address, value: try Self.address(address), format: .raw))
        }
        for claim in ["email_verified", "phone_number_verified", "address_verified"] {
            guard let member = node.member(claim), member.value.boolean == nil,
                !member.value.isNull
            else { continue }
            throw RequestFault("true or false is expected", at: member.place)
        }
        return identifiers
    }

    /// An address claim (OpenID Connect Core 1.0, 5.1.1) in one line.
    private static func address(_ node: JSONNode) throws -> Located<String> {
        guard node.value.text == nil else { return try node.text() }
        try node.requireObject()
        let parts = ["street_address", "postal_code", "locality", "region", "country"]
        let names = node.member("formatted") == nil ? parts : ["formatted"]
        let lines = try names.compactMap { try node.member($0)?.text().value }
            .flatMap { $0.split(whereSeparator: \.isNewline) }
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        return Located(lines.joined(separator: ", "), at: node.place)
    }
}
