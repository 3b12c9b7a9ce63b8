import GRDB

/// One named step of the database's form.
struct SchemaMigration: Sendable {
    let name: String
    let migrate: @Sendable (Database) throws -> Void
}

/// Every migration there ever was, oldest first; only ever appended to.
let schemaMigrations: [SchemaMigration] = [migration001, migration002, migration003]

/// GRDB's migrator over the list.
func schemaMigrator() -> DatabaseMigrator {
    var migrator = DatabaseMigrator()
    for migration in schemaMigrations {
        migrator.registerMigration(migration.name) { try migration.migrate($0) }
    }
    return migrator
}
