import Domain
import GRDB

extension LineageIndex {
    /// Records that a case excluded from future runs and that are still there, in corpus, shard and
    /// line order.
    package func recordKeys(deletedBy caseID: String) throws -> [RecordKey] {
        try reading { catalog in
            let rows = try Row.fetchAll(
                catalog.db, sql: "SELECT shard, ordinal FROM deletion WHERE deletedBy = ?",
                arguments: [caseID])
            return try catalog.places(
                of: rows.map { ($0["shard"] as Int64) << 32 | ($0["ordinal"] as Int64) }
            ).map(\.key)
        }
    }

    /// Models that erasures replaced, whose files may be gone for that reason.
    package func supersededModels() throws -> Set<Digest> {
        try database.read { db in
            Set(
                try String.fetchAll(db, sql: "SELECT digest FROM supersededModel")
                    .map(CorpusCatalog.digest))
        }
    }
}
