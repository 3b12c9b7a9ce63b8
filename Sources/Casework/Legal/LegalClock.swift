import Domain

/// Whether the end of a period moves to the next working day.
package enum EndRule: Sendable, Equatable {
    /// Over weekends, and over the holidays that are known.
    case nextWorkingDay
    /// Only where the controller named its calendar; otherwise the earlier, safer day stays.
    case nextWorkingDayWithCalendar
    /// Calendar days, whatever the day.
    case never
}

/// How one law counts its periods.
package struct LegalClock: Sendable {
    package let regime: Regime
    package let title: String
    /// The provisions the rules were taken from.
    package let source: String
    /// From the start to the last day to tell the person what was done.
    package let period: Period
    /// The same after an extension, also counted from the start.
    package let extendedPeriod: Period
    package let endRule: EndRule
    /// What the law says about each, for `explain`.
    package let provisions: Provisions
    /// The clock starts with the last of receipt, requested identity information and requested fee.
    package let startsWithWhatWasAskedFor: Bool
    /// The clock stands still while information to find the data was asked for.
    package let hasPauses: Bool
    /// Working days within which receipt has to be confirmed; nil where no law asks for it.
    package let confirmationWorkingDays: Int?

    /// Where the law says it, as it is cited to an operator.
    package struct Provisions: Sendable {
        package let period, extended, end: String
        package let start, pause, confirmation: String?

        init(
            period: String, extended: String, end: String, start: String? = nil,
            pause: String? = nil, confirmation: String? = nil
        ) {
            self.period = period
            self.extended = extended
            self.end = end
            self.start = start
            self.pause = pause
            self.confirmation = confirmation
        }
    }

    /// The last day to tell the person what was done, from the day the clock starts.
    package func dueDate(
        _ start: CivilDate, _ calendar: WorkingCalendar, extraDays: Int = 0
    ) -> CivilDate {
        end(of: period, after: start, calendar, extraDays)
    }

    /// The last day if the period was extended in time, counted from the same start.
    package func extendedDueDate(
        _ start: CivilDate, _ calendar: WorkingCalendar, extraDays: Int = 0
    ) -> CivilDate {
        end(of: extendedPeriod, after: start, calendar, extraDays)
    }

    /// Whether an end that is no working day moves.
    package func moves(_ calendar: WorkingCalendar) -> Bool {
        switch endRule {
        case .nextWorkingDay: true
        case .nextWorkingDayWithCalendar: calendar.id != nil
        case .never: false
        }
    }

    private func end(
        of period: Period, after start: CivilDate, _ calendar: WorkingCalendar, _ extraDays: Int
    ) -> CivilDate {
        moves(calendar)
            ? period.regulatedEnd(after: start, extraDays: extraDays, calendar)
            : period.end(after: start).adding(days: extraDays)
    }

    /// Last second of the due day, in UTC.
    package func dueAt(receivedAt: Timestamp, calendar: WorkingCalendar = .init()) -> Timestamp {
        dueDate(CivilDate(receivedAt), calendar).lastSecond
    }

    /// Last second of the extended due day, in UTC.
    package func extendedDueAt(
        receivedAt: Timestamp, calendar: WorkingCalendar = .init()
    ) -> Timestamp {
        extendedDueDate(CivilDate(receivedAt), calendar).lastSecond
    }

    /// A line for planning: 28 days after receipt, the shortest month, or the due day if sooner.
    package func warningAt(receivedAt: Timestamp, calendar: WorkingCalendar = .init()) -> Timestamp
    {
        let received = CivilDate(receivedAt)
        return min(received.adding(days: 28), dueDate(received, calendar)).lastSecond
    }

    /// - Throws: `unknown-name` for a regime without a clock.
    package static func of(_ regime: Regime) throws -> LegalClock {
        try lookUp(regime.rawValue, in: builtinRegimes, kind: "regime") { $0.regime.rawValue }
    }
}

/// The laws that are built in; a new one is a file in `Regimes` and a line here.
package let builtinRegimes: [LegalClock] = [gdprEUClock, gdprUKClock, ccpaClock]
