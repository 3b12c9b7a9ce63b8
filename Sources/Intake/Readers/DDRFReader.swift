import Domain
import Foundation

/// Reads the nested tokens of the Data Deletion Request Framework: each signature before the claims
/// it covers.
struct DDRFReader {
    let trust: IntakeTrust
    let trail: RuleTrail

    private static let kinds: [(type: String, kind: IdentifierKind)] = [
        ("email", .email), ("phone", .phone), ("phone_number", .phone), ("name", .name),
        ("customer_id", .customerID), ("user_id", .customerID), ("uid", .customerID),
        ("username", .username), ("device_id", .username), ("maid", .username),
        ("idfa", .username), ("gaid", .username), ("cookie", .username),
    ]
    private static let formats: [(name: String, format: IdentifierFormat)] = [
        ("raw", .raw), ("plain", .raw), ("plaintext", .raw), ("sha256", .sha256),
        ("sha-256", .sha256), ("sha1", .sha1), ("sha-1", .sha1), ("md5", .md5),
    ]

    func draft(_ text: String) throws -> RequestDraft {
        let outer = try trail.require(DDRFRule.request) {
            try JSONWebToken(
                text.trimmingCharacters(in: .whitespacesAndNewlines), name: "rqJWT")
        }
        let requester = try verify(outer, DDRFRule.requestSignature)
        let request = try trail.require(DDRFRule.requestClaims) { () throws -> JSONNode in
            let claims = try outer.claims()
            guard claims.member("idJWT") != nil || claims.member("sub") == nil else {
                throw RequestFault(
                    "this is an idJWT alone; a request is an rqJWT that holds it", at: claims.place)
            }
            try requireClaims(claims, ["version", "idJWT", "jti", "iss", "sub", "iat"])
            return claims
        }
        let inner = try trail.require(DDRFRule.identity) {
            try JSONWebToken(request.required("idJWT").text().value, name: "idJWT")
        }
        let party = try verify(inner, DDRFRule.identitySignature)
        let identity = try trail.require(DDRFRule.identityClaims) { () throws -> JSONNode in
            let claims = try inner.claims()
            try requireClaims(claims, ["version", "jti", "iss", "sub", "iat"])
            return claims
        }
        try checkIssuers([(request, requester), (identity, party)])
        let received = try checkTimes(request, identity)
        let subject = try trail.attempt(DDRFRule.subject) { try identifier(request) }
        var draft = RequestDraft(
            id: try identity.required("jti").text(),
            identifiersPlace: try request.required("sub").place)
        draft.receivedAt = received
        draft.identifiers = subject.map { [$0] } ?? []
        draft.demandIDs = [try request.required("jti").text()]
        readParameters(request, into: &draft)
        if request.member("sub")?.value != identity.member("sub")?.value {
            draft.remarks.append(
                "The requester's identifier differs from the first party's; the requester's is used."
            )
        }
        if let requester, party != nil {
            draft.authenticity = .verified(scheme: requester.key.scheme, keyID: requester.keyID)
        }
        return draft
    }

    private func verify(_ token: JSONWebToken, _ rule: FormatRule) throws -> IntakeKeys.Entry? {
        let keys = try token.candidates(among: trust.keys.entries(of: "iab-ddrf"))
        guard !keys.isEmpty else {
            trail.skip(rule, "no key is given for the token")
            return nil
        }
        return try trail.require(rule) { try token.verify(keys) }
    }

    private func requireClaims(_ claims: JSONNode, _ names: [String]) throws {
        for name in names {
            let claim = try claims.required(name)
            if !["sub", "iat", "version"].contains(name) { _ = try claim.text() }
        }
        let version = try claims.required("version")
        guard (try version.text().value).prefix(2) == "1." else {
            throw RequestFault("the version must be 1.x", at: version.place)
        }
    }

    private func checkIssuers(_ tokens: [(claims: JSONNode, entry: IntakeKeys.Entry?)]) throws {
        try trail.require(DDRFRule.issuers) {
            for (claims, entry) in tokens {
                guard let issuer = entry?.issuer else { continue }
                let claim = try claims.required("iss").text()
                guard claim.value.utf8.elementsEqual(issuer.utf8) else {
                    throw RequestFault(
                        .wrongParty, "the token's issuer is not the one the key belongs to",
                        at: claim.place)
                }
            }
        }
    }

    /// - Returns: when the first party took the request from the person, RFC 3339.
    private func checkTimes(_ request: JSONNode, _ identity: JSONNode) throws -> Located<String>? {
        try trail.attempt(DDRFRule.times) {
            let latest = trust.arrival.secondsSince1970 + IntakeTrust.clockToleranceSeconds
            let times = try [request, identity].map { claims in
                let node = try claims.required("iat")
                guard let value = node.value.real, value >= 0, value < 253_402_300_800 else {
                    throw RequestFault("a number of seconds since 1970 is expected", at: node.place)
                }
                guard Int64(value) <= latest else {
                    throw RequestFault(
                        .outsideValidity, "the token is from the future", at: node.place,
                        remedy: "Check the clocks here and at the sender.")
                }
                return Located(Int64(value), at: node.place)
            }
            guard times[1].value <= times[0].value + IntakeTrust.clockToleranceSeconds else {
                throw RequestFault(
                    .outsideValidity, "the idJWT is younger than the rqJWT", at: times[1].place)
            }
            return trust.receipt(
                Timestamp(secondsSince1970: times[1].value), at: times[1].place)
        }
    }

    private func identifier(_ claims: JSONNode) throws -> RequestDraft.IdentifierDraft {
        var subject = try claims.required("sub")
        if let text = subject.value.text {
            let document = try JSONNode.document(Data(text.utf8), part: "sub")
            subject = JSONNode(value: document.value, path: subject.path)
        }
        try subject.requireObject()
        let type = try subject.required("identifierType").text()
        guard let kind = Self.kinds.first(where: { $0.type == type.value })?.kind else {
            let known = Self.kinds.map(\.type).joined(separator: ", ")
            throw RequestFault(
                .unsupportedIdentifier, "the value is not one of \(known)", at: type.place)
        }
        let name = try subject.required("identifierFormat").text()
        guard let format = Self.formats.first(where: { $0.name == name.value })?.format else {
            let known = Self.formats.map(\.name).joined(separator: ", ")
            throw RequestFault(.unsupportedHash, "the value is not one of \(known)", at: name.place)
        }
        return .init(
            kind: kind, value: try subject.required("identifierValue").text(), format: format)
    }

    /// Parties agree on these between themselves; they are kept as limits, as they were written.
    private func readParameters(_ claims: JSONNode, into draft: inout RequestDraft) {
        guard let node = claims.member("optionalParameters"), !node.value.isNull else { return }
        // A string usually holds JSON, perhaps over several lines.
        let value = node.value.text.flatMap { try? JSONNode.document(Data($0.utf8)).value }
        let text = String(decoding: (value ?? node.value).serialized(), as: UTF8.self)
        guard !text.isEmpty, text != "{}" else { return }
        draft.limits = [(.parameter, Located(text, at: node.place))]
        draft.remarks.append("The request has parameters that the parties agree on themselves.")
    }
}
