import Domain
import GRDB

extension LineageIndex {
    /// Whether a case's erasure reached everything that is known to hold the person's records: the
    /// shards, the registered copies, and the artefacts derived from the models it is given.
    ///
    /// Copies nobody registered cannot be known: the answer is no better than the register.
    /// - Parameters:
    ///   - models: digests of the models the records had influence on.
    ///   - clean: models that were made to forget the records although they descend from such a
    ///     model; what was made from them is clean as well.
    ///   - now: a copy that was to be gone by an earlier day and is not reported gone is overdue.
    package func erasureIsFull(
        _ caseID: String, models: [Digest] = [], clean: [Digest] = [], now: Timestamp
    ) throws -> ErasureCompleteness {
        var reasons: [ErasureCompleteness.Reason] = []
        func add(_ code: String, _ message: String) {
            reasons.append(ErasureCompleteness.Reason(code: code, message: message))
        }
        let (erased, open) = try database.read { db in
            (
                try Int.fetchOne(
                    db, sql: "SELECT COUNT(*) FROM tombstone WHERE caseID = ?",
                    arguments: [caseID]) ?? 0,
                try String.fetchAll(
                    db, sql: "SELECT shard FROM erasure WHERE caseID = ? ORDER BY id",
                    arguments: [caseID])
            )
        }
        if erased == 0 { add("nothing-erased", "No record was erased from any shard.") }
        for shard in open {
            add("erasure-unfinished", "The erasure from \(shard) is not finished.")
        }
        for item in try copies(ofCase: caseID) {
            let name = "The \(item.copy.kind.rawValue) \(item.copy.id)"
            switch item.disposition {
            case .erased: break
            case .unknown: add("copy-unknown", "\(name) has not been accounted for.")
            case .cannotBeErased: add("copy-kept", "\(name) cannot be erased.")
            case .scheduled(let date):
                add(
                    date < now ? "copy-overdue" : "copy-scheduled",
                    "\(name) was to be gone by \(date.dateText)"
                        + (date < now ? " and is not reported gone." : "."))
            }
        }
        for artefact in try residualArtefacts(
            ofModels: models, clean: clean, caseID: caseID)
        {
            add("artefact-residual", "The \(artefact.kind) \(artefact.name) still holds it.")
        }
        return reasons.isEmpty ? .full : .partial(reasons)
    }
}
