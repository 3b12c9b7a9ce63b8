/// A day of the proleptic Gregorian calendar, read from `1984-12-31`.
package struct CalendarDate {
    package let year: Int
    package let month: Int
    package let day: Int

    package init?(_ canonical: String) {
        let bytes = Array(canonical.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes.enumerated().allSatisfy({
                $0.offset == 4 || $0.offset == 7 || isDigit($0.element)
            })
        else { return nil }
        func number(_ range: Range<Int>) -> Int {
            bytes[range].reduce(0) { $0 * 10 + Int($1) - 48 }
        }
        year = number(0..<4)
        month = number(5..<7)
        day = number(8..<10)
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    }
}

/// A written form of a date: parts with literal text between them.
package struct DateForm: Sendable, Equatable {
    enum Part: Sendable, Equatable {
        case year, monthNumber, paddedMonthNumber, monthName, shortMonthName
        case day, paddedDay, ordinalDay
        case literal(String)
    }

    let parts: [Part]
    /// Index of the first part of the second half.
    let cut: Int

    private init(_ parts: Part..., cut: Int) {
        self.parts = parts
        self.cut = cut
    }

    /// Every form looked for. Of two forms that write a date in the same way the earlier counts, so
    /// that month-first is assumed for a date like `05/05/1984`.
    static let all: [DateForm] =
        [Part.monthName, .shortMonthName].flatMap { month in
            [
                DateForm(month, .literal(" "), .day, .literal(", "), .year, cut: 1),
                DateForm(month, .literal(" "), .paddedDay, .literal(", "), .year, cut: 1),
                DateForm(month, .literal(" "), .ordinalDay, .literal(", "), .year, cut: 1),
                DateForm(month, .literal(" "), .day, .literal(" "), .year, cut: 1),
                DateForm(month, .literal(" "), .ordinalDay, .literal(" "), .year, cut: 1),
                DateForm(.day, .literal(" "), month, .literal(" "), .year, cut: 3),
                DateForm(.paddedDay, .literal(" "), month, .literal(" "), .year, cut: 3),
                DateForm(.day, .literal(" "), month, .literal(", "), .year, cut: 3),
                DateForm(.ordinalDay, .literal(" "), month, .literal(" "), .year, cut: 3),
                DateForm(.ordinalDay, .literal(" of "), month, .literal(" "), .year, cut: 3),
                DateForm(.ordinalDay, .literal(" of "), month, .literal(", "), .year, cut: 3),
            ]
        }
        + ["-", "/", "."].flatMap { mark in
            let mark = Part.literal(mark)
            return [
                DateForm(.year, mark, .paddedMonthNumber, mark, .paddedDay, cut: 1),
                DateForm(.paddedMonthNumber, mark, .paddedDay, mark, .year, cut: 3),
                DateForm(.monthNumber, mark, .day, mark, .year, cut: 3),
                DateForm(.paddedDay, mark, .paddedMonthNumber, mark, .year, cut: 3),
                DateForm(.day, mark, .monthNumber, mark, .year, cut: 3),
            ]
        }
        + [DateForm(.year, .paddedMonthNumber, .paddedDay, cut: 1)]

    func write(_ date: CalendarDate) -> String { Self.text(parts[...], date) }

    func halves(_ date: CalendarDate) -> (head: String, tail: String)? {
        (Self.text(parts[..<cut], date), Self.text(parts[cut...], date))
    }

    private static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]

    private static func text(_ parts: ArraySlice<Part>, _ date: CalendarDate) -> String {
        func padded(_ number: Int, _ width: Int) -> String {
            String(repeating: "0", count: max(0, width - "\(number)".count)) + "\(number)"
        }
        return parts.map { part in
            switch part {
            case .year: padded(date.year, 4)
            case .monthNumber: "\(date.month)"
            case .paddedMonthNumber: padded(date.month, 2)
            case .monthName: monthNames[date.month - 1]
            case .shortMonthName: String(monthNames[date.month - 1].prefix(3))
            case .day: "\(date.day)"
            case .paddedDay: padded(date.day, 2)
            case .ordinalDay: "\(date.day)\(ordinalSuffix(date.day))"
            case .literal(let text): text
            }
        }.joined()
    }

    private static func ordinalSuffix(_ day: Int) -> String {
        switch day {
        case 1, 21, 31: "st"
        case 2, 22: "nd"
        case 3, 23: "rd"
        default: "th"
        }
    }
}
