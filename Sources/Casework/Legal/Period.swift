import Domain

/// A period of a law, counted as Regulation (EEC, Euratom) No 1182/71 Art. 3 counts: the day of the
/// event is not part of it (1), it ends with the last hour of its last day (2), weekends and holidays
/// count inside it (3).
package enum Period: Sendable, Equatable {
    case months(Int)
    case days(Int)

    /// The day of the same date, or the last day of a month that has no such date; for days, that
    /// many days later. Not moved over weekends or holidays.
    package func end(after start: CivilDate) -> CivilDate {
        switch self {
        case .months(let count): start.adding(months: count)
        case .days(let count): start.adding(days: count)
        }
    }

    /// The end under the whole of Art. 3: on a Saturday, Sunday or holiday it moves to the next working
    /// day (4), and a period of two days or more holds at least two working days (5).
    /// - Parameter extraDays: days on which the period did not run.
    package func regulatedEnd(
        after start: CivilDate, extraDays: Int = 0, _ calendar: WorkingCalendar
    ) -> CivilDate {
        var end = calendar.workingDay(onOrAfter: end(after: start).adding(days: extraDays))
        guard self != .days(0), self != .days(1) else { return end }
        while calendar.workingDayCount(after: start, through: end) < 2 {
            end = calendar.workingDay(onOrAfter: end.adding(days: 1))
        }
        return end
    }

    /// `one month`, `45 days`.
    package var inWords: String {
        switch self {
        case .months(1): "one month"
        case .months(let count): "\(count) months"
        case .days(let count): "\(count) days"
        }
    }
}
