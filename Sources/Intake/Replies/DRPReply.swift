// Data Rights Protocol 1.0, section 3.03: the exercise status object, for the status endpoint and for
// the callback; statuses and reasons of section 3.02.
import Domain
import Foundation

/// The documents for an authorised agent.
func drpReply(_ facts: ReplyFacts) throws -> [ReplyDocument] {
    let body = try drpStatusObject(facts).data
    let json = [RequestHeaders.Field("Content-Type", "application/json")]
    var documents = [
        ReplyDocument("drp-status.json", httpStatus: 200, headers: json, body: body)
    ]
    for (index, url) in facts.request.callbacks.enumerated() {
        documents.append(
            ReplyDocument(
                "drp-callback-\(index + 1).json", headers: json, body: body,
                destination: url.revealed))
    }
    return documents
}

private func drpStatusObject(_ facts: ReplyFacts) throws -> ReplyObject {
    var body = ReplyObject()
    let (status, reason) = drpStatus(facts.status)
    body.set("status", status)
    body.set("reason", reason)
    body.set("received_at", facts.receivedAt)
    if case .withdrawal(let id) = facts.request.kind {
        // Section 2.04.1: the answer to a revocation is the revoked request.
        body.set("request_id", id)
        return body
    }
    body.set("request_id", facts.caseID)
    // An id that we made up is none of the agent's.
    let document = DRPBody.decode(facts.rawRequest)?.dropFirst(DRPBody.signatureByteCount)
    if document.map({ DRPBody.madeUpID(Data($0)) }) != facts.request.sourceID {
        body.set("agent_request_id", facts.request.sourceID)
    }
    if status == "in_progress" {
        body.set("expected_by", try facts.required(facts.expectedBy, "the time it is due by"))
    } else {
        body.set("expected_by", facts.status.isFinal ? nil : facts.expectedBy)
    }
    if facts.status == .awaitingIdentity {
        body.set(
            "user_verification_url",
            try facts.required(facts.verificationURL, "a URL where the person proves who they are"))
    }
    if facts.status == .completed || facts.status == .partlyCompleted {
        body.set("results_url", facts.resultsURL)
    }
    if case .refused = facts.status {
        body.set(
            "processing_details", try facts.required(facts.reason, "words to the person").revealed)
    } else if facts.status == .partlyCompleted {
        body.set(
            "processing_details", try facts.required(facts.reason, "words to the person").revealed)
    } else {
        body.set("processing_details", facts.reason?.revealed)
    }
    return body
}

/// Section 3.02.
private func drpStatus(_ status: OutwardStatus) -> (status: String, reason: String?) {
    switch status {
    case .received: ("open", nil)
    case .awaitingIdentity: ("in_progress", "need_user_verification")
    case .inProgress: ("in_progress", nil)
    case .completed, .partlyCompleted: ("fulfilled", nil)
    case .withdrawn: ("revoked", nil)
    case .refused(.identity), .refused(.unidentifiable): ("denied", "insuf_verification")
    case .refused(.notFound): ("denied", "no_match")
    case .refused(.exempt): ("denied", "claim_not_covered")
    case .refused(.unfounded), .refused(.excessive): ("denied", "too_many_requests")
    case .refused(.jurisdiction): ("denied", "outside_jurisdiction")
    case .refused(.other): ("denied", "other")
    }
}
