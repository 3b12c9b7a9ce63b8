// OpenDSR 2.0: response to a request (7.3), status (8.3), callback (8.5) and response to a
// cancellation (9.2). The text lists processor_signature as a member of the body, which cannot hold
// its own signature; as in its examples, the signature stands in the header alone.
import Domain
import Foundation

/// The documents for an OpenDSR sender.
func openDSRReply(_ facts: ReplyFacts) throws -> [ReplyDocument] {
    if case .withdrawal(let id) = facts.request.kind { return [try cancelled(facts, id)] }
    var documents = [try response(facts)]
    documents.append(try openDSRDocument("opendsr-status.json", 200, facts, status(facts).data))
    for (index, url) in facts.request.callbacks.enumerated() {
        var body = try status(facts)
        body.set("status_callback_url", url.revealed)
        documents.append(
            try openDSRDocument(
                "opendsr-callback-\(index + 1).json", nil, facts, body.data,
                destination: url.revealed))
    }
    if facts.status == .withdrawn {
        documents.append(try cancelled(facts, facts.request.sourceID))
    }
    return documents
}

/// The vocabulary has no word for a refusal: `cancelled`, with the reason in our extension.
private func openDSRStatus(_ status: OutwardStatus) -> String {
    switch status {
    case .received, .awaitingIdentity: "pending"
    case .inProgress: "in_progress"
    case .completed, .partlyCompleted: "completed"
    case .refused, .withdrawn: "cancelled"
    }
}

private func response(_ facts: ReplyFacts) throws -> ReplyDocument {
    var body = try identified(facts, id: facts.request.sourceID)
    body.set(
        "expected_completion_time", try facts.required(facts.expectedBy, "the time it is due by"))
    body.set("received_time", facts.receivedAt)
    // Nothing is left of a message that was shredded with another person's request.
    if !facts.rawRequest.isEmpty {
        body.set("encoded_request", Base64Text.encode(facts.rawRequest))
    }
    return try openDSRDocument("opendsr-response.json", 201, facts, body.data)
}

private func status(_ facts: ReplyFacts) throws -> ReplyObject {
    var body = try identified(facts, id: facts.request.sourceID)
    body.set(
        "expected_completion_time", try facts.required(facts.expectedBy, "the time it is due by"))
    body.set("request_status", openDSRStatus(facts.status))
    body.set("api_version", "2.0")
    body.set("results_url", facts.resultsURL)
    if facts.resultsURL != nil { body.set("results_count", value: .number("1")) }
    body.set("extensions", value: try ownExtension(facts))
    return body
}

/// What the vocabulary cannot say, under our domain: a refusal's ground and words, a partial outcome.
private func ownExtension(_ facts: ReplyFacts) throws -> JSONValue? {
    var own = ReplyObject()
    switch facts.status {
    case .refused(let ground): own.set("ground", ground.rawValue)
    case .awaitingIdentity: own.set("verification_url", facts.verificationURL)
    case .partlyCompleted: break
    case .received, .inProgress, .completed, .withdrawn: return nil
    }
    own.set("status", facts.status.name)
    own.set("reason", facts.reason?.revealed)
    var extensions = ReplyObject()
    extensions.set(try facts.required(facts.domain, "our domain"), value: own.value)
    return extensions.value
}

private func cancelled(_ facts: ReplyFacts, _ id: String) throws -> ReplyDocument {
    var body = try identified(facts, id: id)
    body.set("received_time", facts.receivedAt)
    body.set("api_version", "2.0")
    return try openDSRDocument("opendsr-cancellation.json", 202, facts, body.data)
}

private func identified(_ facts: ReplyFacts, id: String) throws -> ReplyObject {
    var body = ReplyObject()
    body.set("controller_id", try facts.required(facts.controllerID, "the sender's controller id"))
    body.set("subject_request_id", id)
    return body
}

private func openDSRDocument(
    _ name: String, _ httpStatus: Int?, _ facts: ReplyFacts, _ body: Data,
    destination: String? = nil
) throws -> ReplyDocument {
    var headers = [RequestHeaders.Field("Content-Type", "application/json")]
    if let domain = facts.domain {
        headers.append(.init(openDSRDomainHeader, domain))
    }
    if let signer = facts.signer {
        headers.append(
            .init(openDSRSignatureHeader, Base64Text.encode(try signer.signature(of: body))))
    }
    return ReplyDocument(
        name, httpStatus: httpStatus, headers: headers, body: body, destination: destination)
}
