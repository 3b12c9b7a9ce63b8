import GRDB

/// How the cases and entries of one model, and those of one sender's id, are found without reading all
/// others. Indexes alone: nothing that is stored changes its form.
let migration003 = SchemaMigration(name: "003-cases-by-model") { db in
    try db.execute(
        sql: """
            CREATE INDEX certifiedCasesByModel
            ON cases (\(ModelQueries.modelName), year, number) WHERE state = 'certified';
            CREATE INDEX certifiedCasesByOutput
            ON cases (\(ModelQueries.outputModel), year, number) WHERE state = 'certified';
            CREATE INDEX historyByOutput
            ON history (\(ModelQueries.entryOutput), sequence)
            WHERE \(ModelQueries.entryOutput) IS NOT NULL;
            CREATE INDEX casesBySource ON cases (sourceIDDigest, year, number);
            """)
}
