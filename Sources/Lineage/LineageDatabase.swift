import Domain
import Foundation
import GRDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The SQLite file behind the index: opened durably, migrated, and with errors in the house's form.
struct LineageDatabase: Sendable {
    let path: String
    private let pool: DatabasePool

    /// In the order in which they were released; released ones never change.
    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration(Migration001Corpora.name, migrate: Migration001Corpora.apply)
        migrator.registerMigration(Migration002Postings.name, migrate: Migration002Postings.apply)
        migrator.registerMigration(Migration003Models.name, migrate: Migration003Models.apply)
        migrator.registerMigration(Migration004Runs.name, migrate: Migration004Runs.apply)
        migrator.registerMigration(Migration005Segments.name, migrate: Migration005Segments.apply)
        migrator.registerMigration(Migration006Copies.name, migrate: Migration006Copies.apply)
        migrator.registerMigration(
            Migration007Suppression.name, migrate: Migration007Suppression.apply)
        migrator.registerMigration(
            Migration008Artefacts.name, migrate: Migration008Artefacts.apply)
        migrator.registerMigration(
            Migration009ErasedLines.name, migrate: Migration009ErasedLines.apply)
        return migrator
    }

    /// - Throws: `newer-index`, `index-locked`, `index-damaged`, `index-failed`.
    init(path: String) throws {
        self.path = path
        pool = try Self.translatingErrors(path) {
            try Self.createPrivately(path)
            var configuration = Configuration()
            configuration.foreignKeysEnabled = true
            configuration.busyMode = .timeout(5)
            let pool = try DatabasePool(path: path, configuration: configuration)
            // The pool sets NORMAL for WAL while it opens; what a command acknowledged must
            // survive a power loss, so FULL is set again afterwards.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            let migrator = Self.migrator
            if try pool.read(migrator.hasBeenSuperseded) {
                throw LineageError(
                    .newerIndex, "\(path) was written by a newer version of lethe.",
                    details: ["path": path], remedy: "Use that version or a later one.")
            }
            try migrator.migrate(pool)
            return pool
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Self.translatingErrors(path) { try pool.read(body) }
    }

    /// One transaction: durable when this returns, undone when it throws.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Self.translatingErrors(path) {
            try pool.writeWithoutTransaction { db in
                var result: Value?
                try db.inTransaction(.immediate) {
                    result = try body(db)
                    return .commit
                }
                guard let result else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
                return result
            }
        }
    }

    /// Settings that durability rests on, as SQLite reports them.
    func durabilitySettings() throws -> [String: String] {
        try Self.translatingErrors(path) {
            try pool.writeWithoutTransaction { db in
                var settings: [String: String] = [:]
                for pragma in ["journal_mode", "synchronous", "foreign_keys"] {
                    settings[pragma] = try String.fetchOne(db, sql: "PRAGMA \(pragma)")
                }
                return settings
            }
        }
    }

    /// Nobody but its owner may read the file. SQLite gives its companion files the same mode.
    private static func createPrivately(_ path: String) throws {
        let descriptor = DurableFile.uninterrupted {
            open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        }
        guard descriptor >= 0 else {
            throw LineageError(
                .indexFailed, "\(path) cannot be opened or created.", details: ["path": path],
                remedy: "Check that its folder exists and is writable.")
        }
        close(descriptor)
    }

    private static func translatingErrors<Value>(
        _ path: String, _ body: () throws -> Value
    ) throws -> Value {
        do { return try body() } catch let error as DatabaseError {
            let details = ["path": path, "sqlite": "\(error.resultCode.rawValue)"]
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                throw LineageError(
                    .indexLocked, "\(path) is in use by another process.", details: details,
                    remedy: "Try again when the other command has ended.", cause: error)
            case .SQLITE_CORRUPT, .SQLITE_NOTADB:
                throw LineageError(
                    .indexDamaged, "\(path) is not a readable index.", details: details,
                    remedy: "Restore it from a backup.", cause: error)
            default:
                throw LineageError(
                    .indexFailed,
                    "\(path): SQLite reports \(error.message ?? "an error") "
                        + "(\(error.resultCode.rawValue)).",
                    details: details, remedy: "Check free space and permissions of the workspace.",
                    cause: error)
            }
        }
    }
}
