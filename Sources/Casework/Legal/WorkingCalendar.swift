import Domain
import Foundation

/// Public holidays of the controller's place. They are data: without any, only weekends count.
package struct WorkingCalendar: Sendable, Equatable {
    /// Permanent id, e.g. `DE` or `GB-ENG`; nil for weekends only.
    package let id: String?
    /// The place in words.
    package let name: String
    package let holidays: Set<CivilDate>
    /// Years the holidays are known for; outside of them only weekends count. Nil means every year.
    package let years: ClosedRange<Int>?
    /// SHA-256 of the calendar's file; kept in each case that is counted by it.
    package let digest: Digest?

    package init(
        holidays: Set<CivilDate> = [], id: String? = nil, name: String = "",
        years: ClosedRange<Int>? = nil, digest: Digest? = nil
    ) {
        self.holidays = holidays
        self.id = id
        self.name = name
        self.years = years
        self.digest = digest
    }

    package func isWorkingDay(_ date: CivilDate) -> Bool {
        !date.isWeekend && !holidays.contains(date)
    }

    package func covers(_ date: CivilDate) -> Bool { years?.contains(date.year) ?? true }

    /// The date itself if it is a working day, otherwise the next one that is.
    package func workingDay(onOrAfter date: CivilDate) -> CivilDate {
        var date = date
        while !isWorkingDay(date) { date = date.adding(days: 1) }
        return date
    }

    /// The day that is `count` working days after a date, which itself is not counted.
    package func day(workingDays count: Int, after date: CivilDate) -> CivilDate {
        var (date, left) = (date, count)
        while left > 0 {
            date = date.adding(days: 1)
            if isWorkingDay(date) { left -= 1 }
        }
        return date
    }

    /// Working days after `start` up to and including `end`.
    package func workingDayCount(after start: CivilDate, through end: CivilDate) -> Int {
        guard start < end else { return 0 }
        return (start.daysSince1970 + 1...end.daysSince1970).count {
            isWorkingDay(CivilDate(daysSince1970: $0))
        }
    }
}

extension WorkingCalendar {
    /// First line of a calendar's file. Then come `id`, `name` and `source`, each with a value, and
    /// a line per year: the year, and its holidays as `MM-DD` in ascending order.
    static let form = "lethe-holidays 1"

    /// Reads a calendar's file.
    /// - Throws: `malformed-calendar` with the number of the line.
    package init(parsing data: Data) throws {
        let lines = String(decoding: data, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        func malformed(_ number: Int, _ what: String) -> CaseworkError {
            CaseworkError(
                .malformedCalendar, "Line \(number) of a holiday calendar: \(what).",
                details: ["line": String(number)],
                remedy: "Write it as Tests/Fixtures/casework/make_calendars.py does.")
        }
        func header(_ number: Int, _ key: String) throws -> String {
            guard lines.count > number, lines[number].hasPrefix(key + " ") else {
                throw malformed(number + 1, "expected `\(key)`")
            }
            return String(lines[number].dropFirst(key.count + 1))
        }
        guard lines.first.map(String.init) == Self.form, lines.last?.isEmpty == true else {
            throw malformed(1, "expected `\(Self.form)`, and a line end after the last line")
        }
        let id = try header(1, "id")
        let name = try header(2, "name")
        _ = try header(3, "source")
        var holidays: Set<CivilDate> = []
        var years: [Int] = []
        for (offset, line) in lines.dropFirst(4).dropLast().enumerated() {
            let words = line.split(separator: " ")
            guard let first = words.first, let year = Int(first),
                year == (years.last.map { $0 + 1 } ?? year)
            else { throw malformed(offset + 5, "the years are not consecutive") }
            years.append(year)
            let dates = words.dropFirst().compactMap { CivilDate("\(first)-\($0)") }
            guard dates.count == words.count - 1, dates == dates.sorted(),
                Set(dates).count == dates.count
            else { throw malformed(offset + 5, "expected ascending dates as MM-DD") }
            holidays.formUnion(dates)
        }
        guard let first = years.first, let last = years.last else {
            throw malformed(5, "there are no years")
        }
        self.init(
            holidays: holidays, id: id, name: name, years: first...last, digest: Digest(of: data))
    }
}
