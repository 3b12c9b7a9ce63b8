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
            return try resolver.resolve(decisions: decisions)
        }
    }
}

/// One resolution: gathers evidence, asks `PersonMatcher`, and draws the scope.
private struct ScopeResolver {
    private let catalog: CorpusCatalog
    private let finder: IdentifierFinder
    private let training: [CorpusSummary]
    private let evidence: MatchEvidence
    /// Rows of twins, controls and general text that an identifier was found in.
    private let heldOutRows: Set<Int64>

    init(
        _ catalog: CorpusCatalog, training: [CorpusSummary], _ identifiers: [PersonalIdentifier]
    ) throws {
        self.catalog = catalog
        finder = IdentifierFinder(catalog)
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
            items.append(
                MatchEvidence.Item(
                    kind: identifier.kind, isFullName: Self.isFullName(identifier), hits: hits))
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
        return (Phrase(identifier.value.revealed, style: .name)?.wordCount ?? 0) > 1
    }

    func resolve(decisions: [(subject: String, accepted: Bool)]) throws -> Resolution {
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
        switch outcome {
        case .nobody: return .nobody
        case .accepted(let subjects):
            return .found(try scope(subjects, matcher, withWeak: unattributed == true))
        case .unattributed:
            return .found(try scope([], matcher, withWeak: unattributed == true))
        case .ambiguous(let subjects, let isUnattributed):
            return .ambiguous(try candidates(subjects, unattributed: isUnattributed))
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
    ) throws -> ScopeResult {
        let corpora = training.map(\.name)
        let own = try Set(catalog.rows(ofSubjects: subjects, corpora: corpora))
        let profile = try profileEvidence(own)
        var inScope: RuleHits = [:]
        for row in own {
            inScope[row] = [MatchRule(name: "subject", isAttributed: true)]
        }
        var mentions = Set<Int64>()
        let nameIsTheirs =
            !subjects.isEmpty
            && matcher.bearersOfName().union(profile.bearers)
                .isSubset(of: subjects)
        for item in evidence.items + profile.items {
            let counts = item.kind.isStrong || (item.isFullName && nameIsTheirs) || withWeak
            for (row, rules) in item.hits {
                let others = profile.subjectsOfRow[row] ?? evidence.subjectsOfRow[row] ?? []
                if own.contains(row) || (counts && others.isEmpty) {
                    inScope[row, default: []].formUnion(rules)
                } else if item.kind.isStrong || item.isFullName {
                    mentions.insert(row)
                }
            }
        }
        let places = try catalog.places(of: inScope.keys)
        let mentioned = try catalog.places(of: mentions.subtracting(inScope.keys))
        return try result(subjects, places, inScope, mentioned)
    }

    /// What the person's own records declare about them is looked for as well: a request that
    /// gives only a name still reaches the records that hold only the person's telephone number.
    private func profileEvidence(
        _ own: Set<Int64>
    ) throws -> (items: [MatchEvidence.Item], subjectsOfRow: [Int64: [Int64]], bearers: Set<Int64>)
    {
        let reader = RecordReader()
        var seen: [PersonalIdentifier] = []
        for place in try catalog.places(of: own) where place.subjects.count == 1 {
            for (kind, value) in try reader.read(place).values {
                guard kind.isStrong || kind == .name, kind != .recordID else { continue }
                let identifier = PersonalIdentifier(kind: kind, value: value)
                if !seen.contains(identifier) { seen.append(identifier) }
            }
        }
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
            items.append(
                MatchEvidence.Item(
                    kind: identifier.kind, isFullName: identifier.kind == .name, hits: hits))
        }
        let named = try catalog.subjectsWithDeclaredName(Set(subjects.values.joined()))
        let names = items.filter(\.isFullName)
        let bearers = PersonMatcher(
            evidence: MatchEvidence(items: names, subjectsOfRow: subjects, namedSubjects: named)
        ).bearersOfName()
        return (items, subjects, bearers)
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
