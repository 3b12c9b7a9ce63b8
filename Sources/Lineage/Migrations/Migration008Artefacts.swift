import GRDB

/// What was made from models and data sets, and from what each was made.
enum Migration008Artefacts {
    static let name = "008-artefacts"

    static func apply(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE artefact (
                    id INTEGER PRIMARY KEY,
                    name TEXT NOT NULL UNIQUE,
                    kind TEXT NOT NULL,
                    location TEXT,
                    digest TEXT,
                    origin TEXT NOT NULL,
                    registeredAt TEXT NOT NULL
                );
                CREATE TABLE artefactEdge (
                    parent INTEGER NOT NULL REFERENCES artefact(id),
                    child INTEGER NOT NULL REFERENCES artefact(id),
                    relation TEXT NOT NULL,
                    run TEXT NOT NULL DEFAULT '',
                    PRIMARY KEY (parent, child, relation, run)
                ) WITHOUT ROWID;
                CREATE INDEX artefactEdgeByChild ON artefactEdge(child);
                CREATE TABLE artefactDisposition (
                    artefact INTEGER NOT NULL REFERENCES artefact(id),
                    caseID TEXT NOT NULL,
                    state TEXT NOT NULL,
                    detail TEXT NOT NULL,
                    decidedAt TEXT NOT NULL,
                    PRIMARY KEY (artefact, caseID)
                ) WITHOUT ROWID;
                """)
    }
}
