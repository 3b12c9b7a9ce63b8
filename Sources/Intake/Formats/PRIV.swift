// blindnet's Privacy Request Interchange Vocabulary (PRIV), accepted July 2022: a request with one or
// more demands. Each DELETE demand becomes a request of its own, since demands have their own
// restrictions and are answered one by one; its id is request-id/demand-id.
// Deviations: `data-subject` schemes beside `uuid` and `email-sha-256` are those listed below; a
// date may have its offset without a colon, as in the text's own example; unknown members are ignored.
import Domain
import Foundation

extension RequestFormat {
    /// A privacy request of a data subject.
    static let priv = RequestFormat(
        id: "priv",
        title: "Privacy Request Interchange Vocabulary (PRIV), JSON",
        summary: """
            Each DELETE demand is taken in; other demands are reported as not taken in. \
            Restrictions are kept as limits of the erasure.
            """,
        source: "blindnet RFC-PRIV, version 1.0 (github.com/blindnet-io/product-management)",
        rules: PRIVRule.all,
        recognises: { $0.hasKey("demands", "request-id") },
        parse: { message, _, trail in
            let node = try trail.require(PRIVRule.grammar) {
                let node = try JSONNode.document(message.body)
                try node.requireObject()
                return node
            }
            return try PRIVReader(trail: trail).drafts(node)
        },
        writeReply: privReply)
}

enum PRIVRule {
    static let grammar = FormatRule(
        "json", "the document is a JSON object without duplicate keys", "RFC-PRIV, JSON format")
    static let id = FormatRule(
        "request-id", "request-id is a UUID", "RFC-PRIV, Privacy Request")
    static let date = FormatRule("date", "date is a date and time", "RFC-PRIV, Privacy Request")
    static let subject = FormatRule(
        "data-subject", "data-subject names the person under a known scheme",
        "RFC-PRIV, Data Subject ID Schemas")
    static let demands = FormatRule(
        "demands", "there is at least one demand, each with demand-id and action",
        "RFC-PRIV, Demands")
    static let action = FormatRule(
        "action", "at least one demand has the action DELETE", "RFC-PRIV, Demands")
    static let restrictions = FormatRule(
        "restrictions", "restrictions are of known types, each type once",
        "RFC-PRIV, Demand Restrictions")
    static let all = [grammar, id, date, subject, demands, action, restrictions]
}
