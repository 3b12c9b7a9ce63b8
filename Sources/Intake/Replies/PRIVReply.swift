// PRIV, Privacy Request Response: one per DELETE demand.
import Domain
import Foundation

/// The response to the demand that a case came from.
func privReply(_ facts: ReplyFacts) throws -> [ReplyDocument] {
    var body = ReplyObject()
    body.set("response-id", facts.identifier(for: "priv"))
    body.set("in-response-to", try facts.required(facts.request.demandIDs.first, "the demand's id"))
    body.set("date", facts.writtenAt)
    body.set("system", try facts.required(facts.domain, "our domain"))
    body.set("requested-action", "DELETE")
    let (status, motive) = privStatus(facts.status)
    body.set("status", status)
    body.set("motive", motive)
    body.set("message", facts.reason?.revealed)
    return [
        ReplyDocument(
            "priv-response.json", headers: [.init("Content-Type", "application/json")],
            body: body.data)
    ]
}

/// A denial must have a motive.
private func privStatus(_ status: OutwardStatus) -> (status: String, motive: String?) {
    switch status {
    case .received, .awaitingIdentity, .inProgress: ("UNDER-REVIEW", nil)
    case .completed: ("GRANTED", nil)
    case .partlyCompleted: ("PARTIALLY-GRANTED", "VALID-REASONS")
    case .withdrawn: ("CANCELED", nil)
    case .refused(.identity), .refused(.unidentifiable): ("DENIED", "IDENTITY-UNCONFIRMED")
    case .refused(.notFound): ("DENIED", "USER-UNKNOWN")
    case .refused(.exempt), .refused(.unfounded), .refused(.excessive), .refused(.jurisdiction):
        ("DENIED", "VALID-REASONS")
    case .refused(.other): ("DENIED", "OTHER-MOTIVE")
    }
}
