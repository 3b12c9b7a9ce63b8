import GRDB

/// Records, their identifiers and their texts move from tables into segment files, one a shard.
///
/// What a run used and what was deleted is kept by shard and ordinal. Tables of an index that holds
/// corpora cannot be converted - postings do not tell what they were made of - so such an index is
/// refused and stays as it is.
enum Migration005Segments {
    static let name = "005-segments"

    static func apply(_ db: Database) throws {
        guard try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM corpus") == 0 else {
            throw LineageError(
                .indexOutdated,
                "This index was made by an older version of lethe and holds corpora in a form that "
                    + "is no longer read.",
                remedy: "Make a new workspace and add the corpora to it; this one is unchanged.")
        }
        try db.execute(
            sql: """
                DROP TABLE runRecord;
                DROP TABLE posting;
                DROP TABLE recordText;
                DROP TABLE recordSubject;
                DROP TABLE record;
                DROP TABLE subject;
                ALTER TABLE corpus ADD COLUMN subjectCount INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE shard ADD COLUMN segment TEXT NOT NULL DEFAULT '';
                CREATE TABLE deletion (
                    shard INTEGER NOT NULL REFERENCES shard(id),
                    ordinal INTEGER NOT NULL,
                    deletedBy TEXT NOT NULL,
                    PRIMARY KEY (shard, ordinal)
                ) WITHOUT ROWID;
                CREATE TABLE runShard (
                    run INTEGER NOT NULL REFERENCES run(id),
                    shard INTEGER NOT NULL REFERENCES shard(id),
                    members BLOB NOT NULL,
                    PRIMARY KEY (run, shard)
                ) WITHOUT ROWID;
                CREATE INDEX runShardByShard ON runShard(shard);
                """)
    }
}
