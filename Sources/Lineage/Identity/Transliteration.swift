import Foundation

/// Spellings of a name in Latin letters, and of a Latin name in Cyrillic.
///
/// Passports, newspapers and people romanise differently, so each script has several tables. The
/// first is English usage (BGN/PCGN for Cyrillic, ELOT 743 for Greek); then come the passports'
/// (ICAO Doc 9303), German and scholarly usage. Other scripts are left to Foundation's transform,
/// which gives letters and not usage.
package enum Transliteration {
    private static let cyrillic: [Character: String] = table(
        "а a б b в v г g д d е e ё yo ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u "
            + "ф f х kh ц ts ч ch ш sh щ shch ъ - ы y ь - э e ю yu я ya і i ї yi є ye ґ g "
            + "ђ dj љ lj њ nj ћ c џ dz ј j ў u")

    private static let german = table(
        "ё jo ж sch з s в w й i х ch ц z ч tsch ш sch щ schtsch ю ju я ja")

    /// What other usages write otherwise.
    private static let cyrillicUsages: [[Character: String]] = [
        [:],
        table("ё e й i ю iu я ia ъ ie ї i є ie"),
        german,
        table("ё e й i х h ц c ю iu я ia"),
        table("ё e ж z й j х ch ц c ч c ш s щ sc ю ju я ja ї ji є je"),
    ]
    private static let ukrainian = table("г h и y")
    private static let ukrainianLetters = Set("іїєґ")

    private static let greek: [Character: String] = table(
        "α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f "
            + "χ ch ψ ps ω o")
    private static let greekUsages: [[Character: String]] = [
        [:], table("χ h υ i"), table("β b φ ph η e"),
    ]
    /// Pairs of letters with a sound of their own, replaced first.
    private static let greekPairs: [(String, String)] = [
        ("ου", "ou"), ("αυ", "av"), ("ευ", "ev"), ("γγ", "ng"), ("γκ", "gk"), ("μπ", "b"),
        ("ντ", "nt"), ("τζ", "tz"),
    ]

    private static let reverse: [(String, String)] = [
        ("shch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"),
        ("yu", "ю"), ("ya", "я"), ("yo", "ё"), ("ye", "е"), ("iy", "ий"), ("ai", "ай"),
        ("ei", "ей"), ("x", "кс"), ("qu", "кв"), ("ck", "к"), ("ph", "ф"), ("th", "т"),
        ("a", "а"), ("b", "б"), ("c", "к"), ("d", "д"), ("e", "е"), ("f", "ф"), ("g", "г"),
        ("h", "х"), ("i", "и"), ("j", "й"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"),
        ("o", "о"), ("p", "п"), ("q", "к"), ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"),
        ("v", "в"), ("w", "в"), ("y", "и"), ("z", "з"),
    ]

    private static func table(_ text: String) -> [Character: String] {
        let words = text.split(separator: " ")
        var table: [Character: String] = [:]
        for index in stride(from: 0, to: words.count - 1, by: 2) {
            table[Character(String(words[index]))] =
                words[index + 1] == "-" ? "" : String(words[index + 1])
        }
        return table
    }

    enum Script { case latin, cyrillic, greek, other }

    static func script(of text: String) -> Script {
        for scalar in text.unicodeScalars where scalar.properties.isAlphabetic {
            switch scalar.value {
            case ..<0x250, 0x1E00..<0x1F00: return .latin
            case 0x370..<0x400, 0x1F00..<0x2000: return .greek
            case 0x400..<0x530: return .cyrillic
            default: return .other
            }
        }
        return .latin
    }

    /// Latin spellings, the most usual first, none twice. Empty for Latin text.
    /// - Parameter text: lower case, composed.
    package static func latin(_ text: String) -> [String] {
        switch script(of: text) {
        case .latin: return []
        case .cyrillic:
            let isUkrainian = text.contains { ukrainianLetters.contains($0) }
            let spellings = cyrillicUsages.map { usage in
                spelled(text, cyrillic, isUkrainian ? usage.merging(ukrainian) { $1 } : usage)
            }
            // -iy and -yy of the first names are usually written -y or -i, -ii in German -i.
            func shortened(_ ending: String) -> String {
                spellings[0].replacingOccurrences(of: "iy", with: ending)
                    .replacingOccurrences(of: "yy", with: ending)
            }
            return IdentifierForms.distinct(
                [shortened("y"), shortened("i")]
                    + spellings.enumerated().map { index, spelling in
                        index == 2 ? spelling.replacingOccurrences(of: "ii", with: "i") : spelling
                    })
        case .greek:
            let bare = text.decomposedStringWithCanonicalMapping.unicodeScalars
                .filter { $0.properties.generalCategory != .nonspacingMark }
            var paired = String(String.UnicodeScalarView(bare))
            for (pair, sound) in greekPairs {
                paired = paired.replacingOccurrences(of: pair, with: sound)
            }
            return IdentifierForms.distinct(greekUsages.map { spelled(paired, greek, $0) })
        case .other:
            let latin = text.applyingTransform(
                StringTransform("Any-Latin; Latin-ASCII; Lower"), reverse: false)
            return latin.map { [$0] } ?? []
        }
    }

    /// A Latin name in Cyrillic letters, as a newspaper may write it; nil for other scripts.
    package static func cyrillic(_ text: String) -> String? {
        guard script(of: text) == .latin else { return nil }
        var result = ""
        var rest = IdentifierForms.folded(text)[...]
        while !rest.isEmpty {
            if let (latin, cyrillic) = reverse.first(where: { rest.hasPrefix($0.0) }) {
                let end = rest.index(rest.startIndex, offsetBy: latin.count)
                // Dmitry ends in -ий.
                let isEnding = latin == "y" && (end == rest.endIndex || rest[end] == " ")
                result += isEnding ? "ий" : cyrillic
                rest = rest[end...]
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }

    private static func spelled(
        _ text: String, _ table: [Character: String], _ usage: [Character: String]
    ) -> String {
        text.map { usage[$0] ?? table[$0] ?? String($0) }.joined()
    }
}
