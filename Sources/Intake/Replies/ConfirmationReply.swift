// Meta's callback answers with a page where the person sees the status, and a code; Shopify wants a
// status code of the 200s alone and takes the same body.
import Domain
import Foundation

/// `{"url", "confirmation_code"}`. The code is the case id without its hyphens: letters and digits, as
/// Meta asks, and found again by whoever has the list of cases.
func confirmationReply(_ facts: ReplyFacts, needsURL: Bool) throws -> [ReplyDocument] {
    var body = ReplyObject()
    if needsURL {
        body.set(
            "url", try facts.required(facts.statusURL, "a URL where the person sees the status"))
    } else {
        body.set("url", facts.statusURL)
    }
    body.set(
        "confirmation_code", facts.caseID.filter { $0.isASCII && ($0.isLetter || $0.isNumber) })
    return [
        ReplyDocument(
            "confirmation.json", httpStatus: 200,
            headers: [.init("Content-Type", "application/json")], body: body.data)
    ]
}
