import Domain

/// A day of the calendar, without a time.
package struct CivilDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let year: Int
    /// 1...12
    package let month: Int
    /// 1...31
    package let day: Int

    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date of a moment in UTC.
    package init(_ time: Timestamp) {
        let seconds = time.secondsSince1970
        let days = seconds >= 0 ? seconds / 86_400 : -((-seconds + 86_399) / 86_400)
        self.init(daysSince1970: Int(days))
    }

    package init(daysSince1970: Int) {
        let (year, month, day) = Timestamp.civilDate(daysSince1970)
        self.init(year: year, month: month, day: day)
    }

    /// Parses `2026-03-05` and nothing else.
    package init?(_ text: String) {
        guard text.utf8.count == 10, let time = Timestamp(text) else { return nil }
        self.init(time)
    }

    package var daysSince1970: Int { Timestamp.daysSince1970(year, month, day) }

    package func adding(days: Int) -> CivilDate {
        CivilDate(daysSince1970: daysSince1970 + days)
    }

    /// The same day of a later month, or that month's last day where it has no such day.
    package func adding(months: Int) -> CivilDate {
        let index = year * 12 + (month - 1) + months
        let (newYear, newMonth) = (index / 12, index % 12 + 1)
        return CivilDate(
            year: newYear, month: newMonth, day: min(day, Timestamp.dayCount(newYear, newMonth)))
    }

    package var isWeekend: Bool {
        // 1970-01-01 was a Thursday: 0 = Monday ... 5 = Saturday, 6 = Sunday.
        let weekday = ((daysSince1970 + 3) % 7 + 7) % 7
        return weekday >= 5
    }

    /// 23:59:59 UTC of the day: a period ends with the last hour of its last day.
    package var lastSecond: Timestamp {
        Timestamp(secondsSince1970: Int64(daysSince1970) * 86_400 + 86_399)
    }

    package var description: String { lastSecond.dateText }

    package static func < (a: CivilDate, b: CivilDate) -> Bool {
        a.daysSince1970 < b.daysSince1970
    }
}

/// Public holidays of the controller's place. They are data: without any, only weekends count.
package struct WorkingCalendar: Sendable, Equatable {
    package let holidays: Set<CivilDate>

    package init(holidays: Set<CivilDate> = []) { self.holidays = holidays }

    /// The date itself if it is a working day, otherwise the next one that is.
    package func workingDay(onOrAfter date: CivilDate) -> CivilDate {
        var date = date
        while date.isWeekend || holidays.contains(date) { date = date.adding(days: 1) }
        return date
    }
}

/// How one law counts its periods.
package struct LegalClock: Sendable {
    package let regime: Regime
    package let title: String
    /// The provisions the rules were taken from.
    package let source: String
    /// The last day to tell the person what was done, from the day of receipt.
    package let dueDate: @Sendable (CivilDate, WorkingCalendar) -> CivilDate
    /// The last day if the period was extended in time, counted from the day of receipt as well.
    package let extendedDueDate: @Sendable (CivilDate, WorkingCalendar) -> CivilDate

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

/// The laws that are built in; a new one is a file beside these and a line here.
package let builtinRegimes: [LegalClock] = [gdprEUClock, gdprUKClock, ccpaClock]
