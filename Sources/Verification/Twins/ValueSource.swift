import Domain
import TensorCore

/// Invents values of one kind and shape.
protocol ValueSource: Sendable {
    /// - Returns: a value in canonical form. It may be anybody's; the caller looks.
    func draw(_ random: inout RandomNumbers) -> String
}

/// Numbers and codes, character by character.
///
/// Each character is drawn from what stands in its place in the known values, as long as
/// `sharedCount` of them begin with what was drawn so far from those alone: so common area codes
/// stay whole, and no single person's number is followed. Where the drawn character is one that a
/// single value has there, any of its class takes its place: the share of such values is what
/// characters not seen yet are due (Good and Turing; Good 1953), and it is none where all values
/// agree, as they do in a prefix.
struct CharacterSource: ValueSource {
    /// UTF-8 of values of one shape.
    private let known: [[UInt8]]
    private let shape: [UInt8]

    private static let sharedCount = 10

    /// - Parameter known: values of this shape, at least one.
    init(_ known: [String], shape: String) {
        self.known = known.map { Array($0.utf8) }
        self.shape = Array(shape.utf8)
    }

    func draw(_ random: inout RandomNumbers) -> String {
        var drawn: [UInt8] = []
        var alike = known
        for (place, kind) in shape.enumerated() {
            guard let first = Self.firstOfClass[kind] else {
                drawn.append(kind)
                continue
            }
            let size = kind == UInt8(ascii: "9") ? 10 : 26
            let from = alike.count >= Self.sharedCount ? alike : known
            var next = from[random.integer(below: from.count)][place]
            if from.count(where: { $0[place] == next }) == 1 {
                next = first + UInt8(random.integer(below: size))
            }
            drawn.append(next)
            alike = alike.filter { $0[place] == next }
        }
        return String(decoding: drawn, as: UTF8.self)
    }

    private static let firstOfClass: [UInt8: UInt8] = [
        UInt8(ascii: "9"): 48, UInt8(ascii: "A"): 65, UInt8(ascii: "a"): 97,
    ]
}

/// Days of the calendar: the year of a known date moved a little within the years seen, then any of
/// the year's days.
struct DateSource: ValueSource {
    private let years: [Int]
    private let reach: Int
    private let range: ClosedRange<Int>

    /// - Returns: nil without a date.
    init?(_ known: [String]) {
        years = known.compactMap { CalendarDate($0)?.year }
        guard let first = years.min(), let last = years.max() else { return nil }
        range = first...last
        // Fewer dates leave wider gaps between the years to fill.
        reach = Int((Double(last - first) / Double(years.count).squareRoot()).rounded(.up))
    }

    func draw(_ random: inout RandomNumbers) -> String {
        var year: Int
        repeat {
            year = years[random.integer(below: years.count)]
            year += random.integer(below: 2 * reach + 1) - reach
        } while !range.contains(year)
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var day = random.integer(below: isLeap ? 366 : 365)
        var month = 0
        while day >= lengths[month] {
            day -= lengths[month]
            month += 1
        }
        return "\(padded(year, 4))-\(padded(month + 1, 2))-\(padded(day + 1, 2))"
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
