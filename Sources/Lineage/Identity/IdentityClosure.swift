import Domain

/// Everything a person is looked up by, derived from the identifiers of a request.
///
/// Derived keys are added to those given and never replace them. Each remembers its rule and how
/// much it says; the same form derived twice keeps the stronger reading.
struct IdentityClosure {
    private(set) var keys: [MatchKey] = []
    private(set) var phrases: [ClosurePhrase] = []
    private var keyPlaces: [String: Int] = [:]
    private var phrasePlaces: [Phrase: Int] = [:]

    /// - Throws: `malformed-identifier` if a value cannot be an identifier of its kind.
    init(_ identifiers: [PersonalIdentifier]) throws {
        for identifier in identifiers { try add(identifier) }
    }

    private mutating func add(_ identifier: PersonalIdentifier) throws {
        let kind = identifier.kind
        let value = identifier.value.revealed
        guard identifier.format == .raw else { return try addHash(identifier) }
        guard !IdentifierForms.exactForms(kind, value).isEmpty else { throw Self.malformed(kind) }
        switch kind {
        case .email: addEmail(value)
        case .phone: addPhone(value)
        case .nationalID: addNationalNumber(value)
        case .dateOfBirth: addDate(value)
        case .name: addName(value)
        case .address: addAddress(value)
        case .username: addUsername(value)
        case .customerID: addCustomerID(value)
        case .text:
            addForms(of: value, kind: .text)
            add(phrase: value, .exact, rule: "text-phrase", .weak)
        case .recordID: addForms(of: value, kind: .recordID, [.recordID, .subject], .strong)
        }
        switch kind {
        case .text, .username, .customerID, .address: addRecognised(value, kind)
        default: break
        }
    }

    /// A SHA-256 can be that of a form that the index itself makes. What other hashes are of is found
    /// by `HashedFormScan`.
    private mutating func addHash(_ identifier: PersonalIdentifier) throws {
        let hash = try HashedForms.Hash(identifier)
        guard identifier.format == .sha256 else { return }
        let kind = identifier.kind
        let strength: MatchStrength =
            kind.isStrong ? .strong : kind == .name ? .fullName : .weak
        for group in Self.groups(kind) {
            let rule = group == .obfuscatedEmail ? "email-obfuscated" : kind.rawValue
            add(group, hash: hexadecimalText(hash.bytes), form: nil, rule: rule, strength)
        }
    }

    /// The postings in which identifiers of a kind may stand.
    static func groups(_ kind: IdentifierKind) -> [PostingGroup] {
        switch kind {
        case .email: [.email, .obfuscatedEmail]
        case .phone, .nationalID: [PostingGroup(kind), .digits]
        case .customerID: [.customerID, .subject, .digits]
        case .username: [.username, .subject]
        case .recordID: [.recordID, .subject]
        case .name, .address, .dateOfBirth, .text: [PostingGroup(kind)]
        }
    }

    private static func malformed(_ kind: IdentifierKind) -> LineageError {
        LineageError(
            .malformedIdentifier,
            "An identifier of type \(kind.rawValue) has a value that cannot be one.",
            details: ["type": kind.rawValue],
            remedy: kind == .dateOfBirth
                ? "Write dates as 1984-12-31." : "Correct the value in the request.")
    }

    // MARK: Adding

    /// The value's own normal forms, under the kind's name.
    mutating func addForms(
        of value: String, kind: IdentifierKind, _ groups: [PostingGroup]? = nil,
        _ strength: MatchStrength = .weak
    ) {
        for form in IdentifierForms.exactForms(kind, value) {
            for group in groups ?? Self.groups(kind) {
                add(group, form, rule: kind.rawValue, strength)
            }
        }
    }

    mutating func add(
        _ group: PostingGroup, _ form: String, rule: String, _ strength: MatchStrength
    ) {
        guard !form.isEmpty else { return }
        add(
            group, hash: Digest(of: form).hexadecimal, form: Sensitive(form), rule: rule, strength)
    }

    private mutating func add(
        _ group: PostingGroup, hash: String, form: Sensitive<String>?, rule: String,
        _ strength: MatchStrength
    ) {
        let key = MatchKey(group: group, form: form, hash: hash, rule: rule, strength: strength)
        let name = group.rawValue + ":" + hash
        if let place = keyPlaces[name] {
            if keys[place].strength < strength { keys[place] = key }
        } else {
            keyPlaces[name] = keys.count
            keys.append(key)
        }
    }

    mutating func add(
        phrase text: String, _ style: Phrase.Style, rule: String, _ strength: MatchStrength
    ) {
        if let phrase = Phrase(text, style: style) { add(phrase, rule: rule, strength) }
    }

    mutating func add(_ phrase: Phrase, rule: String, _ strength: MatchStrength) {
        let entry = ClosurePhrase(phrase: phrase, rule: rule, strength: strength)
        if let place = phrasePlaces[phrase] {
            if phrases[place].strength < strength { phrases[place] = entry }
        } else {
            phrasePlaces[phrase] = phrases.count
            phrases.append(entry)
        }
    }

    // MARK: Explaining

    /// Rules by name, each with the number of keys and phrases it derived; no values.
    var ruleCounts: [ClosureRuleCount] {
        var counts: [String: (strength: MatchStrength, keys: Int, phrases: Int)] = [:]
        func count(_ rule: String, _ strength: MatchStrength, _ keys: Int, _ phrases: Int) {
            let old = counts[rule] ?? (strength, 0, 0)
            counts[rule] = (max(old.strength, strength), old.keys + keys, old.phrases + phrases)
        }
        for key in keys { count(key.rule, key.strength, 1, 0) }
        for phrase in phrases { count(phrase.rule, phrase.strength, 0, 1) }
        return counts.sorted { $0.key < $1.key }.map { rule, count in
            ClosureRuleCount(
                rule: rule, strength: count.strength, keyCount: count.keys,
                phraseCount: count.phrases)
        }
    }
}

extension LineageIndex {
    /// What a request's identifiers are looked up by: rules with the number of keys and phrases
    /// each derived, sorted by rule, without any value; for the scope report.
    /// - Throws: `malformed-identifier`.
    package static func explainClosure(
        _ identifiers: [PersonalIdentifier]
    ) throws -> [ClosureRuleCount] {
        try IdentityClosure(identifiers).ruleCounts
    }
}
