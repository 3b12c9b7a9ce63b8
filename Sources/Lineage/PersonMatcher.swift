import Domain

/// What the identifiers of a request were found in, within the training corpora looked at.
struct MatchEvidence {
    struct Item {
        let kind: IdentifierKind
        /// The strongest that its rules can say.
        let strength: MatchStrength
        let hits: RuleHits

        var isStrong: Bool { strength == .strong }
        /// A name of at least two words, so that it can name one person.
        var isFullName: Bool { strength == .fullName }
        /// Initials narrow a name down; a single name without a family name says nobody's.
        var saysSomething: Bool {
            kind != .name || strength > .weak
                || hits.values.contains { $0.contains { $0.name.contains("name-initials") } }
        }
    }
    let items: [Item]
    /// Every row that an item hit.
    let subjectsOfRow: [Int64: [Int64]]
    /// Subjects whose own name the owner declared; a name met in their texts without being
    /// declared is somebody else's.
    let namedSubjects: Set<Int64>
}

extension MatchEvidence {
    /// What one identifier was found by: what its kind says in one item, and readings that say
    /// more or less than that in others, so that a nickname does not decide like a full name. Of
    /// dates, addresses and texts all readings only corroborate, together.
    static func items(_ kind: IdentifierKind, isFullName: Bool, _ hits: RuleHits) -> [Item] {
        let own: MatchStrength = kind.isStrong ? .strong : isFullName ? .fullName : .weak
        func part(_ condition: (MatchStrength) -> Bool) -> RuleHits {
            hits.compactMapValues { rules in
                let chosen = rules.filter { condition($0.strength) }
                return chosen.isEmpty ? nil : chosen
            }
        }
        var items = [
            Item(
                kind: kind, strength: own,
                hits: part { $0 == own || (own == .weak && $0 < .fullName) })
        ]
        for strength in MatchStrength.allCases
        where strength != own && (own != .weak || strength > .probable) {
            let hits = part { $0 == strength }
            if !hits.isEmpty { items.append(Item(kind: kind, strength: strength, hits: hits)) }
        }
        return items
    }
}

/// Decides whose data a request is about. Pure: it sees rows, subjects and rules, no values.
///
/// - A strong identifier (e-mail, telephone, national or customer number) accepts the subject whose
///   owner declared it; failing that, the subject whose records hold it. Two subjects: ambiguous.
/// - A strong identifier of one person given with the full name of another is ambiguous: a person
///   may not have somebody else's data deleted with that person's address.
/// - A full name accepts the one subject that bears it. Where several do, a date of birth or an
///   address that singles one of them out decides.
///   A full name given with a strong identifier that nobody has does not decide.
/// - A single word, a date, an address or a text alone never decides.
/// - A date of birth alone raises no doubt about a strong identifier that stands in records about
///   nobody in particular: in a large corpus every day is somebody's.
struct PersonMatcher {
    enum Outcome: Equatable {
        case accepted(Set<Int64>)
        case ambiguous(subjects: Set<Int64>, unattributed: Bool)
        /// Strong identifiers stand in records that are about nobody in particular, only.
        case unattributed
        case nobody
    }

    let evidence: MatchEvidence

    /// - Parameters:
    ///   - accepted, rejected: the operator's decisions.
    ///   - unattributed: the decision about records without subject, if there is one.
    func outcome(
        accepted: Set<Int64> = [], rejected: Set<Int64> = [], unattributed: Bool? = nil
    ) -> Outcome {
        if !accepted.isEmpty { return .accepted(accepted) }
        let (candidates, decides) = candidates()
        let open = candidates.subtracting(rejected)
        if open.count == 1, decides { return .accepted(open) }
        if unattributed == true { return .unattributed }
        if !open.isEmpty {
            return .ambiguous(subjects: open, unattributed: false)
        }
        let loose = items { _ in true }.contains { !unattributedRows($0).isEmpty }
        let strong = items { $0.isStrong }.contains { !unattributedRows($0).isEmpty }
        if unattributed == false { return .nobody }
        if strong { return .unattributed }
        // Only weak traces and nobody to attribute them to: a person has to look.
        return loose && candidates.isEmpty ? .ambiguous(subjects: [], unattributed: true) : .nobody
    }

    /// Subjects that bear one of the request's full names, or may.
    func bearersOfName() -> Set<Int64> {
        items { $0.isFullName }.reduce(into: []) { $0.formUnion(nameOwners($1)) }
    }

    private func candidates() -> (subjects: Set<Int64>, decides: Bool) {
        let strong = items { $0.isStrong }.reduce(into: Set<Int64>()) {
            $0.formUnion(strongOwners($1))
        }
        let names = items { $0.isFullName }
        let bearers = bearersOfName()
        if !strong.isEmpty {
            let mentioned = names.reduce(into: Set<Int64>()) { $0.formUnion(allSubjects($1)) }
            let contradicts = !bearers.isEmpty && strong.isDisjoint(with: mentioned)
            return (contradicts ? strong.union(bearers) : strong, true)
        }
        if !bearers.isEmpty {
            let narrowed = items { !$0.isStrong && !$0.kind.isStrong && $0.kind != .name }
                .filter { !$0.hits.isEmpty }
                .reduce(bearers) { $0.intersection(allSubjects($1)) }
            // An address or number that nobody here has may belong to a namesake.
            let isContradicted = !items { $0.isStrong }.isEmpty
            return (narrowed.count == 1 ? narrowed : bearers, !isContradicted)
        }
        // Whoever is born on the same day is nobody to ask about while a strong identifier leads to
        // records.
        let isKnown = items { $0.isStrong }.contains { !unattributedRows($0).isEmpty }
        let telling = items { !isKnown || $0.kind != .dateOfBirth }
        return (telling.reduce(into: []) { $0.formUnion(allSubjects($1)) }, false)
    }

    private func items(_ condition: (MatchEvidence.Item) -> Bool) -> [MatchEvidence.Item] {
        evidence.items.filter(condition)
    }

    private func unattributedRows(_ item: MatchEvidence.Item) -> [Int64] {
        item.hits.keys.filter { (evidence.subjectsOfRow[$0] ?? []).isEmpty }
    }

    private func allSubjects(_ item: MatchEvidence.Item) -> Set<Int64> {
        Set(item.hits.keys.flatMap { evidence.subjectsOfRow[$0] ?? [] })
    }

    /// Subjects of the records about one person that satisfy the condition.
    private func soleSubjects(
        _ item: MatchEvidence.Item, _ condition: (Set<MatchRule>) -> Bool
    ) -> Set<Int64> {
        Set(
            item.hits.compactMap { row, rules in
                let subjects = evidence.subjectsOfRow[row] ?? []
                return subjects.count == 1 && condition(rules) ? subjects.first : nil
            })
    }

    private func strongOwners(_ item: MatchEvidence.Item) -> Set<Int64> {
        let declared = soleSubjects(item) { $0.contains(where: \.isAttributed) }
        if !declared.isEmpty { return declared }
        let sole = soleSubjects(item) { _ in true }
        return sole.isEmpty ? allSubjects(item) : sole
    }

    private func nameOwners(_ item: MatchEvidence.Item) -> Set<Int64> {
        let declared = soleSubjects(item) { $0.contains(where: \.isAttributed) }
        let unnamed = soleSubjects(item) { _ in true }.subtracting(evidence.namedSubjects)
        return declared.union(unnamed)
    }
}
