import Domain
import Foundation

/// The ways in which a person's name is written.
///
/// Only another order, other diacritics (`ue` for `ü`) and a title less leave a full name a full
/// name. Nicknames, dropped middle names and other scripts make it probable, initials weak.
extension IdentityClosure {
    mutating func addName(_ value: String) {
        addNameForms(of: value)
        let strength: MatchStrength = PersonName.isFull(value) ? .fullName : .weak
        if let phrase = Phrase(value, style: .name) {
            add(phrase, rule: "name-phrase", strength)
            if let inverted = phrase.inverted { add(inverted, rule: "name-inverted", strength) }
        }
        guard let name = PersonName(value) else { return }
        add(order: name.given.joined(separator: " "), name.fullFamily, "name", .fullName)
        for spelling in Self.spellings(name) {
            add(order: spelling.given, spelling.family, spelling.rule, spelling.strength)
        }
        addLoose(name)
    }

    private mutating func addNameForms(of value: String) {
        let strength: MatchStrength = PersonName.isFull(value) ? .fullName : .weak
        for form in IdentifierForms.exactForms(.name, value) {
            add(.name, form, rule: "name", strength)
        }
    }

    /// Given name first, and family name first with a comma.
    private mutating func add(
        order given: String, _ family: String, _ rule: String, _ strength: MatchStrength
    ) {
        let straight = given + " " + family
        let inverted = family + ", " + given
        let isBase = rule == "name"
        for form in [straight, inverted] {
            add(.name, IdentifierForms.folded(form), rule: rule, strength)
        }
        add(phrase: straight, .name, rule: isBase ? "name-phrase" : rule, strength)
        add(phrase: inverted, .invertedName, rule: isBase ? "name-inverted" : rule, strength)
    }

    private struct Spelling {
        let given: String
        let family: String
        let rule: String
        let strength: MatchStrength
    }

    // MARK: Other names for the person

    private static func spellings(_ name: PersonName) -> [Spelling] {
        let given = name.given.joined(separator: " ")
        let first = name.given[0]
        let family = name.fullFamily
        var result: [Spelling] = []
        func add(
            _ given: String, _ family: String, _ rule: String, _ strength: MatchStrength = .probable
        ) {
            result.append(Spelling(given: given, family: family, rule: rule, strength: strength))
        }
        for (index, pair) in digraphs(given, family).enumerated() {
            add(pair.0, pair.1, "name-digraphs", index == 0 ? .fullName : .probable)
        }
        if (given + family).contains(where: { $0 == "'" || $0 == "’" }) {
            for mark in ["", " "] {
                add(
                    apostrophes(given, as: mark), apostrophes(family, as: mark), "name-apostrophe",
                    .fullName)
            }
        }
        if name.given.count > 1 {
            add(first, family, "name-without-middle")
            let initials = name.given.dropFirst().compactMap { $0.first.map { "\($0)." } }
            add(([first] + initials).joined(separator: " "), family, "name-middle-initial")
        }
        if let plain = first.split(separator: "-").first, plain.count < first.count {
            add(String(plain), family, "name-without-middle")
            add(first.filter { $0 != "-" }, family, "name-joined")
        }
        if !name.particles.isEmpty {
            add(given, name.family, "name-without-particle")
            add(
                given, name.particles.joined() + name.family.filter { $0 != " " }, "name-joined",
                .fullName)
        }
        let families = name.family.split { $0 == "-" || $0 == " " }
        if families.count > 1 {
            for part in families { add(given, String(part), "name-part-of-family") }
            add(given, families.joined(), "name-joined")
        }
        for former in name.formerFamilies { add(given, former, "name-at-birth") }
        for call in name.callNames + Nicknames.alternatives(IdentifierForms.folded(first)) {
            add(call, family, "name-nickname")
        }
        add(transliterations(given: given, first: first, family: family))
        return result

        func add(_ spellings: [Spelling]) { result += spellings }
    }

