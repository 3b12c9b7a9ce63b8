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

    package init(
        sourceID: String, receivedAt: Timestamp? = nil, regime: Regime? = nil,
        identifiers: [PersonalIdentifier], ground: String? = nil, scope: [String] = [],
        note: String? = nil
    ) {
        self.sourceID = sourceID
        self.receivedAt = receivedAt
        self.regime = regime
        self.identifiers = identifiers
        self.ground = ground
        self.scope = scope
        self.note = note.map(Sensitive.init)
    }
}
