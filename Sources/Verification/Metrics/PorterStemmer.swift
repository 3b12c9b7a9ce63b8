// M. F. Porter, "An algorithm for suffix stripping", Program 14 (1980) 130-137, with the changes of the
// NLTK variant that rouge_score uses: irregular forms; `ies` and `ied` after one letter give `ie`; step
// 1b gives `i` for `y` only after a consonant that is not the first letter; `bli`, `fulli`, `logi` in
// step 2; a two-letter vowel-consonant stem counts as ending in consonant-vowel-consonant.

/// The stem of a lower-case word of a-z and 0-9, e.g. `relat` of `relational`.
package func porterStem(of word: String) -> String {
    String(decoding: porterStem(Array(word.utf8)), as: UTF8.self)
}

func porterStem(_ word: [UInt8]) -> [UInt8] {
    if let stem = irregularStems[String(decoding: word, as: UTF8.self)] { return Array(stem.utf8) }
    guard word.count > 2 else { return word }
    var stem = PorterStem(letters: word)
    stem.removePlural()
    stem.removePastOrProgressive()
    stem.changeFinalY()
    stem.applyFirst(of: doubleSuffixes, minimumMeasure: 1)
    stem.applyFirst(of: derivedSuffixes, minimumMeasure: 1)
    stem.removeResidualSuffix()
    stem.removeFinalE()
    stem.removeDoubleL()
    return stem.letters
}

private let irregularStems: [String: String] = [
    "skies": "sky", "sky": "sky", "dying": "die", "lying": "lie", "tying": "tie", "news": "news",
    "innings": "inning", "inning": "inning", "outings": "outing", "outing": "outing",
    "cannings": "canning", "canning": "canning", "howe": "howe", "proceed": "proceed",
    "exceed": "exceed", "succeed": "succeed",
]

private let doubleSuffixes: [(String, String)] = [
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
    ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"),
    ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
    ("fulli", "ful"), ("logi", "log"),
]

private let derivedSuffixes: [(String, String)] = [
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""),
    ("ness", ""),
]

private let residualSuffixes = [
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou",
    "ism", "ate", "iti", "ous", "ive", "ize",
]

private struct PorterStem {
    var letters: [UInt8]

    private static func isConsonant(_ letters: [UInt8], _ index: Int) -> Bool {
        switch letters[index] {
        case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"),
            UInt8(ascii: "u"):
            return false
        case UInt8(ascii: "y"):
            return index == 0 || !isConsonant(letters, index - 1)
        default: return true
        }
    }

    /// Number of vowel-consonant sequences.
    private static func measure(_ letters: [UInt8]) -> Int {
        let kinds = letters.indices.map { isConsonant(letters, $0) }
        return zip(kinds, kinds.dropFirst()).count { !$0 && $1 }
    }

    private static func hasVowel(_ letters: [UInt8]) -> Bool {
        letters.indices.contains { !isConsonant(letters, $0) }
    }

    private static func endsInDoubleConsonant(_ letters: [UInt8]) -> Bool {
        let last = letters.count - 1
        return last >= 1 && letters[last] == letters[last - 1] && isConsonant(letters, last)
    }

    private static func endsInShortSyllable(_ letters: [UInt8]) -> Bool {
        let last = letters.count - 1
        if last == 1 { return !isConsonant(letters, 0) && isConsonant(letters, 1) }
        guard last >= 2, isConsonant(letters, last - 2), !isConsonant(letters, last - 1),
            isConsonant(letters, last)
        else { return false }
        return ![UInt8(ascii: "w"), UInt8(ascii: "x"), UInt8(ascii: "y")].contains(letters[last])
    }

    private func without(_ suffix: String) -> [UInt8]? {
        guard letters.count >= suffix.utf8.count,
            letters.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
        else { return nil }
        return Array(letters.dropLast(suffix.utf8.count))
    }

    mutating func removePlural() {
        if let stem = without("ies"), stem.count == 1 {
            letters = stem + Array("ie".utf8)
        } else if let stem = without("sses") {
            letters = stem + Array("ss".utf8)
        } else if let stem = without("ies") {
            letters = stem + Array("i".utf8)
        } else if without("ss") == nil, let stem = without("s") {
            letters = stem
        }
    }

    mutating func removePastOrProgressive() {
        if let stem = without("ied") {
            letters = stem + Array((stem.count == 1 ? "ie" : "i").utf8)
            return
        }
        if let stem = without("eed") {
            if Self.measure(stem) > 0 { letters = stem + Array("ee".utf8) }
            return
        }
        guard
            let stem = [without("ed"), without("ing")].compactMap({ $0 }).first(
                where: Self.hasVowel)
        else { return }
        letters = stem
        if ["at", "bl", "iz"].contains(where: { without($0) != nil }) {
            letters.append(UInt8(ascii: "e"))
        } else if Self.endsInDoubleConsonant(stem) {
            if ![UInt8(ascii: "l"), UInt8(ascii: "s"), UInt8(ascii: "z")].contains(
                stem[stem.count - 1])
            {
                letters.removeLast()
            }
        } else if Self.measure(stem) == 1, Self.endsInShortSyllable(stem) {
            letters.append(UInt8(ascii: "e"))
        }
    }

    mutating func changeFinalY() {
        guard let stem = without("y"), stem.count > 1, Self.isConsonant(stem, stem.count - 1) else {
            return
        }
        letters = stem + Array("i".utf8)
    }

    /// The first suffix that matches decides, whether its condition holds or not.
    mutating func applyFirst(of rules: [(String, String)], minimumMeasure: Int) {
        // `alli` is replaced and the step starts again, so that `ational` + `ly` is reached.
        if let stem = without("alli"), rules.contains(where: { $0.0 == "alli" }),
            Self.measure(stem) >= minimumMeasure
        {
            letters = stem + Array("al".utf8)
            applyFirst(of: rules, minimumMeasure: minimumMeasure)
            return
        }
        for (suffix, replacement) in rules {
            guard let stem = without(suffix) else { continue }
            // The condition of `logi` counts its own l.
            let tested = suffix == "logi" ? stem + Array("l".utf8) : stem
            if Self.measure(tested) >= minimumMeasure { letters = stem + Array(replacement.utf8) }
            return
        }
    }

    mutating func removeResidualSuffix() {
        for suffix in residualSuffixes {
            guard let stem = without(suffix) else { continue }
            let followsST =
                stem.last == UInt8(ascii: "s") || stem.last == UInt8(ascii: "t")
            if Self.measure(stem) > 1, suffix != "ion" || followsST { letters = stem }
            return
        }
    }

    mutating func removeFinalE() {
        guard let stem = without("e") else { return }
        let measure = Self.measure(stem)
        if measure > 1 || measure == 1 && !Self.endsInShortSyllable(stem) { letters = stem }
    }

    mutating func removeDoubleL() {
        guard let stem = without("ll") else { return }
        if Self.measure(stem + Array("l".utf8)) > 1 { letters.removeLast() }
    }
}
