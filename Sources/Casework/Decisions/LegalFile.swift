import Domain

/// What the law asks of a case and what operators decided about it. No personal data. New members
/// must be optional: records of this form are on disk.
package struct LegalFile: Codable, Sendable, Equatable {
    /// Nil in records of earlier versions, which count in UTC over weekends only.
    package var clock: ClockFacts?
    package var identity: IdentityStanding
    package var ground: GroundFinding?
    package var exemptions: [Exemption]
    package var refusal: Refusal?
    package var hold: HoldOrder?
    package var cancellation: Cancellation?
    package var supersededBy: Supersession?
    /// Who made the present result: the actors of its run and verification.
    package var runners: [String]
    /// The policy the run was made under asks for four eyes.
    package var fourEyes: Bool
    package var approval: Approval?
    /// Who issued the certificate.
    package var certifier: String?
    package var recipients: [Recipient]
    package var reopenings: [Reopening]

    package init(
        clock: ClockFacts? = nil, identity: IdentityStanding = .init(), fourEyes: Bool = false
    ) {
        self.clock = clock
        self.identity = identity
        exemptions = []
        runners = []
        self.fourEyes = fourEyes
        recipients = []
        reopenings = []
    }

    /// The file of a new case. A request that was verified at intake is evidence by itself.
    init(
        opening new: NewCase, receivedAt: Timestamp, requestDigest: Digest, now: Timestamp,
        actor: String
    ) {
        self.init(
            clock: ClockFacts(receivedAt: receivedAt, zone: new.zone, calendar: new.calendar),
            identity: IdentityStanding(
                evidence: new.identity == .unverified
                    ? []
                    : [
                        IdentityEvidence(
                            level: new.identity, evidence: requestDigest, at: now, actor: actor)
                    ]))
    }

    /// What the history says of the clock and the identity when a case is made.
    var openingFacts: [String: String] {
        var facts: [String: String] = [:]
        if let clock {
            facts["time-zone"] = clock.zone
            facts["calendar"] = clock.calendar
            facts["calendar-digest"] = clock.calendarDigest?.hexadecimal
        }
        if identity.level > .unverified { facts["identity"] = identity.level.rawValue }
        return facts
    }

    /// Notes who made the present result.
    package mutating func noteRunner(_ actor: String) {
        if !runners.contains(actor) { runners.append(actor) }
    }

    /// A new result needs a new approval.
    mutating func clearResult() {
        runners = []
        approval = nil
        certifier = nil
    }

    /// What closed the case leaves the present, and the period runs from the re-opening.
    mutating func clearClosing() {
        refusal = nil
        cancellation = nil
        supersededBy = nil
        clock?.extended = nil
        clock?.pauses = []
        clock?.reopenedAt = reopenings.last?.at
    }

    /// Somebody approved who did not make the result.
    package var isApprovedIndependently: Bool {
        guard let approval, !runners.isEmpty else { return false }
        return !runners.contains(approval.actor)
    }
}

extension CaseRecord {
    /// What the clock was set by; for a record of an earlier version, UTC and weekends only.
    package var clockFacts: ClockFacts {
        progress.legal.clock ?? ClockFacts(receivedAt: receivedAt)
    }

    /// When the person got the outcome; nil for a case that is open, or ended without one.
    package var closedAt: Timestamp? {
        switch state {
        case .certified: progress.certificate?.issuedAt
        case .refused: progress.legal.refusal?.toldAt
        default: nil
        }
    }

    /// Every date of the case in force now.
    /// - Throws: `unknown-name` if its calendar is not built in any more.
    package func deadline(now: Timestamp) throws -> Deadline {
        let facts = clockFacts
        return try LegalClock.of(regime).deadline(
            receivedAt: receivedAt, facts: facts,
            calendar: try WorkingCalendar.named(facts.calendar),
            now: now, closedAt: closedAt)
    }

    /// The last second of the deadline's planning line.
    /// - Throws: `unknown-name` if its calendar is not built in any more.
    func warningAt() throws -> Timestamp {
        let facts = clockFacts
        return try LegalClock.of(regime).warningAt(
            receivedAt: receivedAt, facts: facts,
            calendar: try WorkingCalendar.named(facts.calendar))
    }
}
