import Domain
import Foundation
import GRDB

/// What a list shows of a case.
package struct CaseSummary: Codable, Sendable, Equatable {
    package let id: CaseID
    package let state: CaseState
    package let version: Int
    package let receivedAt: Timestamp
    package let dueAt: Timestamp
    /// Nil while the case is open.
    package let closedAt: Timestamp?
    package let regime: Regime
    package let modelName: String?
    package let method: String?
    package let attempts: Int
    package let sourceFormat: String
}

extension SQLiteCaseStore {
    /// A page of the list, sorted by id. Only the page's rows are read.
    /// - Parameters:
    ///   - dueBefore: exclusive.
    ///   - limit: at most this many rows; at least 1.
    ///   - after: the last id of the page before.
    /// - Throws: `history-broken` for a row that cannot be read.
    package func list(
        state: CaseState? = nil, dueBefore: Timestamp? = nil, limit: Int, after: CaseID? = nil
    ) throws -> [CaseSummary] {
        let filter = Self.filter(state: state, dueBefore: dueBefore, after: after)
        return try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, state, version, dueAt, closedAt,
                    json_extract(CAST(record AS TEXT), '$.receivedAt') AS receivedAt,
                    json_extract(CAST(record AS TEXT), '$.regime') AS regime,
                    json_extract(CAST(record AS TEXT), '$.modelName') AS modelName,
                    json_extract(CAST(record AS TEXT), '$.progress.unlearning.method') AS method,
                    json_extract(CAST(record AS TEXT), '$.attempts') AS attempts,
                    json_extract(CAST(record AS TEXT), '$.sourceFormat') AS sourceFormat
                    FROM cases \(filter.sql) ORDER BY year, number LIMIT ?
                    """, arguments: filter.arguments + [max(1, limit)]
            ).map(Self.summary)
        }
    }

    /// Cases whose requests carry this id of the sender's, oldest first.
    package func cases(ofSource id: String) throws -> [CaseID] {
        guard let digest = vault.keyedDigest(of: id) else { return [] }
        return try read { db in
            try String.fetchAll(
                db,
                sql: "SELECT id FROM cases WHERE sourceIDDigest = ? ORDER BY year, number",
                arguments: [digest.hexadecimal]
            ).compactMap { CaseID($0) }
        }
    }

    /// How many cases a list with these conditions has.
    /// - Parameter dueBefore: exclusive.
    package func count(state: CaseState? = nil, dueBefore: Timestamp? = nil) throws -> Int {
        let filter = Self.filter(state: state, dueBefore: dueBefore, after: nil)
        return try read { db in
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM cases \(filter.sql)", arguments: filter.arguments)
                ?? 0
        }
    }

    /// How many cases there are in each state that has any.
    package func countByState() throws -> [CaseState: Int] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT state, count(*) AS count FROM cases GROUP BY state")
                .reduce(into: [:]) { counts, row in
                    if let state = CaseState(rawValue: row["state"]) {
                        counts[state] = row["count"]
                    }
                }
        }
    }

    /// Whole records, sorted by id. For lists use the paged form.
    package func list(
        state: CaseState? = nil, dueBefore: Timestamp? = nil
    ) throws -> [CaseRecord] {
        let filter = Self.filter(state: state, dueBefore: dueBefore, after: nil)
        return try records("\(filter.sql) ORDER BY year, number", filter.arguments)
    }

    package func openCases() throws -> [CaseRecord] {
        let closed = CaseState.allCases.filter(\.isFinal).map { "'\($0.rawValue)'" }
        return try records(
            "WHERE state NOT IN (\(closed.joined(separator: ", "))) ORDER BY year, number", [])
    }

    private func records(
        _ sql: String, _ arguments: StatementArguments
    ) throws -> [CaseRecord] {
        try read { db in
            let rows = try Data.fetchCursor(
                db, sql: "SELECT record FROM cases " + sql, arguments: arguments)
            var records: [CaseRecord] = []
            while let bytes = try rows.next() {
                records.append(try CanonicalJSON.decode(CaseRecord.self, from: bytes))
            }
            return records
        }
    }

    /// Only the conditions there are, so that each finds its index.
    private static func filter(
        state: CaseState?, dueBefore: Timestamp?, after: CaseID?
    ) -> (sql: String, arguments: StatementArguments) {
        var conditions: [String] = []
        var arguments: StatementArguments = []
        if let state {
            conditions.append("state = ?")
            arguments += [state.rawValue]
        }
        if let dueBefore {
            conditions.append("dueAt < ?")
            arguments += [dueBefore.secondsSince1970]
        }
        if let after {
            conditions.append("(year, number) > (?, ?)")
            arguments += [after.year, after.number]
        }
        guard !conditions.isEmpty else { return ("", arguments) }
        return ("WHERE " + conditions.joined(separator: " AND "), arguments)
    }

    private static func summary(of row: Row) throws -> CaseSummary {
        let name: String = row["id"]
        guard let id = CaseID(name), let state = CaseState(rawValue: row["state"]),
            let received: String = row["receivedAt"], let receivedAt = Timestamp(received),
            let regimeName: String = row["regime"], let regime = Regime(rawValue: regimeName)
        else {
            throw CaseworkError(
                .historyBroken, "The stored row of \(name) cannot be read.",
                details: ["case": name], remedy: "See `lethe history verify`.")
        }
        let closedAt: Int64? = row["closedAt"]
        return CaseSummary(
            id: id, state: state, version: row["version"], receivedAt: receivedAt,
            dueAt: Timestamp(secondsSince1970: row["dueAt"]),
            closedAt: closedAt.map(Timestamp.init(secondsSince1970:)), regime: regime,
            modelName: row["modelName"], method: row["method"], attempts: row["attempts"],
            sourceFormat: row["sourceFormat"])
    }
}
