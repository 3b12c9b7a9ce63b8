import Casework
import Domain
import Lineage

/// `received -> scoped`: searches the index for the person of a request.
struct ScopeStep: CaseScoper, @unchecked Sendable {
    let workspace: Workspace

    func scope(_ input: ScopeInput, context: WorkContext) throws -> ScopeOutcome {
        let finder = CaseSubjectFinder(workspace: workspace)
        let exemptions = input.record.progress.legal.exemptions
        let reach = try finder.reach(
            input.request, decisions: input.decisions, exemptions: exemptions)
        switch reach.resolution {
        case .found(let result):
            let decided = Set(input.decisions.map(\.subject))
                .union(exemptions.compactMap { DoubtfulRecord($0)?.candidate })
            let open = reach.queue.filter { !decided.contains(DoubtfulRecord($0.key).candidate) }
            guard open.isEmpty else { return .ambiguous(try empty(open.map(candidate))) }
            return .found(try summary(result, limits: input.request.scope))
        case .ambiguous(let candidates):
            return .ambiguous(
                try empty(
                    candidates.map {
                        Casework.MatchCandidate(
                            subject: $0.subject, recordCount: $0.recordCount, rules: $0.rules)
                    }))
        case .nobody: return .nobody(try empty([]))
        }
    }

    private func candidate(_ doubtful: MatchContext) -> Casework.MatchCandidate {
        Casework.MatchCandidate(
            subject: DoubtfulRecord(doubtful.key).candidate, recordCount: 1,
            rules: doubtful.reasons)
    }

    private func summary(_ result: ScopeResult, limits: [String]) throws -> ScopeSummary {
        let keys = result.allRecords
        let affected = try workspace.lineage.models(trainedOn: keys).filter(\.isCurrent)
        let runs = try workspace.lineage.runs(containing: keys)
        let models = try affected.map { entry in
            let run = try workspace.trainingRun(of: entry)
            return AffectedModel(
                name: entry.name, digest: entry.digest,
                runIDs: runs.map(\.id).filter { $0 == run?.id })
        }.sorted { $0.name < $1.name }
        // A limit that names a model chooses it; else the first by name is the case's model.
        let chosen = models.first { limits.contains($0.name) } ?? models.first
        return ScopeSummary(
            corpora: Set(keys.map(\.corpus)).sorted(), subjects: result.subjects,
            recordCount: keys.count, shardDigests: result.shards.map(\.digest).sorted(),
            recordsDigest: combinedDigest(keys.map(\.digest)), models: models,
            modelName: chosen?.name, indexDigest: result.indexDigest,
            notIncludedMentions: result.mentions.count)
    }

    private func empty(_ candidates: [Casework.MatchCandidate]) throws -> ScopeSummary {
        let manifests = try workspace.lineage.corpora().filter { $0.role == .training }
            .map(\.manifestDigest)
        return ScopeSummary(
            corpora: [], subjects: [], recordCount: 0, shardDigests: [],
            recordsDigest: combinedDigest([]), models: [], modelName: nil,
            indexDigest: combinedDigest(manifests), candidates: candidates)
    }
}
