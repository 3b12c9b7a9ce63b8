import GRDB

/// Cases, history and vault. A migration is never edited after a release: a change is a new file.
let migration001 = SchemaMigration(name: "001-cases-history-vault") { db in
    try db.execute(
        sql: """
            CREATE TABLE cases (
                id TEXT PRIMARY KEY NOT NULL,
                year INTEGER NOT NULL,
                number INTEGER NOT NULL,
                state TEXT NOT NULL,
                version INTEGER NOT NULL,
                dueAt INTEGER NOT NULL,
                requestDigest TEXT NOT NULL,
                sourceIDDigest TEXT NOT NULL,
                record BLOB NOT NULL,
                UNIQUE (year, number),
                UNIQUE (requestDigest, sourceIDDigest)
            ) STRICT;

            CREATE TABLE history (
                sequence INTEGER PRIMARY KEY NOT NULL,
                caseID TEXT REFERENCES cases (id) DEFERRABLE INITIALLY DEFERRED,
                body BLOB NOT NULL,
                hash TEXT NOT NULL
            ) STRICT;
            CREATE INDEX historyByCase ON history (caseID, sequence);

            CREATE TRIGGER historyKeepsEntries BEFORE UPDATE ON history
            BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
            CREATE TRIGGER historyKeepsAll BEFORE DELETE ON history
            BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
            CREATE TRIGGER historyHasNoGaps BEFORE INSERT ON history
            WHEN NEW.sequence <> (SELECT ifnull(max(sequence), 0) + 1 FROM history)
            BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;

            CREATE TABLE historyHead (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                sequence INTEGER NOT NULL,
                hash TEXT NOT NULL
            ) STRICT;

            CREATE TABLE vaultKeys (
                caseID TEXT PRIMARY KEY NOT NULL REFERENCES cases (id),
                wrappedKey BLOB NOT NULL
            ) STRICT;
            CREATE TABLE vaultContents (
                caseID TEXT PRIMARY KEY NOT NULL REFERENCES cases (id),
                sealed BLOB NOT NULL
            ) STRICT;
            """)
}
