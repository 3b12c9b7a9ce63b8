import Domain

/// The operator's decision on one doubtful record.
package struct RecordMatch: Codable, Sendable, Hashable {
    package let corpus: String
    package let id: String
    package let isAccepted: Bool

    package init(corpus: String, id: String, isAccepted: Bool) {
        self.corpus = corpus
        self.id = id
        self.isAccepted = isAccepted
    }
}

/// A resolution with what was weighed on the way.
package struct ScopeReach: Sendable {
    /// The scope holds what was accepted; what was queued or rejected and bears the name is among
    /// its mentions.
    package let resolution: Resolution
    /// Every record that was weighed, in corpus, shard and line order. Records that hold a strong
    /// identifier or are attributed to the person are not: there was nothing to weigh.
    package let judgements: [RecordJudgement]
    /// The queued ones as they are shown to the operator, in the same order.
    package let queue: [MatchContext]
    /// Pieces of the person's texts that too many records hold to be followed.
    package let commonWindowCount: Int
    /// Threads and documents too large to be followed.
    package let largeGroupCount: Int

    init(_ resolution: Resolution) {
        self.resolution = resolution
        judgements = []
        queue = []
        commonWindowCount = 0
        largeGroupCount = 0
    }

    init(_ resolution: Resolution, _ judge: ScopeJudge, _ catalog: CorpusCatalog) throws {
        self.resolution = resolution
        var judgements: [RecordJudgement] = []
        var queue: [MatchContext] = []
        for place in try catalog.places(of: judge.judgements.keys) {
            guard let judged = judge.judgements[place.row] else { continue }
            let spans = judged.decision == .rejected ? [] : try judge.spans(place)
            judgements.append(RecordJudgement(key: place.key, judged, spans: spans))
            if judged.decision == .queued {
                queue.append(try judge.context(place, reasons: judged.reasons))
            }
        }
        self.judgements = judgements
        self.queue = queue
        commonWindowCount = judge.commonWindowCount
        largeGroupCount = judge.largeGroupCount
    }
}

extension LineageIndex {
    /// Resolves a request as `resolve` does and looks further: for near-duplicates and quotes of
    /// every record found, and for its thread, document and versions. What is found so is weighed
    /// record by record; what stays doubtful waits in the queue for the operator.
    /// - Parameters:
    ///   - corpora: names of corpora; nil means all. Only training corpora are resolved against.
    ///   - decisions: the operator's, by subject id; later ones overrule earlier ones.
    ///   - matches: the operator's on single records; later ones overrule earlier ones, and a
    ///     record that was rejected leaves the scope whatever found it.
    /// - Throws: what `resolve` throws; `unknown-record` for a decision on a record that is not.
    package func reach(
        _ identifiers: [PersonalIdentifier], corpora: [String]? = nil,
        decisions: [(subject: String, accepted: Bool)] = [], matches: [RecordMatch] = [],
        settings: RelativeSettings = RelativeSettings()
    ) throws -> ScopeReach {
        try reading { catalog in
            let training = try Self.corpora(catalog, corpora).filter { $0.role == .training }
            let resolver = try ScopeResolver(
                catalog, training: training, identifiers, matches: matches,
                reach: ScopeJudge.Reach(
                    texts: CorpusSearch(catalog, corpora: training.map(\.name)),
                    neighbours: NeighbourFinder(catalog), settings: settings))
            return try resolver.resolve(decisions: decisions)
        }
    }
}
