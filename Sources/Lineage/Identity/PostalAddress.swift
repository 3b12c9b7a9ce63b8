import Domain

/// The parts of a postal address that corroborate: street with house number, postcode with town.
struct PostalAddress {
    /// Folded words.
    private let lines: [[String]]

    init(_ value: String) {
        var folder = TextFolder()
        lines = value.split { $0 == "," || $0.isNewline || $0 == ";" }.compactMap { line in
            let folded = folder.folded(String(line))
            let words = FoldedWord.all(in: folded).map {
                String(decoding: folded[$0.range], as: UTF8.self)
            }
            return words.isEmpty ? nil : words
        }
    }

    /// Long and short forms of words in streets' names. The last part of a German name is written
    /// with it as one word.
    private static let streetWords: [(long: String, short: String)] = [
        ("street", "st"), ("road", "rd"), ("avenue", "ave"), ("boulevard", "blvd"),
        ("drive", "dr"), ("lane", "ln"), ("court", "ct"), ("place", "pl"), ("square", "sq"),
        ("terrace", "ter"), ("highway", "hwy"), ("parkway", "pkwy"), ("circle", "cir"),
        ("north", "n"), ("south", "s"), ("east", "e"), ("west", "w"), ("saint", "st"),
        ("boulevard", "bd"), ("avenue", "av"), ("rue", "r"), ("place", "pl"), ("chemin", "ch"),
        ("calle", "c"), ("avenida", "avda"), ("plaza", "pza"), ("via", "v"), ("piazza", "pza"),
        ("strasse", "str"), ("platz", "pl"), ("straat", "str"), ("laan", "ln"), ("plein", "pl"),
    ]
    private static let compounds: [(long: String, short: String)] = [
        ("strasse", "str"), ("straat", "str"),
    ]

    /// The line that holds a house number and a name, as given and with its words short and long.
    var streets: [String] {
        guard
            let line = lines.first(where: { line in
                line.count > 1 && line.contains { $0.utf8.first.map(Self.isDigit) ?? false }
                    && line.contains {
                        $0.utf8.count > 2 && !($0.utf8.first.map(Self.isDigit) ?? true)
                    }
            })
        else { return [] }
        func written(_ change: (String) -> String) -> String {
            line.map(change).joined(separator: " ")
        }
        let short = written { word in
            if let pair = Self.streetWords.first(where: { $0.long == word }) { return pair.short }
            guard let pair = Self.compounds.first(where: { word.hasSuffix($0.long) }) else {
                return word
            }
            return word.dropLast(pair.long.utf8.count) + pair.short
        }
        let long = written { word in
            if let pair = Self.streetWords.first(where: { $0.short == word }) { return pair.long }
            guard let pair = Self.compounds.first(where: { word.hasSuffix($0.short) }) else {
                return word
            }
            return word.dropLast(pair.short.utf8.count) + pair.long
        }
        let apart = written { word in
            guard let pair = Self.compounds.first(where: { word.hasSuffix($0.long) }),
                word != pair.long
            else { return word }
            return word.dropLast(pair.long.utf8.count) + " " + pair.long
        }
        return IdentifierForms.distinct([line.joined(separator: " "), short, long, apart])
    }

    /// Postcode and town side by side, as given: `10115 berlin`, `sw1a 2aa london`.
    var towns: [String] {
        lines.dropFirst().filter { line in
            line.count > 1
                && line.contains { $0.utf8.count >= 3 && $0.utf8.contains(where: Self.isDigit) }
                && line.contains { $0.utf8.allSatisfy { !Self.isDigit($0) } }
        }.map { $0.joined(separator: " ") }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { IdentifierDetector.isDigit(byte) }
}

extension IdentityClosure {
    /// Phrases: the whole as given, street and house number in their abbreviations, postcode and
    /// town. Others may live there too: all only corroborate.
    mutating func addAddress(_ value: String) {
        addForms(of: value, kind: .address)
        add(phrase: value, .address, rule: "address-phrase", .weak)
        let address = PostalAddress(value)
        for street in address.streets {
            add(phrase: street, .address, rule: "address-street", .weak)
        }
        for town in address.towns { add(phrase: town, .address, rule: "address-town", .weak) }
    }
}
