import Domain

/// Decides record by record what belongs to a scope, once it is known who the person is.
///
/// Records of the person's own and records about nobody that hold one of their strong identifiers
/// belong to it. Everything else about nobody - a name, a date, a copy, a quote, a neighbour - is
/// weighed by `Adjudication`. Records of other people are never taken; they are mentions.
final class ScopeJudge {
    private let catalog: CorpusCatalog
    private let reader = RecordReader()
    private let keys: PersonKeys
    private let person: Person
    private let reach: Reach?
    private var evidence: [Int64: RecordEvidence] = [:]
    private var lines: [Int64: RecordLine] = [:]
    private var relations: [Int64: Set<RecordEvidence.Relation>] = [:]
    /// Rows attributed to the person, accepted by the operator, or with a strong identifier.
    private var firm = Set<Int64>()
    /// Another bearer of the name was met: being its only known bearer proves nothing any more.
    private var hasNamesake = false

    /// Rules by row.
    private(set) var inScope: RuleHits = [:]
    private(set) var mentions = Set<Int64>()
    /// What was weighed, by row.
    private(set) var judgements: [Int64: Adjudication] = [:]
    private(set) var commonWindowCount = 0
    private(set) var largeGroupCount = 0

    /// Who the person is, as far as it was resolved.
    struct Person {
        let subjects: Set<Int64>
        /// Rows attributed to them.
        let own: Set<Int64>
        let isSoleBearer: Bool
        /// The operator took the records without subject for theirs.
        let acceptsWeak: Bool
        /// The operator's decisions on single records, by row.
        let matches: [Int64: Bool]
    }

    /// How to look further than the identifiers.
    struct Reach {
        let texts: CorpusSearch
        let neighbours: NeighbourFinder
        let settings: RelativeSettings
    }

    init(catalog: CorpusCatalog, keys: PersonKeys, person: Person, reach: Reach?) {
        self.catalog = catalog
        self.keys = keys
        self.person = person
        self.reach = reach
    }

    /// - Parameters:
    ///   - items: what each identifier of the person was found in.
    ///   - subjectsOfRow: of every row found.
    ///   - corpora: those looked at; what lies elsewhere is passed over.
    /// - Throws: `shard-missing`, `shard-changed`.
    func judge(
        _ items: [MatchEvidence.Item], subjectsOfRow: [Int64: [Int64]], corpora: Set<String>
    ) throws {
        for row in person.own {
            inScope[row] = [MatchRule(name: "subject", isAttributed: true, strength: .strong)]
        }
        var candidates: RuleHits = [:]
        var kinds: [Int64: [IdentifierKind: MatchStrength]] = [:]
        for item in items {
            let isFollowed =
                item.isFullName || person.acceptsWeak
                || (item.saysSomething && item.hits.count <= Self.weakHitCountMaximum)
            for (row, rules) in item.hits {
                let isFree = (subjectsOfRow[row] ?? []).isEmpty
                if person.own.contains(row) || (item.isStrong && isFree) {
                    inScope[row, default: []].formUnion(rules)
                } else if isFree, isFollowed {
                    candidates[row, default: []].formUnion(rules)
                    kinds[row, default: [:]].merge(
                        [item.kind: item.strength], uniquingKeysWith: max)
                } else if item.strength > .weak {
                    mentions.insert(row)
                }
            }
        }
        for (row, isAccepted) in person.matches where isAccepted {
            inScope[row, default: []].insert(Self.rule("accepted-match"))
        }
        firm = Set(inScope.keys)
        try weigh(candidates, kinds)
        if let reach {
            try followTexts(reach, corpora)
            try followGroups(reach, corpora)
        }
        for (row, isAccepted) in person.matches where !isAccepted {
            if inScope.removeValue(forKey: row) != nil { mentions.insert(row) }
            judgements[row] = nil
        }
        mentions.subtract(inScope.keys)
    }

    /// Of the parts of the text that concern the person; empty if all do or nobody else is in it.
    func spans(_ place: RecordPlace) throws -> [Range<Int>] {
        let line = try line(place)
        var folder = TextFolder()
        let others = !Set(place.subjects).subtracting(person.subjects).isEmpty
        guard others || !keys.foreign(in: folder.folded(line.text)).isEmpty else { return [] }
        return Sentences.concerning(keys, in: line.text)
    }

    func context(_ place: RecordPlace, reasons: [String]) throws -> MatchContext {
        MatchContext(
            key: place.key, reasons: reasons, text: try line(place).text, keys: keys)
    }

    /// A date or phrase that more records hold is too common to be looked at in each.
    private static let weakHitCountMaximum = 1000

    private static func rule(_ name: String) -> MatchRule {
        MatchRule(name: name, isAttributed: false, strength: .probable)
    }

    /// Weighs records about nobody that hold the name or a weak identifier.
    private func weigh(_ candidates: RuleHits, _ kinds: [Int64: [IdentifierKind: MatchStrength]])
        throws
    {
        let open = candidates.filter { inScope[$0.key] == nil }
        for place in try catalog.places(of: open.keys) {
            try gather(place, found: kinds[place.row] ?? [:])
        }
        for (row, rules) in open {
            guard let found = evidence[row] else { continue }
            if person.acceptsWeak, found.namesake.isEmpty, !found.hasNameVariant {
                inScope[row] = rules
            } else {
                settle(row, rules: rules)
            }
        }
        for (row, rules) in candidates where inScope[row] != nil {
            inScope[row, default: []].formUnion(rules)
        }
    }

