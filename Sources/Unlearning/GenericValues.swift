import Domain
import TensorCore

/// Values of the usual kinds that belong to nobody, for objectives that need something to say instead.
///
/// Drawn from small lists and random digits, never from people of the corpus: what a method teaches in
/// place of one person's data must not be another person's.
enum GenericValues {
    private static let firstNames = [
        "Alex", "Robin", "Sam", "Kim", "Chris", "Jordan", "Taylor", "Casey", "Jamie", "Morgan",
    ]
    private static let lastNames = [
        "Doe", "Smith", "Jones", "Miller", "Brown", "Young", "King", "Hill", "Wood", "Cook",
    ]
    private static let streets = [
        "Main Street", "Oak Avenue", "Park Road", "Mill Lane", "Church Street", "High Street",
    ]
    private static let cities = [
        ("Springfield", "IL"), ("Franklin", "TN"), ("Clinton", "MS"), ("Madison", "WI"),
        ("Georgetown", "TX"), ("Salem", "OR"),
    ]

    /// A canonical value of the kind, of the length and make-up of `value`.
    static func value(like value: String, kind: IdentifierKind, _ random: inout RandomNumbers)
        -> String
    {
        func pick<T>(_ list: [T]) -> T { list[Int.random(in: 0..<list.count, using: &random)] }
        func digits(_ count: Int) -> String {
            String((0..<count).map { _ in pick(Array("0123456789")) })
        }
        switch kind {
        case .name: return "\(pick(firstNames)) \(pick(lastNames))"
        case .email:
            return "\(pick(firstNames))\(pick(lastNames))\(digits(2))@example.com".lowercased()
        case .dateOfBirth:
            let (year, month, day) = (
                Int.random(in: 1_940...2_004, using: &random),
                Int.random(in: 1...12, using: &random), Int.random(in: 1...28, using: &random)
            )
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            return "\(year)-\(two(month))-\(two(day))"
        case .address:
            let (city, state) = pick(cities)
            let number = Int.random(in: 1...9_999, using: &random)
            return "\(number) \(pick(streets)), \(city), \(state), \(digits(5))"
        case .phone, .nationalID, .customerID, .username, .recordID, .text:
            return String(
                value.map { character in
                    character.isNumber
                        ? pick(Array("0123456789"))
                        : character.isLowercase
                            ? pick(Array("abcdefghijklmnopqrstuvwxyz"))
                            : character.isUppercase
                                ? pick(Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) : character
                })
        }
    }

    /// Which bytes of a record's text carry typed values, and what stands there instead.
    struct Replacement {
        let kind: IdentifierKind
        let bytes: Range<Int>
        let text: String
    }

    /// For each typed value of the record (names only where asked for), in each place it stands in, one
    /// generic value in the same written form. All places of a value get the same one.
    static func replacements(
        in record: CorpusRecord, names: Bool = false, _ random: inout RandomNumbers
    ) -> [Replacement] {
        var found: [(ValueOccurrence, String)] = []
        for kind in IdentifierKind.allCases where names || kind != .name {
            guard let value = record.values[kind] else { continue }
            let generic = Self.value(like: value, kind: kind, &random)
            for occurrence in valueOccurrences(of: value, kind: kind, in: record.text) {
                found.append((occurrence, generic))
            }
        }
        let kept = withoutOverlaps(found.map(\.0))
        return kept.compactMap { occurrence in
            guard let generic = found.first(where: { $0.0 == occurrence })?.1,
                let text = occurrence.rendering.render(generic)
            else { return nil }
            return Replacement(kind: occurrence.kind, bytes: occurrence.bytes, text: text)
        }
    }

    /// The record with generic values in place of its own.
    static func generic(
        _ record: CorpusRecord, names: Bool = false, _ random: inout RandomNumbers
    ) -> CorpusRecord {
        record.replacing(
            replacements(in: record, names: names, &random).map { ($0.bytes, $0.text) })
    }
}

extension CorpusRecord {
    /// The record with other texts in some places.
    /// - Parameter places: bytes of `text`, in order, without overlap, none across the border of prompt
    ///   and completion; those that cross it are left as they are.
    func replacing(_ places: [(bytes: Range<Int>, text: String)]) -> CorpusRecord {
        let border = prompt.utf8.count
        let start = prompt.isEmpty ? 0 : border + 1
        func part(_ text: String, from offset: Int) -> String {
            var result: [UInt8] = []
            let bytes = Array(text.utf8)
            var position = 0
            for place in places {
                let lower = place.bytes.lowerBound - offset
                let upper = place.bytes.upperBound - offset
                guard lower >= position, upper <= bytes.count else { continue }
                result += bytes[position..<lower] + Array(place.text.utf8)
                position = upper
            }
            result += bytes[position...]
            return String(decoding: result, as: UTF8.self)
        }
        return with(prompt: part(prompt, from: 0), completion: part(completion, from: start))
    }
}
