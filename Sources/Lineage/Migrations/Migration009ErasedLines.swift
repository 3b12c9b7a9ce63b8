import GRDB

/// Which lines were erased from a shard since it was added, by their numbers at that time: records
/// that are named by file and line keep their names.
enum Migration009ErasedLines {
    static let name = "009-erased-lines"

    static func apply(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE erasedLine (
                    shard INTEGER NOT NULL REFERENCES shard(id),
                    line INTEGER NOT NULL,
                    PRIMARY KEY (shard, line)
                ) WITHOUT ROWID;
                """)
    }
}
