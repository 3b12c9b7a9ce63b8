import Domain

/// What a person can be recognised by in one text: the identifiers of a request and those that the
/// person's own records declare.
///
/// It answers for a single text what the index answers for all: which of the keys stand in it, and
/// which keys of somebody else do. Numbers and addresses are compared in `IdentifierForms`' forms.
struct PersonKeys {
    private var emails: Set<[UInt8]> = []
    private var numbers: [IdentifierKind: Set<[UInt8]>] = [:]
    private var dates: Set<String> = []
    private var fullNames: [Phrase] = []
    private var nameWords: Set<[UInt8]> = []
    private var addressWords: Set<[UInt8]> = []
    private var phrases: [(kind: IdentifierKind, phrase: Phrase)] = []
    /// Canonical declared values, for comparison with those of other records.
    private var values: [IdentifierKind: Set<String>] = [:]

    /// Parts of a name that are too short to mean anybody.
    private static let nameWordByteCountMinimum = 3
    private static let handleByteCountMinimum = 5

    /// - Parameter identifiers: those given only as a hash are left out; they cannot be recognised
    ///   in a text.
    init(_ identifiers: [PersonalIdentifier]) {
        for identifier in identifiers where identifier.format == .raw {
            add(identifier.kind, identifier.value.revealed)
        }
    }

    private mutating func add(_ kind: IdentifierKind, _ value: String) {
        if let canonical = IdentifierForms.canonical(kind, value) {
            values[kind, default: []].insert(canonical)
        }
        let forms = IdentifierForms.forms(kind, value).map { Array($0.utf8) }
        switch kind {
        case .email:
            emails.formUnion(forms)
            emails.formUnion(forms.compactMap { IdentifierDetector.withoutTag($0[...]) })
        case .phone, .nationalID:
            numbers[kind, default: []].formUnion(
                forms.map { $0.filter(IdentifierDetector.isDigit) }.filter { $0.count >= 7 })
        case .dateOfBirth: dates.formUnion(IdentifierForms.forms(kind, value))
        case .name:
            guard let phrase = Phrase(value, style: .name) else { return }
            if phrase.wordCount > 1 {
                fullNames += [phrase] + (phrase.inverted.map { [$0] } ?? [])
            }
            nameWords.formUnion(
                Self.words(value).filter { $0.count >= Self.nameWordByteCountMinimum })
        case .address: addressWords.formUnion(Self.words(value).filter(Self.isTelling))
        case .username, .customerID:
            guard value.utf8.count >= Self.handleByteCountMinimum else { return }
            if let phrase = Phrase(value, style: .handle) { phrases.append((kind, phrase)) }
        case .text:
            if let phrase = Phrase(value, style: .exact) { phrases.append((kind, phrase)) }
        case .recordID: break
        }
    }

    /// What of the person stands in a text.
    struct Findings: Equatable {
        var strong: Set<IdentifierKind> = []
        /// Dates of birth, addresses, texts.
        var weak: Set<IdentifierKind> = []
        var hasFullName = false
        /// A given or family name alone.
        var hasNamePart = false

        var isEmpty: Bool { strong.isEmpty && weak.isEmpty && !hasFullName && !hasNamePart }
        /// Whether it names this person rather than just anybody.
        var isTelling: Bool { !strong.isEmpty || hasFullName }
    }

    func findings(in folded: [UInt8]) -> Findings {
        var findings = Findings()
        if !emails.isEmpty {
            IdentifierDetector.emails(in: folded) { if owns($0) { findings.strong.insert(.email) } }
        }
        if !numbers.isEmpty {
            IdentifierDetector.numbers(in: folded) { digits, isInternational in
                for kind in owners(digits, isInternational) { findings.strong.insert(kind) }
            }
        }
        for (kind, phrase) in phrases where phrase.occurs(in: folded) {
            if kind.isStrong { findings.strong.insert(kind) } else { findings.weak.insert(kind) }
        }
        let words = FoldedWord.all(in: folded)
        if !dates.isEmpty {
            DateDetector.dates(in: folded) {
                if dates.contains($0.form) { findings.weak.insert(.dateOfBirth) }
            }
        }
        if !addressWords.isEmpty {
            let met = Set(words.map { Array(folded[$0.range]) }).intersection(addressWords)
            // A house number or postcode with a street: neither alone is an address.
            if met.count > 1,
                met.contains(where: { $0.contains(where: IdentifierDetector.isDigit) }
                )
            {
                findings.weak.insert(.address)
            }
        }
        findings.hasFullName = fullNames.contains { $0.occurs(in: folded) }
        findings.hasNamePart = words.contains { nameWords.contains(Array(folded[$0.range])) }
        return findings
    }

