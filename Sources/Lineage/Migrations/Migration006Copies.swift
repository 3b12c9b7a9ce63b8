import GRDB

/// Erasures of records under way and done, and the copies that an erasure has to account for.
enum Migration006Copies {
    static let name = "006-copies"

    static func apply(_ db: Database) throws {
        try db.execute(
            sql: """
                -- What shards that are not JSONL were unpacked from.
                CREATE TABLE importedShard (
                    plainPath TEXT PRIMARY KEY,
                    plainDigest TEXT NOT NULL,
                    plainByteCount INTEGER NOT NULL,
                    sourcePath TEXT NOT NULL,
                    sourceDigest TEXT NOT NULL,
                    format TEXT NOT NULL
                ) WITHOUT ROWID;
                -- Erasures that were begun and not ended; `plan` is JSON and holds no content.
                CREATE TABLE erasure (
                    id INTEGER PRIMARY KEY,
                    caseID TEXT NOT NULL,
                    shard TEXT NOT NULL UNIQUE,
                    state TEXT NOT NULL,
                    plan TEXT NOT NULL
                );
                CREATE TABLE tombstone (
                    recordKey BLOB NOT NULL,
                    lineKey BLOB NOT NULL,
                    corpus TEXT NOT NULL,
                    shard TEXT NOT NULL,
                    oldShardDigest TEXT NOT NULL,
                    newShardDigest TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    caseID TEXT NOT NULL,
                    erasedAt TEXT NOT NULL,
                    PRIMARY KEY (recordKey, lineKey, caseID)
                ) WITHOUT ROWID;
                CREATE INDEX tombstoneByCase ON tombstone(caseID);
                CREATE INDEX tombstoneByLine ON tombstone(lineKey);
                -- A model that an erasure replaced by one without the person.
                CREATE TABLE supersededModel (
                    digest TEXT NOT NULL,
                    caseID TEXT NOT NULL,
                    successor TEXT,
                    supersededAt TEXT NOT NULL,
                    PRIMARY KEY (digest, caseID)
                ) WITHOUT ROWID;
                CREATE TABLE copy (
                    id INTEGER PRIMARY KEY,
                    location TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    holds TEXT NOT NULL,
                    caseID TEXT NOT NULL DEFAULT '',
                    madeAt TEXT,
                    registeredAt TEXT NOT NULL,
                    UNIQUE (location, holds, caseID)
                );
                CREATE TABLE copyDisposition (
                    copy INTEGER NOT NULL REFERENCES copy(id),
                    caseID TEXT NOT NULL,
                    state TEXT NOT NULL,
                    detail TEXT NOT NULL,
                    decidedAt TEXT NOT NULL,
                    PRIMARY KEY (copy, caseID)
                ) WITHOUT ROWID;
                """)
    }
}
