import GRDB

/// Models, which of them answers to its name, and what each started from.
enum Migration003Models {
    static let name = "003-models"

    static func apply(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE model (
                    id INTEGER PRIMARY KEY,
                    name TEXT NOT NULL,
                    version INTEGER NOT NULL,
                    digest TEXT NOT NULL,
                    path TEXT NOT NULL,
                    family TEXT NOT NULL,
                    parent TEXT,
                    run TEXT,
                    how TEXT NOT NULL,
                    createdAt TEXT NOT NULL,
                    isCurrent INTEGER NOT NULL DEFAULT 0,
                    UNIQUE (name, version),
                    UNIQUE (name, digest)
                );
                CREATE UNIQUE INDEX modelCurrent ON model(name) WHERE isCurrent;
                CREATE INDEX modelByDigest ON model(digest);
                CREATE INDEX modelByParent ON model(parent);
                """)
    }
}
