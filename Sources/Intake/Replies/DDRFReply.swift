// IAB Data Deletion Request Framework 1.0: the acJWT, which acknowledges receipt of a request and says
// nothing of its outcome. It is always signed.
import Domain
import Foundation

/// The acknowledgement of a request that was taken in.
func ddrfReply(_ facts: ReplyFacts) throws -> [ReplyDocument] {
    let token = try acknowledgement(
        of: facts.rawRequest, resultCode: 0, resultText: nil,
        id: facts.identifier(for: "acJWT"), issuer: facts.required(facts.domain, "our domain"),
        at: facts.writtenAt,
        signer: facts.required(facts.signer, "a key to sign with"))
    return [
        ReplyDocument(
            "ddrf-acknowledgement.jwt", mediaType: "application/jwt", httpStatus: 202,
            headers: [.init("Content-Type", "application/jwt")], body: Data(token.utf8))
    ]
}

/// Result code of the framework for a request that is refused at intake.
package func ddrfResultCode(_ code: IntakeErrorCode) -> Int {
    switch code {
    case .invalidSignature, .wrongParty: 2
    case .malformedDocument, .unreadableText, .unrecognisedFormat: 3
    case .unsupportedIdentifier: 4
    case .unsupportedHash: 5
    case .outsideValidity: 6
    default: 1
    }
}

/// The acknowledgement of a request that was refused at intake.
/// - Parameters:
///   - body: the message's body, the rqJWT as it came.
///   - issuer: our domain.
package func ddrfRejection(
    of body: Data, for error: IntakeError, issuer: String, at time: Timestamp, signer: ReplySigner
) throws -> ReplyDocument {
    let token = try acknowledgement(
        of: body, resultCode: ddrfResultCode(error.code), resultText: error.details["rule"],
        id: "rejection-\(Digest(of: body).short)", issuer: issuer, at: time, signer: signer)
    return ReplyDocument(
        "ddrf-acknowledgement.jwt", mediaType: "application/jwt", httpStatus: 400,
        headers: [.init("Content-Type", "application/jwt")], body: Data(token.utf8))
}

private func acknowledgement(
    of body: Data, resultCode: Int, resultText: String?, id: String, issuer: String,
    at time: Timestamp, signer: ReplySigner
) throws -> String {
    var header = ReplyObject()
    header.set("alg", signer.tokenAlgorithm)
    header.set("kid", signer.keyID)
    header.set("typ", "JWT")
    var claims = ReplyObject()
    claims.set("version", "1.0")
    let request = String(decoding: body, as: UTF8.self)
    claims.set("rqJWT", request.trimmingCharacters(in: .whitespacesAndNewlines))
    claims.set("jti", id)
    claims.set("iss", issuer)
    claims.set("iat", value: .number("\(time.secondsSince1970)"))
    claims.set("raResultCode", value: .number("\(resultCode)"))
    claims.set("raResultString", resultText)
    let signed =
        Base64Text.encode(header.value.serialized(), .url) + "."
        + Base64Text.encode(claims.value.serialized(), .url)
    let signature = try signer.tokenSignature(of: Data(signed.utf8))
    return signed + "." + Base64Text.encode(signature, .url)
}