    private static func transliterations(
        given: String, first: String, family: String
    ) -> [Spelling] {
        if let cyrillic = Transliteration.cyrillic(given),
            let cyrillicFamily = Transliteration.cyrillic(family)
        {
            return [
                Spelling(
                    given: cyrillic, family: cyrillicFamily, rule: "name-transliteration",
                    strength: .probable)
            ]
        }
        let isOther = Transliteration.script(of: family) == .other
        let givens = Transliteration.latin(given)
        let firsts = Transliteration.latin(first)
        let families = Transliteration.latin(family)
        // The same usage for both names, and the most usual one for either.
        var pairs: [(String, String)] = []
        for given in givens.prefix(usageCountMaximum) {
            for family in families.prefix(usageCountMaximum) { pairs.append((given, family)) }
        }
        if let plain = firsts.first, let family = families.first, first != given {
            pairs.append((plain, family))
            pairs += Nicknames.alternatives(plain).map { ($0, family) }
        }
        return pairs.map {
            Spelling(
                given: $0.0, family: $0.1, rule: "name-transliteration",
                strength: isOther ? .weak : .probable)
        }
    }

    private static let usageCountMaximum = 5

    // MARK: Letters

    private static let written: [Character: String] = [
        "ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "ő": "oe", "ű": "ue",
    ]
    private static let read: [(String, String)] = [
        ("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"),
    ]
    private static let readingCountMaximum = 8

    /// With `ue` for `ü`, first; then the other way round, part by part, because `Michael` is not
    /// `Michäl` where `Mueller` is `Müller`.
    private static func digraphs(_ given: String, _ family: String) -> [(String, String)] {
        func write(_ text: String) -> String { text.map { written[$0] ?? String($0) }.joined() }
        var result = [(write(given), write(family))]
        let parts = [given, family].map { IdentifierForms.folded($0) }
        func readings(_ text: String) -> [String] {
            let words = text.split(separator: " ").map(String.init)
            return words.reduce([""]) { begun, word in
                let read = read.reduce(word) { text, pair in
                    text.replacingOccurrences(of: pair.0, with: pair.1)
                }
                let choices = read == word ? [word] : [word, read]
                return begun.flatMap { start in
                    choices.map { start.isEmpty ? $0 : start + " " + $0 }
                }.prefix(readingCountMaximum).map { $0 }
            }
        }
        for given in readings(parts[0]) {
            for family in readings(parts[1]) where result.count <= readingCountMaximum {
                result.append((given, family))
            }
        }
        return result
    }

    private static func apostrophes(_ text: String, as mark: String) -> String {
        text.replacingOccurrences(of: "'", with: mark).replacingOccurrences(of: "’", with: mark)
    }

    // MARK: What only corroborates

    private mutating func addLoose(_ name: PersonName) {
        let first = name.given[0]
        let family = name.fullFamily
        let letters = name.given.flatMap { $0.split(separator: "-").compactMap(\.first) }
        guard let letter = letters.first else { return }
        // Family name first without a comma, as lists have it; the genitive without apostrophe.
        add(
            phrase: family + " " + name.given.joined(separator: " "), .name, rule: "name-order",
            .probable)
        add(phrase: "\(first) \(family)s", .name, rule: "name-genitive", .probable)
        let all = letters.map { "\($0)." }
        for initials in IdentifierForms.distinct([
            "\(letter).", all.joined(separator: " "), String(letters),
        ]) {
            add(phrase: "\(initials) \(family)", .name, rule: "name-initials", .weak)
            add(phrase: "\(family), \(initials)", .invertedName, rule: "name-initials", .weak)
            add(phrase: "\(family) \(initials)", .name, rule: "name-initials", .weak)
            for form in ["\(initials) \(family)", "\(family), \(initials)"] {
                add(.name, IdentifierForms.folded(form), rule: "name-initials", .weak)
            }
        }
        let plain = IdentifierForms.compact(Array(IdentifierForms.folded(family).utf8))
        let start = IdentifierForms.folded(first)
        for mark in [".", "_", ""] {
            add(phrase: start + mark + plain, .handle, rule: "name-as-handle", .weak)
        }
    }
}
