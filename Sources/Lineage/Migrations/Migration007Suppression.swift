import GRDB

/// What must not come back: keyed digests of what erased people are known by.
enum Migration007Suppression {
    static let name = "007-suppression"

    static func apply(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE suppression (
                    key BLOB NOT NULL,
                    rule TEXT NOT NULL,
                    caseID TEXT NOT NULL,
                    addedAt TEXT NOT NULL,
                    PRIMARY KEY (key, rule, caseID)
                ) WITHOUT ROWID;
                CREATE INDEX suppressionByCase ON suppression(caseID);
                """)
    }
}
