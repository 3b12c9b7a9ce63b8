// Shopify's mandatory compliance webhooks: customers/redact is taken in; customers/data_request and
// shop/redact are told apart and refused. The signature is the base64 of HMAC-SHA256 over the raw
// body with the app's secret, in X-Shopify-Hmac-SHA256.
import Domain
import Foundation

extension RequestFormat {
    /// A shop's request to redact a customer.
    static let shopify = RequestFormat(
        id: "shopify",
        title: "Shopify webhook customers/redact, JSON",
        summary: """
            A customer's id, e-mail address and telephone number; the orders to redact are kept as \
            limits. customers/data_request and shop/redact are refused.
            """,
        source: "Shopify, mandatory compliance webhooks (shopify.dev)",
        rules: ShopifyRule.all,
        recognisesEnvelope: { $0.headers.has("X-Shopify-Topic") || $0.headers.has(hmacHeader) },
        recognises: { $0.hasKey("shop_domain", "shop_id") },
        parse: { message, trust, trail in
            let authenticity = try shopifyAuthenticity(message, trust, trail)
            let node = try trail.require(ShopifyRule.grammar) {
                let node = try JSONNode.document(message.body)
                try node.requireObject()
                return node
            }
            try trail.require(ShopifyRule.topic) { try requireRedaction(node, message) }
            var draft = try redaction(node, message, trail)
            draft.authenticity = authenticity
            return [draft]
        },
        writeReply: { try confirmationReply($0, needsURL: false) })
}

private let hmacHeader = "X-Shopify-Hmac-SHA256"

private enum ShopifyRule {
    static let signature = FormatRule(
        "hmac", "the HMAC of the raw body holds under the app's secret", "Shopify, verify a webhook"
    )
    static let grammar = FormatRule(
        "json", "the body is a JSON object without duplicate keys", "RFC 8259")
    static let topic = FormatRule(
        "topic", "the topic is customers/redact", "Shopify, compliance webhooks")
    static let shop = FormatRule(
        "shop", "shop_id is an integer and shop_domain a string", "Shopify, customers/redact")
    static let customer = FormatRule(
        "customer", "customer has an id, e-mail address or telephone number",
        "Shopify, customers/redact")
    static let orders = FormatRule(
        "orders", "orders_to_redact, if given, is an array of integers", "Shopify, customers/redact"
    )
    static let all = [signature, grammar, topic, shop, customer, orders]
}

private func shopifyAuthenticity(
    _ message: RequestMessage, _ trust: IntakeTrust, _ trail: RuleTrail
) throws -> RequestAuthenticity {
    let keys = trust.keys.entries(of: "shopify")
    guard message.headers.has(hmacHeader), !keys.isEmpty else {
        trail.skip(
            ShopifyRule.signature, keys.isEmpty ? "no key is given" : "there is no \(hmacHeader)")
        return .unauthenticated
    }
    return try trail.require(ShopifyRule.signature) {
        let text = try message.headers.value(hmacHeader) ?? ""
        guard let code = Base64Text.decode(text.utf8),
            let entry = keys.first(where: { $0.key.accepts(code, of: message.body) })
        else {
            throw RequestFault(
                .invalidSignature, "the HMAC does not hold under the secret given",
                at: Place(path: "header \(hmacHeader)"),
                remedy: "Do not act on it; answer with status 401.")
        }
        return .verified(scheme: entry.key.scheme, keyID: entry.keyID)
    }
}

/// By the topic; without headers, by the members that only one of the webhooks has.
private func requireRedaction(_ node: JSONNode, _ message: RequestMessage) throws {
    let inferred =
        if node.member("data_request") != nil || node.member("orders_requested") != nil {
            "customers/data_request"
        } else if node.member("customer") == nil {
            "shop/redact"
        } else {
            "customers/redact"
        }
    let topic = try message.headers.value("X-Shopify-Topic") ?? inferred
    switch topic {
    case "customers/redact": return
    case "customers/data_request":
        throw RequestFault(
            .notADeletionRequest, "this is customers/data_request, a request to see data",
            remedy: "Handle it elsewhere; Lethe takes in customers/redact only.")
    case "shop/redact":
        throw RequestFault(
            .notADeletionRequest,
            "this is shop/redact: it is about a whole shop and names no person",
            remedy: "Handle it elsewhere; Lethe takes in customers/redact only.")
    default:
        throw RequestFault(
            .notADeletionRequest, "the topic is not customers/redact",
            at: Place(path: "header X-Shopify-Topic"))
    }
}

/// The id is the webhook's; without headers, a name made from the body's digest, so that the same
/// body always gets the same.
private func redaction(
    _ node: JSONNode, _ message: RequestMessage, _ trail: RuleTrail
) throws -> RequestDraft {
    try trail.check(ShopifyRule.shop) {
        let id = try node.required("shop_id")
        guard id.value.integer != nil else {
            throw RequestFault("an integer is expected", at: id.place)
        }
        _ = try node.required("shop_domain").text()
    }
    let id = try message.headers.value("X-Shopify-Webhook-Id")
    var draft = RequestDraft(
        id: Located(
            id ?? "shopify-\(Digest(of: message.body).short)",
            at: Place(path: "header X-Shopify-Webhook-Id")),
        identifiersPlace: Place(path: "customer"))
    draft.receivedAt = try message.headers.value("X-Shopify-Triggered-At").map {
        Located($0, at: Place(path: "header X-Shopify-Triggered-At"))
    }
    draft.identifiers = try trail.attempt(ShopifyRule.customer) { try customer(node) } ?? []
    let orders = try trail.attempt(ShopifyRule.orders) {
        try (node.member("orders_to_redact")?.items() ?? []).map { try number($0) }
    }
    draft.limits = (orders ?? []).map { (.order, $0) }
    return draft
}

private func customer(_ node: JSONNode) throws -> [RequestDraft.IdentifierDraft] {
    let customer = try node.required("customer")
    try customer.requireObject()
    var identifiers: [RequestDraft.IdentifierDraft] = []
    if let id = customer.member("id"), !id.value.isNull {
        identifiers.append(.init(kind: .customerID, value: try number(id), format: .raw))
    }
    for (key, kind) in [("email", IdentifierKind.email), ("phone", .phone)] {
        guard let member = customer.member(key), !member.value.isNull else { continue }
        let text = try member.text()
        // Shops leave a field empty instead of leaving it out.
        if !text.value.isEmpty { identifiers.append(.init(kind: kind, value: text, format: .raw)) }
    }
    guard !identifiers.isEmpty else {
        throw RequestFault(
            "the customer has no id, e-mail address or telephone number", at: customer.place)
    }
    return identifiers
}

/// Digits as they are written: ids are larger than some readers' numbers.
private func number(_ node: JSONNode) throws -> Located<String> {
    guard case .number(let digits) = node.value, digits.utf8.allSatisfy({ (48...57).contains($0) })
    else { throw RequestFault("a whole number is expected", at: node.place) }
    return Located(digits, at: node.place)
}
