import Casework
import Domain
import Foundation
import Lineage

/// Entries of the history that a killed command owes.
///
/// The index and the history are two databases: a corpus, a model or a copy is registered in the one
/// before it is noted in the other. A command that is killed in between cannot be repeated, since what
/// it made is there already; so the note is appended when the workspace is next opened for changing.
/// Commands that can be repeated note what they do then.
extension Workspace {
    /// Stands for whoever acted, whom nobody knows any more.
    private static let lateActor = "lethe"

    /// - Throws: what the store and the index throw.
    func appendLateNotes() throws {
        let corpora = try lineage.corpora()
        let made = try lineage.models().filter { Self.noteEvent(of: $0) != nil }
        let copies = try lineage.copies()
        guard !corpora.isEmpty || !made.isEmpty || !copies.isEmpty else { return }
        let known = try cases.notes(
            of: [
                "corpus-added", "corpus-extended", "shard-reindexed", "model-trained",
                "model-imported", "copy-registered",
            ])
        for corpus in corpora { try noteLate(corpus, known) }
        for model in made { try noteLate(model, known) }
        let knownCopies = Set(
            known.filter { $0.event == "copy-registered" }.compactMap { $0.facts["copy"] })
        for copy in copies where !knownCopies.contains("\(copy.id)") {
            try noteLate(
                "copy-registered", facts: ["copy": "\(copy.id)", "kind": copy.kind.rawValue])
        }
    }

    private func noteLate(_ corpus: CorpusSummary, _ known: [HistoryEntry]) throws {
        let facts = [
            "corpus": corpus.name, "records": "\(corpus.recordCount)",
            "shards": "\(corpus.shards.count)",
        ]
        let digests = ["corpus": corpus.manifestDigest.hexadecimal]
        guard let last = known.last(where: { $0.facts["corpus"] == corpus.name }) else {
            try noteLate(
                "corpus-added", digests: digests,
                facts: facts.merging(["role": corpus.role.rawValue]) { $1 })
            return
        }
        // Erasures change shards without adding any; the case's history tells of them.
        guard let count = last.facts["shards"].flatMap({ Int($0) }), count < corpus.shards.count
        else { return }
        try noteLate(
            "corpus-extended", digests: digests,
            facts: facts.merging(["added-shards": "\(corpus.shards.count - count)"]) { $1 })
    }

    private func noteLate(_ model: ModelEntry, _ known: [HistoryEntry]) throws {
        guard let event = Self.noteEvent(of: model) else { return }
        let isNoted = known.contains {
            $0.event == event && $0.facts["model"] == model.name
                && $0.digests["model"] == model.digest.hexadecimal
        }
        guard !isNoted else { return }
        var digests = ["model": model.digest.hexadecimal]
        var facts = ["model": model.name, "corpora": ""]
        if let run = try model.runID.map({ try lineage.run(id: $0) }) {
            facts["corpora"] = run.corpora.joined(separator: " ")
            if event == "model-trained" {
                facts["run"] = run.id
                digests["recipe"] = run.recipeDigest.hexadecimal
                digests["plan"] = run.planDigest.hexadecimal
                digests["records"] =
                    combinedDigest(try lineage.recordKeys(ofRun: run.id).map(\.digest)).hexadecimal
            }
        }
        try noteLate(event, digests: digests, facts: facts)
    }

    /// What is noted when such a model is registered; nil where a case's own history tells of it.
    private static func noteEvent(of model: ModelEntry) -> String? {
        if model.how == "trained" { return "model-trained" }
        return model.how == "imported" || model.how.hasPrefix("imported:")
            ? "model-imported" : nil
    }

    private func noteLate(
        _ event: String, digests: [String: String] = [:], facts: [String: String]
    ) throws {
        _ = try cases.appendNote(
            event: event, actor: Self.lateActor, digests: digests,
            facts: facts.merging(["noted-late": "true"]) { $1 })
    }
}
