import Domain

/// What a person can be recognised by in one text: the identifiers of a request and those that the
/// person's own records declare.
///
/// It answers for a single text what the index answers for all, by the same `IdentityClosure` and the
/// same `TextKeyScanner`: which of the keys stand in it, and which keys of somebody else do.
struct PersonKeys {
    /// What a key or phrase says.
    private struct Meaning {
        let kind: IdentifierKind
        let strength: MatchStrength
    }

    /// By posting group and form.
    private var keys: [PostingGroup: [[UInt8]: [Meaning]]] = [:]
    private var phrases = PhraseTable([])
    /// Of the phrases, by index.
    private var meanings: [Meaning] = []
    /// Full dates of birth.
    private var dates: Set<String> = []
    private var nameWords: Set<[UInt8]> = []
    private var addressWords: Set<[UInt8]> = []
    /// Canonical declared values, for comparison with those of other records.
    private var values: [IdentifierKind: Set<String>] = [:]

    /// Parts of a name that are too short to mean anybody.
    private static let nameWordByteCountMinimum = 3
    private static let numberKinds: Set<IdentifierKind> = [.phone, .nationalID]

    /// - Parameter identifiers: those given only as a hash are left out, because they cannot be
    ///   recognised in a text; so are values that cannot be of their kind.
    init(_ identifiers: [PersonalIdentifier]) {
        var phrases: [Phrase] = []
        for identifier in identifiers where identifier.format == .raw {
            add(identifier.kind, identifier.value.revealed)
            guard let closure = try? IdentityClosure([identifier]) else { continue }
            for key in closure.keys {
                guard let form = key.form?.revealed else { continue }
                keys[key.group, default: [:]][Array(form.utf8), default: []]
                    .append(Meaning(kind: identifier.kind, strength: key.strength))
            }
            for entry in closure.phrases {
                phrases.append(entry.phrase)
                meanings.append(Meaning(kind: identifier.kind, strength: entry.strength))
            }
        }
        self.phrases = PhraseTable(phrases)
    }

    private mutating func add(_ kind: IdentifierKind, _ value: String) {
        if let canonical = IdentifierForms.canonical(kind, value) {
            values[kind, default: []].insert(canonical)
        }
        switch kind {
        case .dateOfBirth: dates.formUnion(IdentifierForms.forms(kind, value))
        case .name:
            nameWords.formUnion(
                Self.words(value).filter { $0.count >= Self.nameWordByteCountMinimum })
        case .address: addressWords.formUnion(Self.words(value).filter(Self.isTelling))
        case .email, .phone, .nationalID, .username, .customerID, .text, .recordID: break
        }
    }

    /// What of the person stands in a text.
    struct Findings: Equatable {
        var strong: Set<IdentifierKind> = []
        /// Dates of birth, addresses, texts.
        var weak: Set<IdentifierKind> = []
        var hasFullName = false
        /// The name otherwise than it was given: a nickname, initials.
        var hasNameVariant = false
        /// A given or family name alone.
        var hasNamePart = false

        var isEmpty: Bool {
            strong.isEmpty && weak.isEmpty && !hasFullName && !hasNameVariant && !hasNamePart
        }
        /// Whether it names this person rather than just anybody.
        var isTelling: Bool { !strong.isEmpty || hasFullName }
    }

    func findings(in folded: [UInt8]) -> Findings {
        var findings = Findings()
        func add(_ meaning: Meaning) {
            switch (meaning.kind, meaning.strength) {
            case (.name, .fullName), (.name, .strong): findings.hasFullName = true
            case (.name, _): findings.hasNameVariant = true
            case (_, .strong): findings.strong.insert(meaning.kind)
            default: findings.weak.insert(meaning.kind)
            }
        }
        var scanner = TextKeyScanner()
        scanner.scan(folded) { group, form in keys[group]?[form]?.forEach(add) }
        let words = FoldedWord.all(in: folded)
        for index in phrases.occurring(in: folded, words) { add(meanings[index]) }
        findings.weak.subtract(findings.strong)
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
        findings.hasNamePart = words.contains { nameWords.contains(Array(folded[$0.range])) }
        return findings
    }

    /// The e-mail addresses, announced numbers and dates of a text that are not the person's, of
    /// the kinds of which the person's own are known.
    func foreign(in folded: [UInt8]) -> ForeignKeys {
        var foreign = ForeignKeys()
        let words = FoldedWord.all(in: folded)
        if values[.email] != nil {
            IdentifierDetector.emails(in: folded) { email in
                guard !owns(email) else { return }
                foreign.kinds.insert(.email)
                let local = Array(email.prefix { $0 != UInt8(ascii: "@") })
                // `ann.lee2@...` in a text that names Ann Lee belongs to another Ann Lee.
                let parts = FoldedWord.all(in: local).map { Array(local[$0.range]) }
                if parts.contains(where: isNamed) { foreign.bearsName = true }
            }
        }
        if Self.numberKinds.contains(where: { values[$0] != nil }),
            words.contains(where: { Self.isCue(folded[$0.range]) })
        {
            var (hasOwn, hasOther) = (false, false)
            IdentifierDetector.numbers(in: folded) { digits, isInternational in
                guard digits.count >= Self.foreignDigitCountMinimum else { return }
                if owns(digits, isInternational) { hasOwn = true } else { hasOther = true }
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
        return findings(in: folder.folded(name)).hasFullName
    }

    private func owns(_ email: ArraySlice<UInt8>) -> Bool {
        ([Array(email)] + EmailForms.mailboxes(email)).contains { keys[.email]?[$0] != nil }
    }

    private func owns(_ digits: [UInt8], _ isInternational: Bool) -> Bool {
        let forms = PhoneNumber.forms(
            digits: String(decoding: digits, as: UTF8.self), isInternational: isInternational
        ).map { Array($0.utf8) }
        return ([digits] + forms).contains { form in
            keys[.digits]?[form]?.contains { Self.numberKinds.contains($0.kind) } == true
        }
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
