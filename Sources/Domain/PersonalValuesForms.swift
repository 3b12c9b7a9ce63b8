/// A number or code as written: which separators stand before which character.
package struct CharacterForm: Sendable, Equatable {
    /// For each character of the value, what stands between it and the one before.
    let separators: [String]
    /// For each character, whether it is a digit; another value must have the same pattern.
    let isDigitAt: [Bool]

    /// From this length on a number is found inside a longer one too: it is there by no accident.
    private static let distinctiveCount = 7
    private static let shortestCount = 4
    private static let longestSeparator = 3
    private static let separatorBytes = Set(" -.()/".utf8)

    func write(_ canonical: String) -> String? {
        guard let pieces = pieces(canonical) else { return nil }
        return pieces.joined()
    }

    func halves(_ canonical: String) -> (head: String, tail: String)? {
        guard let pieces = pieces(canonical) else { return nil }
        let cut = pieces.count / 2
        return (pieces[..<cut].joined(), pieces[cut...].joined())
    }

    private func pieces(_ canonical: String) -> [String]? {
        let characters = canonical.utf8.filter(isAlphanumeric)
        guard characters.map(isDigit) == isDigitAt else { return nil }
        return zip(separators, characters).map { $0 + String(decoding: [$1], as: UTF8.self) }
    }

    static func matches(of value: String, in haystack: [UInt8]) -> [(Range<Int>, CharacterForm)] {
        let characters = value.utf8.filter(isAlphanumeric)
        guard characters.count >= shortestCount, characters.allSatisfy({ $0 < 128 }) else {
            return []
        }
        return haystack.indices.compactMap { start in
            match(of: characters, in: haystack, at: start)
        }
    }

    private static func match(
        of characters: [UInt8], in haystack: [UInt8], at start: Int
    ) -> (Range<Int>, CharacterForm)? {
        guard haystack[start] == characters[0] else { return nil }
        var separators = [""]
        var index = start + 1
        for character in characters.dropFirst() {
            let from = index
            while index < haystack.count, index - from < longestSeparator,
                separatorBytes.contains(haystack[index])
            {
                index += 1
            }
            guard index < haystack.count, haystack[index] == character else { return nil }
            separators.append(String(decoding: haystack[from..<index], as: UTF8.self))
            index += 1
        }
        let continues =
            start > 0 && isAlphanumeric(haystack[start - 1])
            || index < haystack.count && isAlphanumeric(haystack[index])
        guard !continues || characters.count >= distinctiveCount else { return nil }
        var begin = start
        if start > 0, haystack[start - 1] == UInt8(ascii: "("),
            separators.contains(where: { $0.utf8.contains(UInt8(ascii: ")")) })
        {
            begin -= 1
            separators[0] = "("
        }
        return (
            begin..<index, CharacterForm(separators: separators, isDigitAt: characters.map(isDigit))
        )
    }
}

/// An address in parts, read from `street[, unit], city, state, postcode[.]`.
package struct AddressParts {
    package let street: String
    package let unit: String?
    package let city: String
    package let state: String
    package let postcode: String

    package init?(_ canonical: String) {
        let parts = Self.split(withoutFullStop(canonical))
        guard parts.count >= 4, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        street = parts[0]
        unit = parts.count == 4 ? nil : parts[1..<parts.count - 3].joined(separator: ", ")
        city = parts[parts.count - 3]
        state = parts[parts.count - 2]
        postcode = parts[parts.count - 1]
    }

    private static func split(_ text: String) -> [String] {
        var parts: [[UInt8]] = [[]]
        for byte in text.utf8 {
            if byte == UInt8(ascii: ",") {
                parts.append([])
            } else {
                parts[parts.count - 1].append(byte)
            }
        }
        return parts.map { part in
            let trimmed = part.drop { $0 == UInt8(ascii: " ") }
            return String(decoding: trimmed, as: UTF8.self)
        }
    }
}

/// An address as written: what stands between its parts.
package struct AddressForm: Sendable, Equatable {
    enum Unit: Sendable, Equatable {
        /// The value has no unit; another's is written in the usual way.
        case absent
        /// The value has one that is not written here.
        case omitted
        case written(before: String)
    }

    let unit: Unit
    let beforeCity: String
    let beforeState: String
    let beforePostcode: String

    private static let longestStreetGap = 40
    private static let longestGap = 8

    func write(_ parts: AddressParts) -> String {
        let (head, tail) = halves(parts)
        return head + tail
    }

    func halves(_ parts: AddressParts) -> (head: String, tail: String) {
        var head = parts.street
        if let number = parts.unit {
            switch unit {
            case .absent: head += ", " + number
            case .omitted: break
            case .written(let before): head += before + number
            }
        }
        let tail = beforeCity + parts.city + beforeState + parts.state + beforePostcode
        return (head, tail + parts.postcode)
    }

    static func matches(of parts: AddressParts, in haystack: [UInt8]) -> [(Range<Int>, AddressForm)]
    {
        wholeWordMatches(of: Array(parts.street.utf8), in: haystack).compactMap { street in
            var end = street.upperBound
            func gap(before part: String, atMost limit: Int) -> String? {
                let needle = Array(part.utf8)
                guard
                    let start = firstMatch(
                        of: needle, in: haystack, startingIn: end..<end + limit + 1)
                else { return nil }
                defer { end = start + needle.count }
                return String(decoding: haystack[end..<start], as: UTF8.self)
            }
            guard let toCity = gap(before: parts.city, atMost: longestStreetGap),
                let toState = gap(before: parts.state, atMost: longestGap),
                let toPostcode = gap(before: parts.postcode, atMost: longestGap)
            else { return nil }
            let (unit, beforeCity) = splitGap(toCity, unit: parts.unit)
            return (
                street.lowerBound..<end,
                AddressForm(
                    unit: unit, beforeCity: beforeCity, beforeState: toState,
                    beforePostcode: toPostcode)
            )
        }
    }

    /// Finds the unit between street and city. A unit in other words (`Suite M` for `STE M`) counts
    /// as written, so that its substitute takes its place.
    private static func splitGap(_ gap: String, unit: String?) -> (Unit, beforeCity: String) {
        guard let unit else { return (.absent, gap) }
        let bytes = Array(gap.utf8)
        let needle = Array(unit.utf8)
        if let start = firstMatch(of: needle, in: bytes, startingIn: 0..<bytes.count) {
            let before = String(decoding: bytes[..<start], as: UTF8.self)
            return (
                .written(before: before),
                String(decoding: bytes[(start + needle.count)...], as: UTF8.self)
            )
        }
        if [", ", ",", " ", " in ", ", in "].contains(gap) { return (.omitted, gap) }
        return (.written(before: ", "), ", ")
    }
}
