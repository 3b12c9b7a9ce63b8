import Foundation

/// A moment in UTC with a resolution of one second, written as RFC 3339 (`2026-03-05T09:14:00Z`).
package struct Timestamp: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00Z.
    package let secondsSince1970: Int64

    package init(secondsSince1970: Int64) { self.secondsSince1970 = secondsSince1970 }
    package init(_ date: Date) {
        secondsSince1970 = Int64(date.timeIntervalSince1970.rounded(.down))
    }

    /// Parses RFC 3339 with an offset or `Z`; a fraction of a second is dropped. Also takes a plain
    /// date (`2026-03-05`), meaning its first second in UTC.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ from: Int, _ count: Int) -> Int? {
            guard from + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[from..<from + count] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            return value
        }
        guard bytes.count >= 10, bytes[4] == 45, bytes[7] == 45,
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            (1...12).contains(month), day >= 1, day <= Self.dayCount(year, month)
        else { return nil }
        var seconds = Self.daysSince1970(year, month, day) * 86_400
        if bytes.count > 10 {
            guard bytes.count >= 20, bytes[10] == 84 || bytes[10] == 116 || bytes[10] == 32,
                bytes[13] == 58, bytes[16] == 58,
                let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
                hour < 24, minute < 60, second <= 60
            else { return nil }
            seconds += hour * 3_600 + minute * 60 + min(second, 59)
            var index = 19
            if bytes[index] == 46 {
                index += 1
                let start = index
                while index < bytes.count, (48...57).contains(bytes[index]) { index += 1 }
                guard index > start else { return nil }
            }
            guard index < bytes.count else { return nil }
            switch bytes[index] {
            case 90, 122:
                guard index == bytes.count - 1 else { return nil }
            case 43, 45:
                guard bytes.count == index + 6, bytes[index + 3] == 58,
                    let hours = number(index + 1, 2), let minutes = number(index + 4, 2),
                    hours < 24, minutes < 60
                else { return nil }
                let offset = hours * 3_600 + minutes * 60
                seconds -= bytes[index] == 43 ? offset : -offset
            default: return nil
            }
        }
        secondsSince1970 = Int64(seconds)
    }

    package var description: String {
        let (days, rest) = Self.floorDivide(Int(secondsSince1970), 86_400)
        let (year, month, day) = Self.civilDate(days)
        func pad(_ value: Int, _ width: Int = 2) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(pad(year, 4))-\(pad(month))-\(pad(day))"
            + "T\(pad(rest / 3_600)):\(pad(rest / 60 % 60)):\(pad(rest % 60))Z"
    }

    /// The calendar date in UTC, `2026-03-05`.
    package var dateText: String { String(description.prefix(10)) }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Timestamp(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an RFC 3339 time")
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package static func < (a: Timestamp, b: Timestamp) -> Bool {
        a.secondsSince1970 < b.secondsSince1970
    }

    /// Days in a month of the proleptic Gregorian calendar.
    package static func dayCount(_ year: Int, _ month: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 to the given civil date (Hinnant's algorithm, from March to February).
    package static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floorDivide(shifted, 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The civil date of a day number, inverse of `daysSince1970`.
    package static func civilDate(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func floorDivide(_ a: Int, _ b: Int) -> (quotient: Int, remainder: Int) {
        let quotient = a >= 0 ? a / b : -((-a + b - 1) / b)
        return (quotient, a - quotient * b)
    }
}

/// Where the present time comes from; tests give a fixed one.
package protocol Clock: Sendable {
    func now() -> Timestamp
}

package struct SystemClock: Clock {
    package init() {}
    package func now() -> Timestamp { Timestamp(Date()) }
}

package struct FixedClock: Clock {
    package let time: Timestamp
    package init(_ time: Timestamp) { self.time = time }
    package func now() -> Timestamp { time }
}
