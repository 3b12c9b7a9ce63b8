import Domain

/// A day of the calendar, without a time. In JSON it is its text, `2026-03-05`.
package struct CivilDate: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
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

    /// 0 = Monday ... 6 = Sunday.
    package var weekday: Int {
        // 1970-01-01 was a Thursday.
        ((daysSince1970 + 3) % 7 + 7) % 7
    }

    package var isWeekend: Bool { weekday >= 5 }

    package var weekdayName: String {
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][weekday]
    }

    /// `Tuesday 2026-04-07`.
    package var inWords: String { "\(weekdayName) \(self)" }

    /// 23:59:59 UTC of the day: a period ends with the last hour of its last day.
    package var lastSecond: Timestamp {
        Timestamp(secondsSince1970: Int64(daysSince1970) * 86_400 + 86_399)
    }

    package var description: String { lastSecond.dateText }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let date = CivilDate(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a calendar date")
        }
        self = date
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package static func < (a: CivilDate, b: CivilDate) -> Bool {
        a.daysSince1970 < b.daysSince1970
    }
}
