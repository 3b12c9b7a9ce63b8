import Foundation

/// A person's name, taken apart: `Dr. José María de la Cruz, Jr.`, `Cruz, José María de la`.
///
/// Parts are lower case with their diacritics; a hyphenated part is one part.
struct PersonName {
    /// Given and middle names; at least one.
    let given: [String]
    /// `van`, `de la`: what stands before the family name.
    let particles: [String]
    let family: String
    /// Names given in quotes or brackets: William "Bill" Gates.
    let callNames: [String]
    /// Family names at birth: Anna Weber née Fink.
    let formerFamilies: [String]

    private static let titles: Set<String> = [
        "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "doctor", "sir", "dame",
        "lady", "lord", "rev", "fr", "herr", "frau", "hr", "fr", "dipl-ing", "mag", "ing", "m",
        "mme", "mlle", "monsieur", "madame", "señor", "señora", "sr", "sra", "srta", "don", "doña",
        "dom", "sig", "signor", "signora", "dott", "dhr", "mevr", "mw",
    ]
    private static let suffixes: Set<String> = [
        "jr", "sr", "junior", "senior", "ii", "iii", "iv", "phd", "md", "esq", "mba", "msc", "bsc",
        "jun", "sen", "filho", "neto",
    ]
    private static let particleWords: Set<String> = [
        "van", "von", "vom", "de", "der", "den", "del", "della", "di", "da", "do", "dos", "das",
        "du", "des", "la", "le", "les", "el", "al", "bin", "ibn", "ben", "bint", "ter", "ten",
        "te", "zu", "zum", "zur", "af", "av", "san", "santa", "st", "mac", "mc", "o", "y", "e",
        "'t", "d'", "abu",
    ]
    private static let birthWords: Set<String> = [
        "née", "nee", "né", "geb", "geborene", "geboren", "formerly", "born",
    ]

    /// Nil if it is not at least a given and a family name.
    init?(_ value: String) {
        let text = IdentifierForms.collapsed(value).precomposedStringWithCanonicalMapping
            .lowercased()
        var callNames: [String] = []
        let pieces = text.split(separator: ",").map { piece in
            Self.words(String(piece), callNames: &callNames)
        }
        guard let first = pieces.first else { return nil }
        var former: [String] = []
        var words = first
        var isInverted = false
        if let second = pieces.dropFirst().first(where: { !$0.isEmpty }),
            !second.allSatisfy(Self.isSuffix)
        {
            words = Self.trimmed(second) + Self.trimmed(first)
            isInverted = true
        }
        if let place = words.firstIndex(where: { Self.birthWords.contains(Self.bare($0)) }),
            place > 1
        {
            former = [words[(place + 1)...].joined(separator: " ")].filter { !$0.isEmpty }
            words = Array(words[..<place])
        }
        words = Self.trimmed(words)
        guard words.count > 1 else { return nil }
        var start = words.count - 1
        if isInverted { start = max(1, words.count - Self.trimmed(first).count) }
        while start > 1, Self.particleWords.contains(words[start - 1]) { start -= 1 }
        let tail = words[start...]
        let particles = tail.prefix { Self.particleWords.contains($0) }
        let family = tail.dropFirst(particles.count)
        guard !family.isEmpty else { return nil }
        given = Array(words[..<start])
        self.particles = Array(particles)
        self.family = family.joined(separator: " ")
        self.callNames = callNames
        formerFamilies = former
    }

    /// Words, without the full stops of abbreviations; quoted ones go to the call names.
    private static func words(_ piece: String, callNames: inout [String]) -> [String] {
        let quotes: Set<Character> = ["\"", "“", "”", "„", "(", ")", "«", "»"]
        var words: [String] = []
        for word in piece.split(separator: " ") {
            let plain = word.filter { !quotes.contains($0) }
            if plain.count < word.count, word.first.map(quotes.contains) == true,
                word.last.map(quotes.contains) == true
            {
                callNames.append(plain)
            } else if !plain.isEmpty {
                words.append(plain)
            }
        }
        return words
    }

    private static func bare(_ word: String) -> String { word.filter { $0 != "." } }
    private static func isSuffix(_ word: String) -> Bool { suffixes.contains(bare(word)) }

    /// Without titles before and suffixes after the name.
    private static func trimmed(_ words: [String]) -> [String] {
        var words = words[...]
        while words.count > 1, let first = words.first, titles.contains(bare(first)) {
            words.removeFirst()
        }
        while words.count > 1, let last = words.last, isSuffix(last) { words.removeLast() }
        return Array(words)
    }

    /// Whether a name has at least two words beside titles and suffixes, so that it can name one
    /// person. Scripts without spaces count each ideograph.
    static func isFull(_ value: String) -> Bool {
        if PersonName(value) != nil { return true }
        var ignored: [String] = []
        let words = trimmed(
            words(IdentifierForms.collapsed(value).lowercased(), callNames: &ignored))
        var folder = TextFolder()
        return FoldedWord.all(in: folder.folded(words.joined(separator: " "))).count > 1
    }

    var fullFamily: String { (particles + [family]).joined(separator: " ") }
    /// Given names first, without title and suffix.
    var straight: String { (given + [fullFamily]).joined(separator: " ") }
}
