/// The law a request is handled under. The raw values are permanent.
package enum Regime: String, CaseIterable, Codable, Sendable {
    case gdprEU = "gdpr-eu"
    case gdprUK = "gdpr-uk"
    case ccpa
}

/// A person's request in normal form, whatever file it came in.
package struct DeletionRequest: Sendable, Equatable {
    /// The requester's own id of the request, as given.
    package let sourceID: String
    /// When the controller first received it, on any channel.
    package let receivedAt: Timestamp?
    package let regime: Regime?
    package let identifiers: [PersonalIdentifier]
    /// Legal ground as the source names it, e.g. `art17-1-b`.
    package let ground: String?
    /// What the deletion is limited to (model or corpus names); empty means everything.
    package let scope: [String]
    package let note: Sensitive<String>?
    /// What is asked; a withdrawal may name the earlier request only and have no identifiers.
    package let kind: RequestKind
    /// Whether a signature was verified when it came in.
    package let authenticity: RequestAuthenticity
    /// Where the sender wants status changes reported: http or https URLs, in the sender's order.
    /// Such a URL may hold an access token, hence sensitive.
    package let callbacks: [Sensitive<String>]
    /// What the sender says the person is to the controller, e.g. `customer`: hints where to look.
    package let relationships: [String]
    /// What the person limits the erasure to; empty means everything.
    package let limits: [RequestLimit]
    /// Ids by which the sender knows this part of its message: the demand of a PRIV request, the
    /// transaction (`jti` of the rqJWT) of the advertising industry's framework.
    package let demandIDs: [String]

    package init(
        sourceID: String, receivedAt: Timestamp? = nil, regime: Regime? = nil,
        identifiers: [PersonalIdentifier], ground: String? = nil, scope: [String] = [],
        note: String? = nil, kind: RequestKind = .erasure,
        authenticity: RequestAuthenticity = .unauthenticated, callbacks: [String] = [],
        relationships: [String] = [], limits: [RequestLimit] = [], demandIDs: [String] = []
    ) {
        self.sourceID = sourceID
        self.receivedAt = receivedAt
        self.regime = regime
        self.identifiers = identifiers
        self.ground = ground
        self.scope = scope
        self.note = note.map(Sensitive.init)
        self.kind = kind
        self.authenticity = authenticity
        self.callbacks = callbacks.map(Sensitive.init)
        self.relationships = relationships
        self.limits = limits
        self.demandIDs = demandIDs
    }
}
