import GRDB

/// How records are found: keyed postings of identifiers, and the words of the texts.
///
/// The full-text table keeps words and positions, not the texts (`content=''`); it is given folded
/// text, so its tokenizer has only to split at what is neither letter nor digit.
enum Migration002Postings {
    static let name = "002-postings"

    static func apply(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE indexKey (
                    id INTEGER PRIMARY KEY CHECK (id = 1),
                    keyCheck BLOB NOT NULL
                );
                CREATE TABLE posting (
                    key BLOB NOT NULL,
                    record INTEGER NOT NULL REFERENCES record(id),
                    source INTEGER NOT NULL,
                    PRIMARY KEY (key, record, source)
                ) WITHOUT ROWID;
                CREATE VIRTUAL TABLE recordText
                    USING fts5(text, content='', columnsize=0, tokenize='ascii');
                -- Words gathered in memory before they are written, in bytes.
                INSERT INTO recordText(recordText, rank) VALUES ('hashsize', 16777216);
                """)
    }
}
