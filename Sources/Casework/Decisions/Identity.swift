import Domain

/// What shows that a request comes from the person. The evidence itself is not kept, only its digest.
package struct IdentityEvidence: Codable, Sendable, Equatable {
    package let level: IdentityLevel
    /// SHA-256 of what was seen; of the request itself where its signature was checked at intake.
    package let evidence: Digest
    package let at: Timestamp
    package let actor: String

    package init(level: IdentityLevel, evidence: Digest, at: Timestamp, actor: String) {
        self.level = level
        self.evidence = evidence
        self.at = at
        self.actor = actor
    }
}

/// How well a case's identity is known, and how well it must be.
package struct IdentityStanding: Codable, Sendable, Equatable {
    package var evidence: [IdentityEvidence]
    /// What the policy in force asks for; nil where it asks for nothing.
    package var required: IdentityLevel?

    package init(evidence: [IdentityEvidence] = [], required: IdentityLevel? = nil) {
        self.evidence = evidence
        self.required = required
    }

    /// The best level there is evidence for.
    package var level: IdentityLevel { evidence.map(\.level).max() ?? .unverified }
    package var isSufficient: Bool { required.map { level >= $0 } ?? true }
}

/// Whether one request may stand in for another of the same person: only a verified one may, and
/// never for one that is verified better. Whoever can write a request in somebody else's name could
/// otherwise block that person's own (GHSA-qx5f-ghc2-7g5c in another engine).
package func mayShadow(_ superseder: IdentityLevel, over shadowed: IdentityLevel) -> Bool {
    superseder > .unverified && superseder >= shadowed
}
