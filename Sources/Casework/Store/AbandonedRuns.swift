import Domain
import GRDB

/// Unlearning runs that were begun and never came to a result.
///
/// The history names a run when it begins (`unlearning-started`, with its cases and, since version 0.8,
/// its id as the fact `run`). Nobody goes on with a run once each of its cases was closed after that, or
/// has the result of another run.
extension SQLiteCaseStore {
    /// The fact of `unlearning-started` that holds the run's id.
    package static let runFact = "run"

    /// Those of these runs whose cases do not need them any more.
    ///
    /// A run that no entry names was begun by an earlier version, if that left entries without a run's
    /// id: it counts once all cases of all such entries are through. Else nothing is known of it, and it
    /// is not returned.
    /// - Throws: those of reading the store.
    package func abandonedRuns(among ids: Set<String>) throws -> Set<String> {
        guard !ids.isEmpty else { return [] }
        var named: [String: HistoryEntry] = [:]
        // When the last run without an id began for a case.
        var unnamed: [String: Int] = [:]
        for entry in try notes(of: [HistoryEntry.unlearningStarted]) {
            if let id = entry.facts[Self.runFact] {
                if ids.contains(id) { named[id] = entry }
            } else {
                for id in Self.cases(of: entry) { unnamed[id] = entry.sequence }
            }
        }
        return try read { db in
            func isThrough(_ id: String, since sequence: Int) throws -> Bool {
                try Self.isThrough(id, since: sequence, in: db)
            }
            var abandoned: Set<String> = []
            for (id, entry) in named
            where try Self.cases(of: entry).allSatisfy({
                try isThrough($0, since: entry.sequence)
            }) {
                abandoned.insert(id)
            }
            let unknown = ids.subtracting(named.keys)
            if !unknown.isEmpty, !unnamed.isEmpty,
                try unnamed.allSatisfy({ try isThrough($0.key, since: $0.value) })
            {
                abandoned.formUnion(unknown)
            }
            return abandoned
        }
    }

    private static func cases(of entry: HistoryEntry) -> [String] {
        (entry.facts["cases"] ?? "").split(separator: " ").map(String.init)
    }

    /// Whether a case is closed, was closed since an entry (it may be open again), or has had a result
    /// since. A case that does not exist needs nothing.
    private static func isThrough(
        _ id: String, since sequence: Int, in db: Database
    ) throws -> Bool {
        let finals = CaseState.allCases.filter(\.isFinal).map(\.rawValue)
        let state = try String.fetchOne(
            try db.cachedStatement(sql: "SELECT state FROM cases WHERE id = ?"), arguments: [id])
        guard let state, !finals.contains(state) else { return true }
        let rows = try Row.fetchCursor(
            try db.cachedStatement(
                sql: """
                    SELECT sequence, body, hash FROM history
                    WHERE caseID = ? AND sequence > ? ORDER BY sequence
                    """), arguments: [id, sequence])
        while let row = try rows.next() {
            let entry = try Self.entry(of: row)
            if entry.event == CaseEvent.unlearnDone.rawValue || entry.to?.isFinal == true {
                return true
            }
        }
        return false
    }
}