    /// The e-mail addresses, announced numbers and dates of a text that are not the person's, of
    /// the kinds of which the person's own are known.
    func foreign(in folded: [UInt8]) -> ForeignKeys {
        var foreign = ForeignKeys()
        let words = FoldedWord.all(in: folded)
        if !emails.isEmpty {
            IdentifierDetector.emails(in: folded) { email in
                guard !owns(email) else { return }
                foreign.kinds.insert(.email)
                let local = Array(email.prefix { $0 != UInt8(ascii: "@") })
                // `ann.lee2@...` in a text that names Ann Lee belongs to another Ann Lee.
                let parts = FoldedWord.all(in: local).map { Array(local[$0.range]) }
                if parts.contains(where: isNamed) { foreign.bearsName = true }
            }
        }
        if !numbers.isEmpty, words.contains(where: { Self.isCue(folded[$0.range]) }) {
            var (hasOwn, hasOther) = (false, false)
            IdentifierDetector.numbers(in: folded) { digits, isInternational in
                guard digits.count >= Self.foreignDigitCountMinimum else { return }
                if owners(digits, isInternational).isEmpty {
                    hasOther = true
                } else {
                    hasOwn = true
                }
            }
            // Runs of digit groups overlap: beside an own number, others may be parts of it.
            if hasOther, !hasOwn { foreign.kinds.insert(.phone) }
        }
        if !dates.isEmpty {
            DateDetector.dates(in: folded) {
                if $0.isFull, !dates.contains($0.form) { foreign.hasOtherDate = true }
            }
        }
        return foreign
    }

    private static let foreignDigitCountMinimum = 9

    /// Words that announce a telephone or national number; other long numbers are not anybody's.
    private static let numberCues: Set<String> = [
        "phone", "telephone", "tel", "call", "cell", "mobile", "fax", "ssn", "security", "telefon",
    ]

    private static func isCue(_ word: ArraySlice<UInt8>) -> Bool {
        word.count <= 9 && numberCues.contains(String(decoding: word, as: UTF8.self))
    }

    /// Kinds of which a record declares a value and the person is known to have another.
    func conflicts(
        withDeclared declared: [(kind: IdentifierKind, value: String)]
    ) -> Set<IdentifierKind> {
        var same = Set<IdentifierKind>()
        var other = Set<IdentifierKind>()
        for (kind, value) in declared where kind.isStrong || kind == .dateOfBirth {
            guard let own = values[kind], !own.isEmpty else { continue }
            let forms = Set(IdentifierForms.forms(kind, value))
            let isOwn = own.contains { !forms.isDisjoint(with: IdentifierForms.forms(kind, $0)) }
            if isOwn { same.insert(kind) } else { other.insert(kind) }
        }
        return same.isEmpty ? other : []
    }

    /// Whether a declared name can be the person's.
    func isOwnName(_ name: String) -> Bool {
        var folder = TextFolder()
        let folded = folder.folded(name)
        return fullNames.contains { $0.occurs(in: folded) }
    }

    private func owns(_ email: ArraySlice<UInt8>) -> Bool {
        if emails.contains(Array(email)) { return true }
        return IdentifierDetector.withoutTag(email).map(emails.contains) ?? false
    }

    private func owners(_ digits: [UInt8], _ isInternational: Bool) -> [IdentifierKind] {
        let forms = PhoneNumber.forms(
            digits: String(decoding: digits, as: UTF8.self), isInternational: isInternational
        ).map { Array($0.utf8) }
        return numbers.filter { kind, own in
            own.contains(digits) || (kind == .phone && forms.contains(where: own.contains))
        }.map(\.key)
    }

    private func isNamed(_ part: [UInt8]) -> Bool {
        nameWords.contains { part.starts(with: $0) }
    }

    private static func words(_ value: String) -> [[UInt8]] {
        var folder = TextFolder()
        let folded = folder.folded(value)
        return FoldedWord.all(in: folded).map { Array(folded[$0.range]) }
    }

    private static func isTelling(_ word: [UInt8]) -> Bool {
        word.count > 3 || word.contains(where: IdentifierDetector.isDigit)
    }
}

/// Signs in a text of a person other than the one looked for.
struct ForeignKeys: Equatable {
    /// `email`, `phone` (any long number).
    var kinds: Set<IdentifierKind> = []
    /// One of the addresses is made of the name looked for.
    var bearsName = false
    var hasOtherDate = false

    var isEmpty: Bool { kinds.isEmpty && !bearsName }
}
