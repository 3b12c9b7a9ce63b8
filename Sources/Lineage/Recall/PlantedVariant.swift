/// The disguises in which a recall measurement plants a person: one record each, which holds
/// nothing else the person could be found by.
enum PlantedVariant: String, CaseIterable {
    case exact
    case letterCase = "letter-case"
    case diacriticsFolded = "diacritics-folded"
    case nameOrder = "name-order"
    case initials
    case hyphen
    case emailObfuscated = "email-obfuscated"
    case emailTag = "email-tag"
    case htmlEntity = "html-entity"
    case percentEncoding = "percent-encoding"
    case zeroWidth = "zero-width"
    case confusable
    case phoneFormat = "phone-format"
    case dateSpelling = "date-spelling"
    case nearDuplicate = "near-duplicate"
    case quote
    case threadNeighbour = "thread-neighbour"

    /// The record's text.
    /// - Parameters:
    ///   - story: two dozen sentences' worth of the person's own words, which `exact` tells.
    ///   - number: of the person; chooses among spellings of the same kind.
    func text(
        _ person: PlantedPerson, story: [String], number: Int, _ random: inout SeededRandom
    ) -> String {
        let email = person.email
        let (local, domain) = Self.parts(email)
        let filler = PlantedText.words(8, &random).joined(separator: " ")
        func mail(_ address: String) -> String { "Please write to \(address) about \(filler)." }
        switch self {
        case .exact:
            return "\(person.name) (\(email)) wrote: " + story.joined(separator: " ") + "."
        case .letterCase: return mail(email.uppercased())
        case .diacriticsFolded:
            return "\(PlantedPerson.plain(person.name)) asked about \(filler)."
        case .nameOrder:
            return "\(person.family), \(person.given.joined(separator: "-")): \(filler)."
        case .initials:
            let letters = person.given.map { $0.prefix(1) + "." }
            let given = number % 2 == 0 ? letters.joined(separator: " ") : String(letters[0])
            return "\(given) \(person.family) asked about \(filler)."
        case .hyphen:
            return "\(person.given.joined(separator: " ")) \(person.family) asked about \(filler)."
        case .emailObfuscated:
            let forms = [
                ("[at]", "[dot]"), (" (at) ", " (dot) "), (" [at] ", "."), (" at ", " dot "),
            ]
            let (at, dot) = forms[number % forms.count]
            return mail(local + at + domain.split(separator: ".").joined(separator: dot))
        case .emailTag: return mail("\(local)+news@\(domain)")
        case .htmlEntity:
            let signs = ["&#64;", "&#x40;", "&commat;"]
            return mail(local + signs[number % signs.count] + domain)
        case .percentEncoding: return mail("mailto:\(local)%40\(domain)?subject=\(number)")
        case .zeroWidth:
            let marks = ["\u{200B}", "\u{200D}", "\u{00AD}", "\u{2060}"]
            let mark = marks[number % marks.count]
            return mail(local.prefix(2) + mark + local.dropFirst(2) + "@" + mark + domain)
        case .confusable:
            return mail(number % 2 == 0 ? Self.lookalike(email) : Self.wide(email))
        case .phoneFormat:
            let (area, rest) = (person.area, person.subscriber)
            let forms = [
                "0049 \(area) \(rest)", "+49 (0)\(area) \(rest)", "(0\(area)) \(rest)",
                "0\(area)/\(rest.prefix(3)) \(rest.dropFirst(3).prefix(2)) \(rest.dropFirst(5))",
                "+49\(area)\(rest)", "0\(area)-\(rest.prefix(3))-\(rest.dropFirst(3))",
            ]
            return "Call \(forms[number % forms.count]) about \(filler)."
        case .dateSpelling:
            return "\(person.given[0]), born \(Self.spelled(person, number)), likes \(filler)."
        case .nearDuplicate:
            // One word in twenty replaced, name and address gone.
            var words = story
            for index in stride(from: 7, to: words.count, by: 20) {
                words[index] = PlantedText.words(1, &random).joined()
            }
            return "A customer wrote: " + words.joined(separator: " ") + "."
        case .quote:
            let start = random.below(max(1, story.count - Self.quotedWordCount))
            let quoted = story[start..<min(story.count, start + Self.quotedWordCount)]
            return PlantedText.words(60, &random).joined(separator: " ") + ": "
                + quoted.joined(separator: " ") + ". " + filler + "."
        case .threadNeighbour:
            return "\(person.pronoun) said that \(filler)."
        }
    }

    private static let quotedWordCount = 50

    private static func parts(_ email: String) -> (local: String, domain: String) {
        let parts = email.split(separator: "@", maxSplits: 1).map(String.init)
        return (parts.first ?? "", parts.last ?? "")
    }

    /// Latin letters replaced by Cyrillic ones that look the same.
    private static func lookalike(_ text: String) -> String {
        let letters: [Character: Character] = ["a": "а", "e": "е", "o": "о", "p": "р", "c": "с"]
        return String(text.map { letters[$0] ?? $0 })
    }

    /// Full-width forms of the printable ASCII characters.
    private static func wide(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    (33...126).contains(scalar.value)
                        ? Unicode.Scalar(scalar.value + 0xFEE0) ?? scalar : scalar
                }))
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]

    private static func spelled(_ person: PlantedPerson, _ number: Int) -> String {
        let (year, month, day) = person.birth
        let name = months[month - 1]
        let forms = [
            "\(name) \(day), \(year)", "\(day) \(name) \(year)", "\(day).\(month).\(year)",
            "\(month)/\(day)/\(year)", "\(name.prefix(3)). \(day) \(year)",
            "\(day)th of \(name) \(year)",
        ]
        return forms[number % forms.count]
    }
}

/// Words that mean nothing, for what stands around the planted keys.
enum PlantedText {
    private static let onsets = [
        "b", "br", "d", "dr", "f", "fl", "g", "gr", "h", "k", "kl", "l", "m", "n", "p", "pr", "r",
        "s", "st", "t", "tr", "v", "w", "z",
    ]
    private static let rimes = [
        "ab", "ade", "al", "and", "ar", "eck", "ed", "ell", "en", "ib", "ime", "in", "ip", "od",
        "ole", "om", "on", "or", "ub", "ull", "un", "ur",
    ]

    static func words(_ count: Int, _ random: inout SeededRandom) -> [String] {
        (0..<count).map { _ in
            (0...random.below(3)).map { _ in
                random.element(of: onsets) + random.element(of: rimes)
            }.joined()
        }
    }
}
