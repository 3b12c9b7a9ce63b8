import GRDB

/// Corpora, their shards and records, and whom the records are about.
enum Migration001Corpora {
    static let name = "001-corpora"

    static func apply(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE corpus (
                    id INTEGER PRIMARY KEY,
                    name TEXT NOT NULL UNIQUE,
                    role TEXT NOT NULL,
                    servedCorpus TEXT,
                    digest TEXT NOT NULL
                );
                CREATE TABLE shard (
                    id INTEGER PRIMARY KEY,
                    corpus INTEGER NOT NULL REFERENCES corpus(id),
                    path TEXT NOT NULL,
                    digest TEXT NOT NULL,
                    byteCount INTEGER NOT NULL,
                    recordCount INTEGER NOT NULL,
                    UNIQUE (corpus, path)
                );
                CREATE TABLE record (
                    id INTEGER PRIMARY KEY,
                    corpus INTEGER NOT NULL REFERENCES corpus(id),
                    shard INTEGER NOT NULL REFERENCES shard(id),
                    line INTEGER NOT NULL,
                    byteOffset INTEGER NOT NULL,
                    byteCount INTEGER NOT NULL,
                    name TEXT NOT NULL,
                    digest BLOB NOT NULL,
                    deletedBy TEXT,
                    UNIQUE (corpus, name)
                );
                CREATE TABLE subject (
                    id INTEGER PRIMARY KEY,
                    name TEXT NOT NULL UNIQUE,
                    hasDeclaredName INTEGER NOT NULL DEFAULT 0
                );
                CREATE TABLE recordSubject (
                    subject INTEGER NOT NULL REFERENCES subject(id),
                    record INTEGER NOT NULL REFERENCES record(id),
                    PRIMARY KEY (subject, record)
                ) WITHOUT ROWID;
                CREATE INDEX recordSubjectByRecord ON recordSubject(record, subject);
                """)
    }
}
