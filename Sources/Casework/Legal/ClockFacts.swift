import Domain

/// Time on which a period does not run, where the law knows such time.
package struct ClockPause: Codable, Sendable, Equatable {
    /// When the person was asked for what is needed to find the data.
    package let from: Timestamp
    /// When it came; nil while it is waited for.
    package var until: Timestamp?

    package init(from: Timestamp, until: Timestamp? = nil) {
        self.from = from
        self.until = until
    }
}

/// The notice that more time is needed, with which the longer period applies.
package struct ClockExtension: Codable, Sendable, Equatable {
    /// When the person was told.
    package let givenAt: Timestamp
    /// What the person was told, without any of the person's data.
    package let reason: String
    package let actor: String

    package init(givenAt: Timestamp, reason: String, actor: String) {
        self.givenAt = givenAt
        self.reason = reason
        self.actor = actor
    }
}

/// What a legal clock is set by, beside the moment of receipt.
package struct ClockFacts: Codable, Sendable, Equatable {
    /// IANA id of the controller's time zone.
    package let zone: String
    /// Its offset at receipt, seconds east of Greenwich.
    package let offsetSeconds: Int
    /// Id and file digest of the holiday calendar; nil for weekends only.
    package let calendar: String?
    package let calendarDigest: Digest?
    package var identityRequestedAt: Timestamp?
    package var identityReceivedAt: Timestamp?
    package var feeRequestedAt: Timestamp?
    package var feePaidAt: Timestamp?
    package var pauses: [ClockPause]
    package var extended: ClockExtension?
    /// An earlier receipt on another channel, found later, with the digest of its evidence.
    package var earlierReceipt: Timestamp?
    package var earlierReceiptEvidence: Digest?
    /// When the cause of re-opening became known; the period is counted anew from it.
    package var reopenedAt: Timestamp?

    /// - Parameter receivedAt: the moment whose offset is recorded.
    package init(
        receivedAt: Timestamp, zone: ControllerZone = .utc, calendar: WorkingCalendar = .init()
    ) {
        self.zone = zone.id
        offsetSeconds = zone.offsetSeconds(at: receivedAt)
        self.calendar = calendar.id
        calendarDigest = calendar.digest
        pauses = []
    }

    /// The zone; with the recorded offset alone where this machine does not know it.
    package var controllerZone: ControllerZone {
        ControllerZone(id: zone) ?? ControllerZone(fixed: offsetSeconds, id: zone)
    }

    /// What the clock of a regime waits for before it starts or goes on; nil if it runs.
    package func waitsFor(_ clock: LegalClock) -> String? {
        if clock.startsWithWhatWasAskedFor {
            if identityRequestedAt != nil, identityReceivedAt == nil {
                return "the identity information that was asked for"
            }
            if feeRequestedAt != nil, feePaidAt == nil { return "the fee that was asked for" }
        }
        if clock.hasPauses, pauses.contains(where: { $0.until == nil }) {
            return "the information to find the data that was asked for"
        }
        return nil
    }
}

/// Something that sets a clock and is recorded after receipt.
package enum ClockNote: Sendable, Equatable {
    case identityRequested, identityReceived
    case feeRequested, feePaid
    case paused, resumed
    /// The request had reached the controller earlier, on another channel.
    case receivedEarlier(Timestamp, evidence: Digest)

    /// Permanent id, as it is written into the history.
    package var id: String {
        switch self {
        case .identityRequested: "identity-requested"
        case .identityReceived: "identity-received"
        case .feeRequested: "fee-requested"
        case .feePaid: "fee-paid"
        case .paused: "paused"
        case .resumed: "resumed"
        case .receivedEarlier: "received-earlier"
        }
    }
}

extension ClockFacts {
    /// Adds what happened at a moment.
    /// - Parameter receivedAt: of the case, so far.
    /// - Throws: `clock-contradiction` if it cannot have happened after what is recorded, or if the
    ///   regime's clock has no such time.
    package mutating func record(
        _ note: ClockNote, at time: Timestamp, receivedAt: Timestamp, clock: LegalClock
    ) throws {
        func require(_ holds: Bool, _ what: String) throws {
            guard holds else {
                throw CaseworkError(
                    .clockContradiction, "\(note.id) cannot be recorded: \(what).",
                    details: ["note": note.id, "regime": clock.regime.rawValue],
                    remedy: "See the dates of the case with `lethe case explain`.")
            }
        }
        if case .receivedEarlier = note {
        } else {
            try require(time >= receivedAt, "it would have been before receipt")
        }
        switch note {
        case .identityRequested:
            try require(identityRequestedAt == nil, "it was asked for before")
            identityRequestedAt = time
        case .identityReceived:
            try require(identityReceivedAt == nil, "it is recorded already")
            try require(
                identityRequestedAt.map { $0 <= time } ?? false, "it was not asked for before")
            identityReceivedAt = time
        case .feeRequested:
            try require(feeRequestedAt == nil, "it was asked for before")
            feeRequestedAt = time
        case .feePaid:
            try require(feePaidAt == nil, "it is recorded already")
            try require(feeRequestedAt.map { $0 <= time } ?? false, "it was not asked for before")
            feePaidAt = time
        case .paused:
            try require(clock.hasPauses, "the clock of \(clock.regime.rawValue) has no pauses")
            try require(pauses.allSatisfy { $0.until != nil }, "the clock stands still already")
            try require(
                pauses.allSatisfy { ($0.until ?? time) <= time }, "it overlaps an earlier pause")
            pauses.append(ClockPause(from: time))
        case .resumed:
            let index = pauses.firstIndex { $0.until == nil && $0.from <= time }
            try require(index != nil, "the clock does not stand still at that time")
            if let index { pauses[index].until = time }
        case .receivedEarlier(let receipt, let evidence):
            try require(receipt < receivedAt, "it is not earlier than the recorded receipt")
            earlierReceipt = receipt
            earlierReceiptEvidence = evidence
        }
    }
}
