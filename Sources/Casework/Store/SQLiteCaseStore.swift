import Domain
import Foundation
import GRDB

/// Cases in one SQLite file: write-ahead log, synced at every commit, foreign keys on, deleted
/// content overwritten. One connection; other processes wait five seconds for their turn.
package final class SQLiteCaseStore: CaseStore, Sendable {
    let queue: DatabaseQueue
    let vault: Vault
    let clock: any Clock

    /// Opens or makes the file (permissions 0600) and brings it to the present form.
    /// - Throws: `newer-schema` if a newer version wrote it, `not-durable` if SQLite does not take
    ///   the settings, `database-locked`, `database-damaged`, `database-failed`.
    package init(path: String, vault: Vault, clock: any Clock = SystemClock()) throws {
        self.vault = vault
        self.clock = clock
        if !FileManager.default.fileExists(atPath: path) {
            // SQLite gives its log files the permissions of the database.
            try DurableFile.write(Data(), to: URL(fileURLWithPath: path), permissions: 0o600)
        }
        queue = try reportingDatabaseErrors {
            var configuration = Configuration()
            configuration.label = "casework"
            configuration.foreignKeysEnabled = true
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            // GRDB lowers `synchronous` to NORMAL after it switched to the log, so it is set here,
            // on the one connection there is, and read back.
            try queue.inDatabase { db in
                try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")
            }
            return queue
        }
        let settings = try durabilitySettings()
        guard settings["journal_mode"] == "wal", settings["synchronous"] == "2",
            settings["foreign_keys"] == "1"
        else {
            throw CaseworkError(
                .notDurable, "SQLite does not keep \(path) durably.",
                details: settings.merging(["path": path]) { first, _ in first },
                remedy: "Put the workspace on a local file system.")
        }
        let migrator = schemaMigrator()
        try reportingDatabaseErrors {
            guard try !queue.read(migrator.hasBeenSuperseded) else {
                throw CaseworkError(
                    .newerSchema, "\(path) was written by a newer version.",
                    details: ["path": path], remedy: "Use that version or a later one.")
            }
            try migrator.migrate(queue)
        }
    }

    /// The settings that decide what survives a crash, as SQLite reports them.
    package func durabilitySettings() throws -> [String: String] {
        try reportingDatabaseErrors {
            try queue.inDatabase { db in
                var settings: [String: String] = [:]
                for name in ["journal_mode", "synchronous", "foreign_keys", "secure_delete"] {
                    settings[name] = try String.fetchOne(db, sql: "PRAGMA \(name)")
                }
                return settings
            }
        }
    }

    package func load(_ id: CaseID) throws -> CaseRecord {
        try reportingDatabaseErrors { try queue.read { try Self.record(id, in: $0) } }
    }

    package func list(
        state: CaseState? = nil, dueBefore: Timestamp? = nil
    ) throws -> [CaseRecord] {
        try reportingDatabaseErrors {
            try queue.read { db in
                try Data.fetchAll(
                    db,
                    sql: """
                        SELECT record FROM cases
                        WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR dueAt < ?2)
                        ORDER BY year, number
                        """,
                    arguments: [state?.rawValue, dueBefore?.secondsSince1970]
                ).map { try CanonicalJSON.decode(CaseRecord.self, from: $0) }
            }
        }
    }

    static func record(_ id: CaseID, in db: Database) throws -> CaseRecord {
        let data = try Data.fetchOne(
            db, sql: "SELECT record FROM cases WHERE id = ?", arguments: [id.description])
        guard let data else {
            throw CaseworkError(
                .caseNotFound, "There is no case \(id).", details: ["case": id.description],
                remedy: "See `lethe case list` for the cases there are.")
        }
        return try CanonicalJSON.decode(CaseRecord.self, from: data)
    }

    /// Writes a record over its earlier version.
    /// - Throws: `case-changed` if the stored version is not the one before.
    static func replace(_ record: CaseRecord, in db: Database) throws {
        try db.execute(
            sql: """
                UPDATE cases SET state = ?, version = ?, dueAt = ?, record = ?
                WHERE id = ? AND version = ?
                """,
            arguments: [
                record.state.rawValue, record.version, record.dueAt.secondsSince1970,
                try CanonicalJSON.compact(record), record.id.description, record.version - 1,
            ])
        guard db.changesCount == 1 else { throw changed(record.id) }
    }

    static func changed(_ id: CaseID) -> CaseworkError {
        CaseworkError(
            .caseChanged, "\(id) was changed by somebody else in the meantime.",
            details: ["case": id.description], remedy: "Look at it again and repeat the command.")
    }
}

/// Turns SQLite's errors into the house's. Statements and bound values stay out of them.
func reportingDatabaseErrors<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as DatabaseError {
        let details = ["sqlite": String(error.extendedResultCode.rawValue)]
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            throw CaseworkError(
                .databaseLocked, "Another process is writing to the case database.",
                details: details, remedy: "Try again when it is done.")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            throw CaseworkError(
                .databaseDamaged, "The case database is damaged or is not one.", details: details,
                remedy: "Restore it from a backup.")
        default:
            throw CaseworkError(
                .databaseFailed,
                "The case database could not be read or written (\(error.resultCode)).",
                details: details, remedy: "Check free space and permissions of the workspace.")
        }
    }
}
