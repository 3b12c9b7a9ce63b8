import Foundation

/// An invented person of a recall measurement. No two of one seed share a family name, an address
/// or a number; all addresses are in domains reserved for examples (RFC 2606).
struct PlantedPerson {
    /// Two given names, with accents in at least one.
    let given: [String]
    let family: String
    let email: String
    /// National significant number: area code without its zero, then the subscriber's number.
    let area: String
    let subscriber: String
    let birth: (year: Int, month: Int, day: Int)
    let pronoun: String

    var name: String { given.joined(separator: "-") + " " + family }
    var phone: String { "+49 \(area) \(subscriber)" }
    var birthDate: String {
        Self.two(birth.year) + "-\(Self.two(birth.month))-\(Self.two(birth.day))"
    }

    private static let givenNames = [
        "Zoë", "José", "Søren", "Łucja", "Åsa", "Inès", "Jörg", "Noémi", "Marián", "Børge", "Aña",
        "Dóra", "Renée", "Göran", "Šárka", "Élodie",
    ]
    private static let secondNames = [
        "Marie", "Paul", "Ruth", "Karl", "Rosa", "Emil", "Clara", "Hugo", "Nora", "Felix",
    ]
    private static let syllables = [
        "bar", "den", "fol", "gim", "har", "jul", "kes", "lom", "mir", "nod", "pel", "quan", "ros",
        "sul", "tam", "ven", "wic", "yor", "zed", "bri", "cra", "dro", "fle", "gro",
    ]

    /// - Parameters:
    ///   - number: 0 ..< 13 824; another number is another family.
    ///   - namesake: whose name this person bears.
    init(number: Int, namesake: PlantedPerson? = nil, _ random: inout SeededRandom) {
        let count = Self.syllables.count
        // 5 and the number of syllables cubed have no common divisor, so families differ.
        let code = (number * 4105) % (count * count * count)
        let stem =
            Self.syllables[code % count] + Self.syllables[code / count % count]
            + Self.syllables[code / count / count % count]
        let own = [Self.givenNames, Self.secondNames].map { random.element(of: $0) }
        given = namesake?.given ?? own
        family = namesake?.family ?? stem.prefix(1).uppercased() + stem.dropFirst() + "é"
        // A namesake's address may be made of the name, too.
        let local =
            namesake == nil
            ? stem : number % 2 == 0 ? Self.plain(family) + "2" : "\(stem)\(random.below(90) + 10)"
        let domain = "example." + random.element(of: ["org", "net"])
        email = "\(Self.plain(given[0])).\(local)@\(domain)".lowercased()
        area = random.element(of: ["30", "40", "89", "221"])
        let digits = 2_000_000 + number * 2 + (namesake == nil ? 0 : 1)
        subscriber = "\(digits)"
        let year = 1940 + random.below(60) + (namesake == nil ? 0 : 1)
        // Later than the twelfth: day and month cannot be confused.
        let month = 1 + random.below(12)
        birth = (year == namesake?.birth.year ? year + 1 : year, month, 13 + random.below(15))
        pronoun = random.element(of: ["She", "He"])
    }

    /// Without accents.
    static func plain(_ text: String) -> String {
        var folder = TextFolder()
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        return words.map { word in
            let parts = word.split(separator: "-", omittingEmptySubsequences: false).map {
                let folded = folder.foldedText(String($0))
                return folded.prefix(1).uppercased() + folded.dropFirst()
            }
            return parts.joined(separator: "-")
        }.joined(separator: " ")
    }

    static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// Random numbers that depend on the seed only: SplitMix64 (Steele, Lea, Flood 2014).
struct SeededRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    /// 0 ..< bound; the bias of the remainder is below 2^-40 for the bounds in use.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

    /// - Precondition: the list is one of this folder's constants, none of which is empty.
    mutating func element(of list: [String]) -> String { list[below(list.count)] }
}