    private func gather(_ place: RecordPlace, found: [IdentifierKind: MatchStrength]) throws {
        guard evidence[place.row] == nil else { return }
        let others = !Set(place.subjects).subtracting(person.subjects).isEmpty
        let read = RecordEvidence(
            try line(place), keys: keys, found: found, isSoleBearer: person.isSoleBearer,
            isAboutOthers: others)
        evidence[place.row] = read
        if read.hasFullName, !read.namesake.isEmpty, !others { hasNamesake = true }
    }

    /// Puts a record where its evidence says.
    private func settle(_ row: Int64, rules: Set<MatchRule> = []) {
        guard inScope[row] == nil, var found = evidence[row] else { return }
        found.relations = relations[row] ?? []
        if hasNamesake { found.isSoleBearer = false }
        let judged = Adjudication(found)
        judgements[row] = judged
        if judged.decision == .accepted {
            mentions.remove(row)
            let related = judged.reasons.filter(Self.relationRules.contains).map(Self.rule)
            inScope[row] = rules.union(related)
        } else if found.hasFullName {
            mentions.insert(row)
        }
    }

    private static let relationRules: Set<String> = [
        "copy", "same-thread", "same-document", "version",
    ]

    private func line(_ place: RecordPlace) throws -> RecordLine {
        if let known = lines[place.row] { return known }
        let line = try reader.read(place)
        lines[place.row] = line
        return line
    }

    private func followTexts(_ reach: Reach, _ corpora: Set<String>) throws {
        let shared = SharedText(
            texts: reach.texts, settings: reach.settings, keys: keys,
            isAboutOthers: { [catalog, person] row in
                let place = try catalog.places(of: [row]).first
                return !(place?.subjects ?? []).isEmpty
                    && Set(place?.subjects ?? []).isDisjoint(with: person.subjects)
            })
        let hits = try catalog.places(of: inScope.keys)
        for start in stride(from: 0, to: hits.count, by: Self.preparedTextCount) {
            let texts = try hits[start..<min(start + Self.preparedTextCount, hits.count)]
                .map { try text($0, shared) }
            try shared.prepare(texts)
            for text in texts {
                for search in [
                    try NearDuplicates(shared: shared).search(text),
                    try Quotes(shared: shared).search(text),
                ] {
                    commonWindowCount += search.commonWindowCount
                    for relative in search.relatives where inScope[relative.row] == nil {
                        relations[relative.row, default: []]
                            .insert(relative.isTelling ? .copy : .commonText)
                    }
                }
            }
        }
        // What is shared counts once, by the better of the two.
        for row in relations.keys where relations[row]?.contains(.copy) == true {
            relations[row]?.remove(.commonText)
        }
        try settleRelated(corpora)
    }

    /// Texts whose windows are searched for together.
    private static let preparedTextCount = 64

    private func text(_ hit: RecordPlace, _ shared: SharedText) throws -> HitText {
        let spans = try spans(hit)
        let bytes = Array(try line(hit).text.utf8)
        var folder = TextFolder()
        let concerning =
            spans.isEmpty ? nil : spans.map { String(decoding: bytes[$0], as: UTF8.self) }.joined()
        return HitText(
            row: hit.row, folded: try shared.foldedText(ofRow: hit.row),
            concerning: concerning.map { folder.folded($0) })
    }

    /// From weaker records a group is followed if at least this part of it, a quarter, is theirs.
    private static let followedShareDivisor = 4

    private func followGroups(_ reach: Reach, _ corpora: Set<String>) throws {
        let hits = try catalog.places(of: inScope.keys)
        for group in try reach.neighbours.groups(of: hits, reader: reader) {
            guard group.rows.count <= reach.settings.candidateRecordCountMaximum else {
                largeGroupCount += 1
                continue
            }
            let theirs = group.rows.filter { inScope[$0] != nil }.count
            // A name dropped in somebody else's thread does not make the thread theirs.
            guard
                group.relation == .version || !firm.isDisjoint(with: group.rows)
                    || Self.followedShareDivisor * theirs >= group.rows.count
            else { continue }
            for row in group.rows where inScope[row] == nil {
                relations[row, default: []].insert(group.relation)
                if group.relation != .version, 2 * theirs >= group.rows.count {
                    relations[row, default: []].insert(.mostlyTheirs)
                }
            }
        }
        try settleRelated(corpora)
    }

    private func settleRelated(_ corpora: Set<String>) throws {
        let places = try catalog.places(of: relations.keys)
            .filter { corpora.contains($0.key.corpus) && inScope[$0.row] == nil }
        for place in places { try gather(place, found: [:]) }
        for place in places {
            if place.subjects.isEmpty {
                settle(place.row)
            } else if relations[place.row]?.contains(.copy) == true {
                mentions.insert(place.row)
            }
        }
    }
}
