import Domain

/// That and why a request was refused as a whole.
package struct Refusal: Codable, Sendable, Equatable {
    /// Id of a `RefusalGround`.
    package let ground: String
    /// What the person was told, without any of the person's data.
    package let text: String
    /// When the person was told.
    package let toldAt: Timestamp
    package let actor: String

    package init(ground: String, text: String, toldAt: Timestamp, actor: String) {
        self.ground = ground
        self.text = text
        self.toldAt = toldAt
        self.actor = actor
    }
}

/// A part of a request that is refused: a record, or some bytes of it, stays out of the scope.
package struct Exemption: Codable, Sendable, Equatable {
    /// Id of a `RefusalGround` that fits parts.
    package let ground: String
    /// `CORPUS/ID`
    package let record: String
    /// Bytes of the record's text that stay; nil for the whole record.
    package let span: Range<Int>?
    package let at: Timestamp
    package let actor: String

    package init(
        ground: String, record: String, span: Range<Int>? = nil, at: Timestamp, actor: String
    ) {
        self.ground = ground
        self.record = record
        self.span = span
        self.at = at
        self.actor = actor
    }

    /// `people/r-17` or `people/r-17[120..<180]`.
    package var place: String {
        record + (span.map { "[\($0.lowerBound)..<\($0.upperBound)]" } ?? "")
    }
}

/// The ground the controller found to apply.
package struct GroundFinding: Codable, Sendable, Equatable {
    /// Id of an `ErasureGround`.
    package let ground: String
    package let at: Timestamp
    package let actor: String

    package init(ground: String, at: Timestamp, actor: String) {
        self.ground = ground
        self.at = at
        self.actor = actor
    }
}

/// What a person who is refused can do, by law; it has to be said with every refusal.
package func rightsAfterRefusal(under regime: Regime) -> [String] {
    switch regime {
    case .gdprEU:
        [
            "You may lodge a complaint with a supervisory authority, in particular where you live, "
                + "where you work, or where you see the infringement (GDPR Art. 77).",
            "You may go to court against this decision (GDPR Art. 79).",
        ]
    case .gdprUK:
        [
            "You may complain to the Information Commissioner (UK GDPR Art. 77).",
            "You may go to court against this decision (UK GDPR Art. 79).",
        ]
    case .ccpa:
        [
            "You may complain to the California Privacy Protection Agency or the Attorney General."
        ]
    }
}

/// What the person is told: the ground, the operator's text, and the rights. Without a salutation:
/// no name is in it.
package func refusalNotice(
    _ ground: RefusalGround, text: String, under regime: Regime
) -> String {
    ([
        "Your request was refused because \(ground.sentence) (\(ground.article)).", text,
    ] + rightsAfterRefusal(under: regime)).joined(separator: "\n\n") + "\n"
}
