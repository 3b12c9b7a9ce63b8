// IAB Tech Lab, Data Deletion Request Framework 1.0: a request token (rqJWT) of whoever sends it,
// holding the identity token (idJWT) of the first party, both signed.
// Deviations: `sub` is an object, as in the text's examples, or a string that holds one; the types of
// identifiers, which each recipient publishes for itself, are the list below. Keys are found by `kid`
// in the key file, not fetched from dsrdelete.json.
import Domain
import Foundation

extension RequestFormat {
    /// A deletion request of the advertising industry.
    static let iabDeletionFramework = RequestFormat(
        id: "iab-ddrf",
        title: "IAB Data Deletion Request Framework 1.0, JSON web tokens",
        summary: """
            An rqJWT with the idJWT inside it, signed with EdDSA, ES256 or RS256. Verified only if \
            both signatures hold; the identifier of the rqJWT is the one acted on.
            """,
        source: "IAB Tech Lab, Data Deletion Request Framework 1.0 (Data-Subject-Rights, 2024)",
        rules: DDRFRule.all,
        recognises: { sketch in
            let parts = sketch.data.split(
                separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            return parts.count == 3 && sketch.data.starts(with: Data("eyJ".utf8))
        },
        parse: { message, trust, trail in
            let reader = DDRFReader(trust: trust, trail: trail)
            return [try reader.draft(String(decoding: message.body, as: UTF8.self))]
        },
        writeReply: ddrfReply)
}

enum DDRFRule {
    static let request = FormatRule(
        "rq-token", "the body is a token signed with EdDSA, ES256 or RS256", "DDRF 1.0, rqJWT")
    static let requestSignature = FormatRule(
        "rq-signature", "the requester's signature holds", "DDRF 1.0, sequence step 4")
    static let requestClaims = FormatRule(
        "rq-claims", "the rqJWT has version, idJWT, jti, iss, sub and iat", "DDRF 1.0, rqJWT")
    static let identity = FormatRule(
        "id-token", "the idJWT is a token signed with EdDSA, ES256 or RS256", "DDRF 1.0, idJWT")
    static let identitySignature = FormatRule(
        "id-signature", "the first party's signature holds", "DDRF 1.0, sequence step 4")
    static let identityClaims = FormatRule(
        "id-claims", "the idJWT has version, jti, iss, sub and iat", "DDRF 1.0, idJWT")
    static let issuers = FormatRule(
        "issuers", "each token was issued by the domain that its key belongs to",
        "DDRF 1.0, idJWT and rqJWT, iss")
    static let times = FormatRule(
        "times", "no token is from the future, and the idJWT is not younger than the rqJWT",
        "DDRF 1.0, result code 6")
    static let subject = FormatRule(
        "subject", "the identifier's type and format are supported", "DDRF 1.0, result codes 4, 5")
    static let all = [
        request, requestSignature, requestClaims, identity, identitySignature, identityClaims,
        issuers, times, subject,
    ]
}
