import GRDB

/// Training runs and the records each of them learned from.
enum Migration004Runs {
    static let name = "004-runs"

    static func apply(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE run (
                    id INTEGER PRIMARY KEY,
                    name TEXT NOT NULL UNIQUE,
                    corpora TEXT NOT NULL,
                    recipeDigest TEXT NOT NULL,
                    planDigest TEXT NOT NULL,
                    recordCount INTEGER NOT NULL,
                    folder TEXT NOT NULL,
                    modelDigest TEXT NOT NULL
                );
                CREATE INDEX runByModel ON run(modelDigest);
                CREATE TABLE runRecord (
                    record INTEGER NOT NULL REFERENCES record(id),
                    run INTEGER NOT NULL REFERENCES run(id),
                    PRIMARY KEY (record, run)
                ) WITHOUT ROWID;
                CREATE INDEX runRecordByRun ON runRecord(run, record);
                """)
    }
}
