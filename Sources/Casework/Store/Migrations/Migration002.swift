import GRDB

/// What keeps a case moving: leases of running work, timers, intents, shared request files, and when
/// a case was closed.
let migration002 = SchemaMigration(name: "002-leases-timers-intents") { db in
    try db.execute(
        sql: """
            ALTER TABLE cases ADD COLUMN closedAt INTEGER;
            CREATE INDEX casesByState ON cases (state, year, number);
            CREATE INDEX casesByDueDate ON cases (dueAt);
            CREATE INDEX casesByClosing ON cases (closedAt) WHERE closedAt IS NOT NULL;

            CREATE TABLE leases (
                resource TEXT PRIMARY KEY NOT NULL,
                caseID TEXT REFERENCES cases (id),
                token INTEGER NOT NULL,
                holder TEXT NOT NULL,
                actor TEXT NOT NULL,
                seconds INTEGER NOT NULL,
                heartbeatAt INTEGER NOT NULL,
                expiresAt INTEGER NOT NULL,
                expiresAfterBoot INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE fencing (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                token INTEGER NOT NULL
            ) STRICT;
            INSERT INTO fencing (id, token) VALUES (1, 0);

            CREATE TABLE timers (
                caseID TEXT NOT NULL REFERENCES cases (id),
                kind TEXT NOT NULL,
                dueAt INTEGER NOT NULL,
                boundToState TEXT,
                firedAt INTEGER,
                PRIMARY KEY (caseID, kind)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX timersDue ON timers (dueAt) WHERE firedAt IS NULL;

            CREATE TABLE intents (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                caseID TEXT REFERENCES cases (id),
                kind TEXT NOT NULL,
                facts TEXT NOT NULL,
                createdAt INTEGER NOT NULL,
                attemptCount INTEGER NOT NULL DEFAULT 0,
                lastError TEXT,
                doneAt INTEGER
            ) STRICT;
            CREATE INDEX intentsPending ON intents (kind, id) WHERE doneAt IS NULL;

            CREATE TABLE vaultFiles (
                id TEXT PRIMARY KEY NOT NULL,
                sealed BLOB NOT NULL
            ) STRICT;
            CREATE TABLE vaultState (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                keyID TEXT NOT NULL
            ) STRICT;
            ALTER TABLE vaultContents ADD COLUMN fileID TEXT REFERENCES vaultFiles (id) ON DELETE SET NULL;
            CREATE INDEX vaultContentsByFile ON vaultContents (fileID)
            WHERE fileID IS NOT NULL;

            UPDATE cases SET closedAt = (
                SELECT CAST(strftime('%s', json_extract(CAST(body AS TEXT), '$.at')) AS INTEGER)
                FROM history WHERE caseID = cases.id
                AND json_extract(CAST(body AS TEXT), '$.to') = cases.state
                ORDER BY sequence DESC LIMIT 1)
            WHERE state IN ('certified', 'refused', 'withdrawn');
            INSERT INTO timers (caseID, kind, dueAt)
            SELECT id, 'deadline', dueAt FROM cases
            WHERE state NOT IN ('certified', 'refused', 'withdrawn');
            """)
}
