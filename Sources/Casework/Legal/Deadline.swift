import Domain

/// A date of a case, and the rule it came by.
package struct ExplainedDate: Codable, Sendable, Equatable {
    /// Permanent id, e.g. `due`.
    package let id: String
    package let date: CivilDate
    /// One sentence that names the date, the rule and the provision.
    package let sentence: String
}

/// Where a case stands against its deadline.
package enum DeadlineStanding: String, Codable, Sendable {
    /// Open, and the day has not passed.
    case running
    /// Open, and the day has passed.
    case overdue
    /// Closed in time.
    case kept
    /// Closed too late.
    case missed
    /// Ended without an outcome that had to be told by a day, e.g. withdrawn.
    case ended
}

/// Every date that a law sets for a case.
package struct Deadline: Codable, Sendable, Equatable {
    package let regime: Regime
    /// The day the period is counted from.
    package let start: CivilDate
    /// The last day without an extension, and the last day with one.
    package let due: CivilDate
    package let extendedDue: CivilDate
    package let isExtended: Bool
    /// Last second of the day that applies, at the controller's place.
    package let dueAt: Timestamp
    /// The day by which receipt has to be confirmed, where a law asks for that.
    package let confirmReceipt: CivilDate?
    /// A line for planning: 28 days after the start, or the due day if sooner.
    package let warning: CivilDate
    /// An extension can be given now, with a reason.
    package let extensionPossible: Bool
    /// The law's clock can stand still.
    package let hasPauses: Bool
    /// What the clock waits for; the due day is provisional until it came.
    package let waitsFor: String?
    /// Calendar days at the controller's place until the day that applies; negative when it is past.
    /// For a closed case, counted from the day it was closed.
    package let daysLeft: Int
    package let standing: DeadlineStanding
    /// All of it in words, in the order of the calendar's use.
    package let dates: [ExplainedDate]

    /// The day that applies.
    package var effectiveDue: CivilDate { isExtended ? extendedDue : due }
}

extension LegalClock {
    /// The dates of a request.
    /// - Parameters:
    ///   - receivedAt: the first arrival at the controller, on any channel.
    ///   - calendar: the one that `facts` name.
    ///   - closedAt: when the person got the outcome; nil for an open case.
    package func deadline(
        receivedAt: Timestamp, facts: ClockFacts, calendar: WorkingCalendar, now: Timestamp,
        closedAt: Timestamp? = nil
    ) -> Deadline {
        let zone = facts.controllerZone
        let (start, startRule) = start(receivedAt, facts, zone)
        let pausedDays = pausedDays(facts, zone)
        let due = dueDate(start, calendar, extraDays: pausedDays)
        let extendedDue = extendedDueDate(start, calendar, extraDays: pausedDays)
        let isExtended = facts.extended != nil
        let dueAt = zone.lastSecond(of: isExtended ? extendedDue : due)
        let confirm = confirmationWorkingDays.map {
            calendar.day(workingDays: $0, after: zone.date(of: receivedAt))
        }
        let warning = self.warning(start: start, due: due)
        let today = zone.date(of: closedAt ?? now)
        let words = DeadlineWords(clock: self, calendar: calendar, zone: zone, facts: facts)
        return Deadline(
            regime: regime, start: start, due: due, extendedDue: extendedDue,
            isExtended: isExtended, dueAt: dueAt, confirmReceipt: confirm, warning: warning,
            extensionPossible: !isExtended && closedAt == nil
                && canExtend(givenAt: now, start: start, due: due, zone: zone),
            hasPauses: hasPauses, waitsFor: facts.waitsFor(self),
            daysLeft: (isExtended ? extendedDue : due).daysSince1970 - today.daysSince1970,
            standing: standing(dueAt, now, closedAt),
            dates: words.dates(
                receivedAt: receivedAt, start: start, startRule: startRule,
                pausedDays: pausedDays, due: due, extendedDue: extendedDue, confirm: confirm,
                warning: warning))
    }

    /// The end of the day of `Deadline.warning`, without the words of the whole deadline: every change
    /// of a case asks for it.
    func warningAt(
        receivedAt: Timestamp, facts: ClockFacts, calendar: WorkingCalendar
    ) -> Timestamp {
        let zone = facts.controllerZone
        let first = start(receivedAt, facts, zone).0
        let due = dueDate(first, calendar, extraDays: pausedDays(facts, zone))
        return zone.lastSecond(of: warning(start: first, due: due))
    }

    private func warning(start: CivilDate, due: CivilDate) -> CivilDate {
        min(start.adding(days: 28), due)
    }

    /// Whether notice of an extension is in time on a day: within the first period, and never before
    /// it began.
    func canExtend(
        givenAt: Timestamp, start: CivilDate, due: CivilDate, zone: ControllerZone
    ) -> Bool {
        let day = zone.date(of: givenAt)
        return day >= start && day <= due
    }

    private func standing(
        _ dueAt: Timestamp, _ now: Timestamp, _ closedAt: Timestamp?
    ) -> DeadlineStanding {
        if let closedAt { return closedAt <= dueAt ? .kept : .missed }
        return now <= dueAt ? .running : .overdue
    }

    private func start(
        _ receivedAt: Timestamp, _ facts: ClockFacts, _ zone: ControllerZone
    ) -> (CivilDate, StartRule) {
        var (time, rule) = (receivedAt, StartRule.receipt)
        if let reopened = facts.reopenedAt { (time, rule) = (reopened, .reopening) }
        if startsWithWhatWasAskedFor {
            if facts.identityRequestedAt != nil, let given = facts.identityReceivedAt, given > time
            {
                (time, rule) = (given, .identity)
            }
            if facts.feeRequestedAt != nil, let paid = facts.feePaidAt, paid > time {
                (time, rule) = (paid, .fee)
            }
        }
        return (zone.date(of: time), rule)
    }

    private func pausedDays(_ facts: ClockFacts, _ zone: ControllerZone) -> Int {
        guard hasPauses else { return 0 }
        return facts.pauses.reduce(0) { sum, pause in
            guard let until = pause.until else { return sum }
            return sum + zone.date(of: until).daysSince1970
                - zone.date(of: pause.from).daysSince1970
        }
    }
}

/// What started a clock.
enum StartRule { case receipt, reopening, identity, fee }
