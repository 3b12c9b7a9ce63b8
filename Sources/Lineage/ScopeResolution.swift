import Domain
import Foundation

extension LineageIndex {
    /// Finds whose data a request is about and every record that has to go.
    ///
    /// Once the person is known, the scope holds all records attributed to them, and the records
    /// attributed to nobody that mention one of their strong identifiers - given in the request or
    /// declared in their records - or their full name, if nobody else bears it.
    /// - Parameters:
    ///   - corpora: names of corpora; nil means all. Only training corpora are resolved against.
    ///   - decisions: the operator's, by subject id; later ones overrule earlier ones.
    /// - Throws: `malformed-identifier`, `unknown-name`, `unknown-subject` (accepted, but without
    ///   records there), `shard-missing`, `shard-changed`.
    package func resolve(
        _ identifiers: [PersonalIdentifier], corpora: [String]? = nil,
        decisions: [(subject: String, accepted: Bool)] = []
    ) throws -> Resolution {
        try reading { catalog in
            let training = try Self.corpora(catalog, corpora).filter { $0.role == .training }
            let resolver = try ScopeResolver(catalog, training: training, identifiers)
            return try resolver.resolve(decisions: decisions).resolution
        }
    }
}

/// One resolution: gathers evidence, asks `PersonMatcher`, and draws the scope.
struct ScopeResolver {
    private let catalog: CorpusCatalog
    private let finder: IdentifierFinder
    private let training: [CorpusSummary]
    private let identifiers: [PersonalIdentifier]
    private let matches: [RecordMatch]
    private let reach: ScopeJudge.Reach?
    private let evidence: MatchEvidence
    /// Rows of twins, controls and general text that an identifier was found in.
    private let heldOutRows: Set<Int64>

    init(
        _ catalog: CorpusCatalog, training: [CorpusSummary], _ identifiers: [PersonalIdentifier],
        matches: [RecordMatch] = [], reach: ScopeJudge.Reach? = nil
    ) throws {
        self.identifiers = identifiers
        self.matches = matches
        self.reach = reach
        self.catalog = catalog
        finder = try IdentifierFinder(catalog, for: identifiers)
        self.training = training
        let corpora = Set(training.map(\.name))
        var items: [MatchEvidence.Item] = []
        var subjects: [Int64: [Int64]] = [:]
        var heldOut = Set<Int64>()
        for identifier in identifiers {
            var hits = try finder.hits(identifier)
            for place in try catalog.places(of: hits.keys) {
                if corpora.contains(place.key.corpus) {
                    subjects[place.row] = place.subjects
                } else {
                    hits[place.row] = nil
                    if place.role != .training { heldOut.insert(place.row) }
                }
            }
            items += MatchEvidence.items(
                identifier.kind, isFullName: Self.isFullName(identifier), hits)
        }
        evidence = MatchEvidence(
            items: items, subjectsOfRow: subjects,
            namedSubjects: try catalog.subjectsWithDeclaredName(Set(subjects.values.joined())))
        heldOutRows = heldOut
    }

    /// A name given only as its hash counts as full: single names are not declared as values.
    private static func isFullName(_ identifier: PersonalIdentifier) -> Bool {
        guard identifier.kind == .name else { return false }
        guard identifier.format == .raw else { return true }
        return PersonName.isFull(identifier.value.revealed)
    }

    func resolve(decisions: [(subject: String, accepted: Bool)]) throws -> ScopeReach {
        var accepted = Set<Int64>()
        var rejected = Set<Int64>()
        var unattributed: Bool?
        for (subject, isAccepted) in decisions {
            if subject == MatchCandidate.unattributed {
                unattributed = isAccepted
            } else if let row = try catalog.subjectRow(subject), try recordCount(row) > 0 {
                if isAccepted { accepted.insert(row) } else { accepted.remove(row) }
                if isAccepted { rejected.remove(row) } else { rejected.insert(row) }
            } else if isAccepted {
                throw LineageIndex.unknownSubject(subject)
            }
        }
        let matcher = PersonMatcher(evidence: evidence)
        let outcome = matcher.outcome(
            accepted: accepted, rejected: rejected, unattributed: unattributed)
        let takesWeak = unattributed == true
        switch outcome {
        case .nobody: return ScopeReach(.nobody)
        case .accepted(let subjects): return try scope(subjects, matcher, withWeak: takesWeak)
        case .unattributed: return try scope([], matcher, withWeak: takesWeak)
        case .ambiguous(let subjects, let isUnattributed):
            if isUnattributed {
                // A name with a date of birth beside it needs no operator.
                let found = try scope([], matcher, withWeak: false)
                if case .found(let result) = found.resolution, !result.allRecords.isEmpty {
                    return found
                }
            }
            return ScopeReach(.ambiguous(try candidates(subjects, unattributed: isUnattributed)))
        }
    }

    private func recordCount(_ subject: Int64) throws -> Int {
        try catalog.rows(ofSubjects: [subject], corpora: training.map(\.name)).count
    }

    private func candidates(
        _ subjects: Set<Int64>, unattributed: Bool
    ) throws -> [MatchCandidate] {
        let names = try catalog.subjectNames(subjects)
        func rules(_ condition: ([Int64]) -> Bool) -> [String] {
            let found = evidence.items.flatMap { item in
                item.hits.filter { condition(evidence.subjectsOfRow[$0.key] ?? []) }
                    .flatMap { $0.value.map(\.name) }
            }
            return Set(found).sorted()
        }
        if unattributed {
            let rows = evidence.subjectsOfRow.filter { $0.value.isEmpty }
            return [
                MatchCandidate(
                    subject: MatchCandidate.unattributed, recordCount: rows.count,
                    rules: rules(\.isEmpty))
            ]
        }
        return try subjects.compactMap { subject in
            guard let name = names[subject] else { return nil }
            return MatchCandidate(
                subject: name, recordCount: try recordCount(subject),
                rules: rules { $0.contains(subject) })
        }.sorted { $0.subject < $1.subject }
    }

