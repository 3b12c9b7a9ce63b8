import Domain
import Foundation

/// Measures the recall of the search for a person: plants invented people in a shadow copy of
/// corpora, searches for each by the rules of a request, and counts what was found.
///
/// The shadow is an index of its own over the same shards, which are only read, and one shard of
/// planted records. It lies in a folder of its own and is removed at the end.
/// - Parameters:
///   - corpora: the shards of each corpus to be measured; none measures among the planted records
///     alone.
///   - folder: must not exist; its parent must. Takes the shadow's index.
/// - Throws: `malformed-settings`, `cannot-create` or what `addCorpus` and `reach` throw;
///   `interrupted`. The folder is removed then, too.
package func measureRecall(
    amid corpora: [[URL]], settings: RecallSettings = RecallSettings(), folder: URL,
    context: WorkContext = WorkContext()
) throws -> RecallReport {
    try checkSettings(settings)
    try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: folder) }
    let plan = try RecallPlan(settings)
    let planted = folder.appendingPathComponent("planted.jsonl")
    try DurableFile.write(
        Data(plan.lines.map { $0 + "\n" }.joined().utf8), to: planted, permissions: 0o600)
    let index = try LineageIndex(path: folder.appendingPathComponent("lineage.sqlite").path)
    for (number, shards) in corpora.enumerated() where !shards.isEmpty {
        try index.addCorpus(name: "corpus-\(number + 1)", shards: shards, context: context)
    }
    try index.addCorpus(name: RecallTally.corpus, shards: [planted], context: context)

    var tally = RecallTally()
    for (done, search) in plan.searches.enumerated() {
        try context.checkCancellation()
        context.progress("search", done, of: plan.searches.count)
        tally.add(
            search,
            try index.reach(search.identifiers, settings: settings.relatives))
    }
    context.progress("search", plan.searches.count, of: plan.searches.count)
    let recordCount = try index.corpora().reduce(0) { $0 + $1.recordCount }
    return tally.report(settings, recordCount: recordCount)
}

/// Invented families and numbers suffice for so many people.
private let plantedPersonCountMaximum = 13_000

private func checkSettings(_ settings: RecallSettings) throws {
    let count = settings.personCount + 2 * settings.namesakePairCount
    guard settings.personCount >= 0, settings.namesakePairCount >= 0,
        (1...plantedPersonCountMaximum).contains(count)
    else {
        throw LineageError(
            .malformedSettings,
            "A recall measurement plants 1 to \(plantedPersonCountMaximum) people, not \(count).",
            details: ["count": "\(count)"],
            remedy: "Plant fewer people or pairs of namesakes; a pair counts twice.")
    }
}

/// Counts what the searches found.
private struct RecallTally {
    static let corpus = "planted"

    private struct Counts {
        var planted = 0
        var found = 0
        var accepted = 0
    }
    private var kinds: [String: Counts] = [:]
    private var own = Counts()
    private var others = Counts()
    private var pairCount = 0

    mutating func add(_ search: RecallPlan.Search, _ reach: ScopeReach) {
        var accepted = Set<String>()
        if case .found(let scope) = reach.resolution {
            accepted = Set(scope.allRecords.filter { $0.corpus == Self.corpus }.map(\.id))
        }
        let queued = Set(
            reach.queue.map(\.key).filter { $0.corpus == Self.corpus }.map(\.id))
        func count(_ id: String, _ counts: inout Counts) {
            counts.planted += 1
            if accepted.contains(id) { counts.accepted += 1 }
            if accepted.contains(id) || queued.contains(id) { counts.found += 1 }
        }
        let isPair = !search.others.isEmpty
        if isPair { pairCount += 1 }
        for (kind, id) in search.own {
            if isPair { count(id, &own) } else { count(id, &kinds[kind, default: Counts()]) }
        }
        for id in search.others { count(id, &others) }
    }

    func report(_ settings: RecallSettings, recordCount: Int) -> RecallReport {
        let counted = kinds.sorted { $0.key < $1.key }.map { kind, counts in
            RecallReport.Count(
                kind: kind, planted: counts.planted, found: counts.found,
                accepted: counts.accepted)
        }
        return RecallReport(
            seed: settings.seed, personCount: settings.personCount, recordCount: recordCount,
            kinds: counted,
            all: RecallReport.Count(
                kind: "all", planted: counted.reduce(0) { $0 + $1.planted },
                found: counted.reduce(0) { $0 + $1.found },
                accepted: counted.reduce(0) { $0 + $1.accepted }),
            namesakes: RecallReport.Namesakes(
                pairCount: pairCount, planted: others.planted, accepted: others.accepted,
                queued: others.found - others.accepted,
                acceptedUpperBound: clopperPearsonUpperBound(
                    successes: others.accepted, trials: others.planted),
                ownPlanted: own.planted, ownFound: own.found))
    }
}
