import Domain
import Foundation
import Lineage

extension Workspace {
    /// Registers and indexes shards. All or nothing; durable when it returns.
    package func addCorpus(
        name: String, role: CorpusRole, servedCorpus: String?, shards: [URL], actor: String,
        context: WorkContext
    ) throws -> CorpusSummary {
        let summary = try lineage.addCorpus(
            name: name, role: role, servedCorpus: servedCorpus, shards: shards, context: context)
        _ = try cases.appendNote(
            event: "corpus-added", actor: actor,
            digests: ["corpus": summary.manifestDigest.hexadecimal],
            facts: [
                "corpus": name, "role": role.rawValue, "records": "\(summary.recordCount)",
                "shards": "\(summary.shards.count)",
            ])
        return summary
    }
}
