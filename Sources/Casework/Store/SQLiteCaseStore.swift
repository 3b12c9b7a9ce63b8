import Domain
import Foundation
import GRDB
import Synchronization

/// Cases in one SQLite file: write-ahead log, synced at every commit, foreign keys on, deleted
/// content overwritten. One connection; one process writes at a time, and others wait for their turn.
///
/// After an input or output error, a failed sync among them, nothing more is written through this
/// store: what reached the disk is unknown until the file is opened and read again.
package final class SQLiteCaseStore: CaseStore, Sendable {
    let queue: DatabaseQueue
    private let currentVault: Mutex<Vault>
    let clock: any Clock
    let bootClock: any BootClock
    private let hasFailed = Mutex(false)

    package var leases: any LeaseRegister { self }
    /// Another one after the workspace key was changed.
    var vault: Vault { currentVault.withLock { $0 } }
    func use(_ vault: Vault) { currentVault.withLock { $0 = vault } }

    /// Opens or makes the file (permissions 0600) and brings it to the present form.
    /// - Parameters:
    ///   - waitSeconds: how long a change waits for another process that is writing.
    ///   - bootClock: measures leases; wall time cannot, since it can be set back.
    /// - Throws: `newer-schema` if a newer version wrote it, `not-durable` if SQLite does not take
    ///   the settings, `database-locked`, `database-damaged`, `database-failed`.
    package init(
        path: String, vault: Vault, clock: any Clock = SystemClock(), waitSeconds: Double = 5,
        bootClock: any BootClock = SystemBootClock()
    ) throws {
        currentVault = Mutex(vault)
        self.clock = clock
        self.bootClock = bootClock
        if !FileManager.default.fileExists(atPath: path) {
            // SQLite gives its log files the permissions of the database.
            try DurableFile.write(Data(), to: URL(fileURLWithPath: path), permissions: 0o600)
        }
        queue = try reportingDatabaseErrors {
            var configuration = Configuration()
            configuration.label = "casework"
            configuration.foreignKeysEnabled = true
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(waitSeconds)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            // GRDB lowers `synchronous` to NORMAL after it switched to the log, so it is set here,
            // on the one connection there is, and read back.
            try queue.inDatabase { db in
                try db.execute(
                    sql: """
                        PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
                        PRAGMA checkpoint_fullfsync = ON; PRAGMA secure_delete = ON;
                        PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;
                        PRAGMA wal_autocheckpoint = 4000;
                        """)
            }
            return queue
        }
        let settings = try durabilitySettings()
        guard Self.areDurable(settings) else {
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

    static func areDurable(_ settings: [String: String]) -> Bool {
        settings["journal_mode"] == "wal" && settings["synchronous"] == "2"
            && settings["foreign_keys"] == "1" && settings["secure_delete"] == "1"
    }

    /// One transaction: everything in `body` or nothing, on disk when it returns.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        guard !hasFailed.withLock({ $0 }) else {
            throw CaseworkError(
                .databaseFailed, "An earlier write to the case database failed.",
                remedy: "Check the disk, then start the command again.")
        }
        return try reportingDatabaseErrors {
            do { return try queue.write(body) } catch let error as DatabaseError {
                if error.resultCode == .SQLITE_IOERR { hasFailed.withLock { $0 = true } }
                throw error
            }
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try reportingDatabaseErrors { try queue.read(body) }
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
        try read { try Self.record(id, in: $0) }
    }

    static func record(_ id: CaseID, in db: Database) throws -> CaseRecord {
        let data = try Data.fetchOne(
            try db.cachedStatement(sql: "SELECT record FROM cases WHERE id = ?"),
            arguments: [id.description])
        guard let data else {
            throw CaseworkError(
                .caseNotFound, "There is no case \(id).", details: ["case": id.description],
                remedy: "See `lethe case list` for the cases there are.")
        }
        return try CanonicalJSON.decode(CaseRecord.self, from: data)
    }

    /// Writes a record over its earlier version.
    /// - Parameters:
    ///   - bytes: the record in canonical form.
    ///   - closedAt: nil for an open case; a case that is closed already keeps its own.
    /// - Throws: `case-changed` if the stored version is not the one before.
    static func replace(
        _ record: CaseRecord, bytes: Data, closedAt: Timestamp?, in db: Database
    ) throws {
        try db.cachedStatement(
            sql: """
                UPDATE cases SET state = ?1, version = ?2, dueAt = ?3, record = ?4,
                closedAt = CASE WHEN ?5 IS NULL THEN NULL ELSE coalesce(closedAt, ?5) END
                WHERE id = ?6 AND version = ?7
                """
        ).execute(
            arguments: [
                record.state.rawValue, record.version, record.dueAt.secondsSince1970, bytes,
                closedAt?.secondsSince1970, record.id.description, record.version - 1,
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