    private func scope(
        _ subjects: Set<Int64>, _ matcher: PersonMatcher, withWeak: Bool
    ) throws -> ScopeReach {
        let corpora = training.map(\.name)
        let own = try Set(catalog.rows(ofSubjects: subjects, corpora: corpora))
        let profile = try profileEvidence(own.union(declaringRows()))
        let nameIsTheirs =
            !subjects.isEmpty
            && matcher.bearersOfName().union(profile.bearers)
                .isSubset(of: subjects)
        let judge = ScopeJudge(
            catalog: catalog, keys: PersonKeys(identifiers + profile.declared),
            person: ScopeJudge.Person(
                subjects: subjects, own: own, isSoleBearer: nameIsTheirs, acceptsWeak: withWeak,
                matches: try matchedRows()),
            reach: reach)
        try judge.judge(
            evidence.items + profile.items,
            subjectsOfRow: evidence.subjectsOfRow.merging(profile.subjectsOfRow) { _, new in new },
            corpora: Set(corpora))
        let places = try catalog.places(of: judge.inScope.keys)
        let mentioned = try catalog.places(of: judge.mentions)
        return try ScopeReach(
            .found(result(subjects, places, judge.inScope, mentioned)), judge, catalog)
    }

    /// Records about nobody in particular that declare one of the request's strong identifiers:
    /// what else they declare belongs to the same person.
    private func declaringRows() -> [Int64] {
        evidence.items.filter(\.kind.isStrong).flatMap { item in
            item.hits.filter { row, rules in
                rules.contains { $0.name == item.kind.rawValue + "-declared" }
                    && (evidence.subjectsOfRow[row] ?? []).isEmpty
            }.map(\.key)
        }
    }

    private func matchedRows() throws -> [Int64: Bool] {
        var rows: [Int64: Bool] = [:]
        for match in matches {
            guard let place = try catalog.place(corpus: match.corpus, id: match.id) else {
                throw LineageIndex.unknownRecord(corpus: match.corpus)
            }
            rows[place.row] = match.isAccepted
        }
        return rows
    }

    /// What the person's own records declare about them is looked for as well: a request that
    /// gives only a name still reaches the records that hold only the person's telephone number.
    private func profileEvidence(
        _ own: Set<Int64>
    ) throws -> Profile {
        let reader = RecordReader()
        var declared: [PersonalIdentifier] = []
        for place in try catalog.places(of: own) where place.subjects.count <= 1 {
            for (kind, value) in try reader.read(place).values where kind != .recordID {
                let identifier = PersonalIdentifier(kind: kind, value: value)
                if !declared.contains(identifier) { declared.append(identifier) }
            }
        }
        let seen = declared.filter { $0.kind.isStrong || $0.kind == .name }
        var items: [MatchEvidence.Item] = []
        var subjects: [Int64: [Int64]] = [:]
        let corpora = Set(training.map(\.name))
        for identifier in seen where identifier.kind != .name || Self.isFullName(identifier) {
            var hits = try finder.hits(identifier, prefix: "profile-")
            for place in try catalog.places(of: hits.keys) {
                if corpora.contains(place.key.corpus) {
                    subjects[place.row] = place.subjects
                } else {
                    hits[place.row] = nil
                }
            }
            items += MatchEvidence.items(
                identifier.kind, isFullName: identifier.kind == .name, hits)
        }
        let named = try catalog.subjectsWithDeclaredName(Set(subjects.values.joined()))
        let names = items.filter(\.isFullName)
        let bearers = PersonMatcher(
            evidence: MatchEvidence(items: names, subjectsOfRow: subjects, namedSubjects: named)
        ).bearersOfName()
        return Profile(
            declared: declared, items: items, subjectsOfRow: subjects, bearers: bearers)
    }

    private struct Profile {
        let declared: [PersonalIdentifier]
        let items: [MatchEvidence.Item]
        let subjectsOfRow: [Int64: [Int64]]
        let bearers: Set<Int64>
    }

    private func result(
        _ subjects: Set<Int64>, _ places: [RecordPlace], _ rules: RuleHits,
        _ mentions: [RecordPlace]
    ) throws -> ScopeResult {
        var counts: [String: Int] = [:]
        for name in rules.values.flatMap({ Set($0.map(\.name)) }) { counts[name, default: 0] += 1 }
        let shardPaths = Set(places.map { [$0.key.corpus, $0.key.shard] })
        let manifests = training.map { "\($0.name) \($0.manifestDigest)" }.sorted()
        return ScopeResult(
            subjects: try catalog.subjectNames(subjects).values.sorted(),
            records: places.filter { $0.deletedBy == nil }.map(\.key),
            deletedRecords: places.filter { $0.deletedBy != nil }.map(\.key),
            sharedRecords: places.filter { !Set($0.subjects).subtracting(subjects).isEmpty }
                .map(\.key),
            hitsPerRule: counts.sorted { $0.key < $1.key }
                .map { RuleCount(rule: $0.key, recordCount: $0.value) },
            mentions: mentions.map(\.key), heldOutMentions: heldOutRows.count,
            shards: training.flatMap(\.shards).filter {
                shardPaths.contains([$0.corpus, $0.path])
            },
            indexDigest: Digest(of: manifests.joined(separator: "\n")))
    }
}
