import Casework
import Domain
import Foundation
import GRDB
import TestSupport
import Testing

/// What is asked of the store about a model: who was deleted from it, and what its deletions cost.
@Suite struct CertifiedCaseTests {
    /// Every third case is about the model `other`; the fourth about two persons.
    private func world(_ scratch: ScratchStore, cases count: Int) throws -> FakeWorld {
        for number in 1...count { try scratch.receive("req-\(number)") }
        return FakeWorld(outcome: { record in
            let number = record.id.number
            return .found(
                Sample.scope(
                    subjects: (0..<(number == 4 ? 2 : 1)).map { "person-\(number)-\($0)" },
                    model: number % 3 == 0 ? "other" : "demo"))
        })
    }

    @Test("The certified cases of a model are all that are certified, of that model, and no others")
    func ofModel() throws {
        let scratch = try ScratchStore()
        let driver = try world(scratch, cases: 6).driver(scratch.store)
        #expect(try scratch.store.certifiedCases(ofModel: "demo").isEmpty)
        // The fifth stays open.
        try driver.run(cases: [1, 2, 3, 4, 6].map { CaseID(year: 2026, number: $0) })
        let found = try scratch.reopened().certifiedCases(ofModel: "demo")
        let expected = try scratch.store.list(state: .certified).filter { $0.modelName == "demo" }
        #expect(found.map(\.id) == expected.map(\.id))
        #expect(found.map(\.id.number) == [1, 2, 4])
        #expect(found.map(\.personCount) == [1, 1, 2])
        #expect(found.map(\.runID) == expected.compactMap { $0.progress.unlearning?.runID })
        #expect(try scratch.store.certifiedCases(ofModel: "other").map(\.id.number) == [3, 6])
        #expect(try scratch.store.certifiedCases(ofModel: "dem").isEmpty)
        _ = try scratch.store.reopen(
            CaseID(year: 2026, number: 2), cause: .newHit, actor: "ada", reason: "another shard",
            at: Sample.start)
        #expect(try scratch.store.certifiedCases(ofModel: "demo").map(\.id.number) == [1, 4])
    }

    @Test("Nothing is asked that reads through all cases or the whole history")
    func indexed() throws {
        let scratch = try ScratchStore()
        let queue = try DatabaseQueue(path: scratch.path)
        let indexes = [
            (ModelQueries.certifiedOfModel, "certifiedCasesByModel"),
            (ModelQueries.certifiedByOutput, "certifiedCasesByOutput"),
            (ModelQueries.entriesByOutput, "historyByOutput"),
            (
                "SELECT id FROM cases WHERE sourceIDDigest = ? ORDER BY year, number",
                "casesBySource"
            ),
        ]
        for (sql, index) in indexes {
            let plan = try queue.read { db in
                try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql, arguments: ["x"]).map {
                    $0["detail"] as String
                }
            }
            #expect(plan.count == 1, "\(plan)")
            #expect(plan.first?.hasPrefix("SEARCH") == true, "\(plan)")
            #expect(plan.first?.contains("INDEX \(index) ") == true, "\(plan)")
        }
    }

    @Test("A damaged record does not hide the others, nor stop a database from being migrated")
    func damaged() throws {
        let scratch = try ScratchStore()
        let driver = try world(scratch, cases: 2).driver(scratch.store)
        try driver.run()
        try DatabaseQueue(path: scratch.path).write { db in
            try db.execute(sql: "UPDATE cases SET record = X'FF7B' WHERE number = 1")
            for name in ["certifiedCasesByModel", "certifiedCasesByOutput", "historyByOutput"] {
                try db.execute(sql: "DROP INDEX \(name)")
            }
            try db.execute(
                sql: """
                    DROP INDEX casesBySource;
                    DELETE FROM grdb_migrations WHERE identifier = '003-cases-by-model'
                    """)
        }
        #expect(try scratch.reopened().certifiedCases(ofModel: "demo").map(\.id.number) == [2])
    }

    @Test(
        "The report a model passed with is found while its case is certified and once it is opened")
    func passedReport() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        // The first rung fails, so that the history has a verdict about another model as well.
        let world = FakeWorld(passes: { method, _ in method != "npo" })
        let driver = world.driver(scratch.store)
        try driver.run()
        let run = try #require(try scratch.store.load(id).progress.unlearning)
        #expect(run.method == "shrink-refit")
        let failed = try #require(
            try scratch.store.history(of: id).first { $0.event == "unlearn-done" }?
                .digests["model-after"].flatMap(Digest.init(hexadecimal:)))
        #expect(failed != run.outputModel)
        #expect(
            try scratch.store.certifiedCases(making: run.outputModel, of: run.baseModel).map(\.id)
                == [id])
        #expect(
            try scratch.store.certifiedCases(making: run.outputModel, of: failed).isEmpty)
        for isOpen in [false, true] {
            if isOpen {
                _ = try scratch.store.reopen(
                    id, cause: .newHit, actor: "ada", reason: "another shard", at: Sample.start)
                #expect(
                    try scratch.store.certifiedCases(making: run.outputModel, of: run.baseModel)
                        .isEmpty)
            }
            #expect(
                try scratch.store.passedReport(ofOutput: run.outputModel)
                    == Sample.report().reportDigest)
            // The verdict that follows is about the other model.
            #expect(try scratch.store.passedReport(ofOutput: failed) == nil)
        }
    }
}
