/// One place where a typed value stands in a text, and how it is written there.
package struct ValueOccurrence: Sendable, Equatable {
    package let kind: IdentifierKind
    /// UTF-8 offsets in the text.
    package let bytes: Range<Int>
    package let rendering: ValueRendering

    package init(kind: IdentifierKind, bytes: Range<Int>, rendering: ValueRendering) {
        self.kind = kind
        self.bytes = bytes
        self.rendering = rendering
    }
}

/// The written form of a value, apart from the value: enough to write another person's value in the
/// very same way.
package enum ValueRendering: Sendable, Equatable {
    /// As given; a final full stop belongs to the sentence and not to the value.
    case verbatim
    /// A calendar date in one of the usual written forms.
    case date(DateForm)
    /// Letters and digits with separators between them, e.g. `(721) 625-3765`.
    case characters(CharacterForm)
    /// A postal address of street, unit, city, state and postcode.
    case address(AddressForm)

    /// `canonical` written in this form; nil if it cannot be.
    package func render(_ canonical: String) -> String? {
        switch self {
        case .verbatim: canonical.isEmpty ? nil : withoutFullStop(canonical)
        case .date(let form): CalendarDate(canonical).map(form.write)
        case .characters(let form): form.write(canonical)
        case .address(let form): AddressParts(canonical).map(form.write)
        }
    }

    /// The written value in two halves, cut where another person's second half fits as well as this
    /// one's: between the parts of a date or an address, after the same character of a number. So a
    /// model that never saw either person has no reason to prefer the true second half.
    ///
    /// Nil if the value cannot be written in this form or has no such place.
    package func halves(_ canonical: String) -> (head: String, tail: String)? {
        switch self {
        case .verbatim: nil
        case .date(let form): CalendarDate(canonical).flatMap(form.halves)
        case .characters(let form): form.halves(canonical)
        case .address(let form): AddressParts(canonical).map(form.halves)
        }
    }
}

/// Finds a typed value in a text in any of its usual written forms.
///
/// - Parameters:
///   - value: canonical form: dates `1984-12-31`; phone and national numbers as digits; others as
///     they are.
///   - kind: decides which forms are tried.
///   - text: searched as UTF-8, exactly: letter case counts.
/// - Returns: non-overlapping places, in order; of overlapping ones the longest. A value that is not
///   in its canonical form is searched for verbatim.
package func valueOccurrences(
    of value: String, kind: IdentifierKind, in text: String
) -> [ValueOccurrence] {
    let haystack = Array(text.utf8)
    var found: [(bytes: Range<Int>, rendering: ValueRendering)] = []
    switch kind {
    case .dateOfBirth:
        if let date = CalendarDate(value) {
            for form in DateForm.all {
                let needle = Array(form.write(date).utf8)
                found += wholeWordMatches(of: needle, in: haystack).map { ($0, .date(form)) }
            }
        }
    case .phone, .nationalID, .customerID:
        found = CharacterForm.matches(of: value, in: haystack).map { ($0.0, .characters($0.1)) }
    case .address:
        if let parts = AddressParts(value) {
            found = AddressForm.matches(of: parts, in: haystack).map { ($0.0, .address($0.1)) }
        }
    case .email, .name, .username, .text, .recordID: break
    }
    if found.isEmpty {
        let needle = Array(withoutFullStop(value).utf8)
        found = wholeWordMatches(of: needle, in: haystack).map { ($0, .verbatim) }
    }
    return withoutOverlaps(
        found.map { ValueOccurrence(kind: kind, bytes: $0.bytes, rendering: $0.rendering) })
}

/// Drops every occurrence that overlaps one that starts before it, or at the same place and is
/// longer. The order of equal ones is kept, so the result does not depend on anything but the input.
package func withoutOverlaps(_ occurrences: [ValueOccurrence]) -> [ValueOccurrence] {
    let ordered = occurrences.enumerated().sorted { a, b in
        let (x, y) = (a.element.bytes, b.element.bytes)
        if x.lowerBound != y.lowerBound { return x.lowerBound < y.lowerBound }
        if x.count != y.count { return x.count > y.count }
        return a.offset < b.offset
    }
    var kept: [ValueOccurrence] = []
    for (_, occurrence) in ordered
    where occurrence.bytes.lowerBound >= kept.last?.bytes.upperBound ?? 0 {
        kept.append(occurrence)
    }
    return kept
}

func withoutFullStop(_ value: String) -> String {
    value.utf8.last == UInt8(ascii: ".") ? String(value.dropLast()) : value
}

func isAlphanumeric(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte > 127
}

func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

/// First place of `needle` that starts within `range`.
func firstMatch(of needle: [UInt8], in haystack: [UInt8], startingIn range: Range<Int>) -> Int? {
    guard !needle.isEmpty else { return nil }
    let end = min(range.upperBound, haystack.count - needle.count + 1)
    guard range.lowerBound < end else { return nil }
    return (range.lowerBound..<end).first { start in
        haystack[start] == needle[0]
            && haystack[start..<start + needle.count].elementsEqual(needle)
    }
}

/// Places where `needle` stands and does not continue a word or number on either side.
func wholeWordMatches(of needle: [UInt8], in haystack: [UInt8]) -> [Range<Int>] {
    guard let first = needle.first, let last = needle.last else { return [] }
    var ranges: [Range<Int>] = []
    var start = 0
    while let match = firstMatch(of: needle, in: haystack, startingIn: start..<haystack.count) {
        let end = match + needle.count
        let continuesBefore =
            match > 0 && isAlphanumeric(haystack[match - 1]) && isAlphanumeric(first)
        let continuesAfter =
            end < haystack.count && isAlphanumeric(haystack[end]) && isAlphanumeric(last)
        if !continuesBefore && !continuesAfter { ranges.append(match..<end) }
        start = match + 1
    }
    return ranges
}
