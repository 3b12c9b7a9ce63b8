import Domain

/// How much a match says about who a record is about. In ascending order.
package enum MatchStrength: String, CaseIterable, Comparable, Codable, Sendable {
    /// Shared by many people: corroborates only (initials, a street, a year of two digits).
    case weak
    /// A reading of what was given, likely but not certain (a nickname, a dropped middle name).
    case probable
    /// The full name as given, whatever its order or script: decides where one person bears it.
    case fullName = "full-name"
    /// Belongs to one person.
    case strong

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    package static func < (left: MatchStrength, right: MatchStrength) -> Bool {
        left.rank < right.rank
    }
}

/// One posting that an identifier is looked up under, and why.
struct MatchKey {
    let group: PostingGroup
    /// Nil if the request gives only a hash.
    let form: Sensitive<String>?
    /// SHA-256 of the form, lower-case hexadecimal.
    let hash: String
    /// The rule that derived the form, e.g. `email`, `email-without-tag`, `phone-national`.
    let rule: String
    let strength: MatchStrength

    /// Whether the form is another than those of the value given.
    var isDerived: Bool { IdentifierKind(rawValue: rule) == nil }
}

/// One sequence of words that is searched for in the texts, and why.
struct ClosurePhrase {
    let phrase: Phrase
    /// The rule that derived the phrase, e.g. `name-phrase`, `name-initials`.
    let rule: String
    let strength: MatchStrength

    /// Whether the words are others than those given.
    var isDerived: Bool { !Self.direct.contains(rule) }

    private static let direct = Set(
        IdentifierKind.allCases.map { $0.rawValue + "-phrase" } + ["name-inverted"])
}

/// How many keys and phrases a rule derived from a request; holds no values.
package struct ClosureRuleCount: Codable, Sendable, Equatable {
    package let rule: String
    package let strength: MatchStrength
    /// Postings looked up.
    package let keyCount: Int
    /// Phrases searched for in the texts.
    package let phraseCount: Int
}
