import Casework
import Domain
import Foundation
import Testing

/// Runs that a killed command began: the history knows when nobody goes on with them.
@Suite struct AbandonedRunTests {
    /// A scoped case whose run with a method was killed after it was noted.
    private struct Killed {
        let scratch: ScratchStore
        let world: FakeWorld
        let ids: [CaseID]
        let run: String
        var store: SQLiteCaseStore { scratch.store }

        init(_ names: [String] = ["a"]) throws {
            let scratch = try ScratchStore()
            let world = FakeWorld()
            let ids = try names.map { try scratch.receive($0).id }
            self.scratch = scratch
            self.world = world
            self.ids = ids
            let driver = world.driver(scratch.store)
            for id in ids { _ = try driver.advance(id) }
            // The store's point before the note and the one after it, then the method's first.
            world.state.withLock { $0.crashAt = $0.pointCount + 3 }
            #expect(throws: Crash.self) { try driver.run() }
            let started = try scratch.store.history(of: nil).filter {
                $0.event == "unlearning-started"
            }
            #expect(started.count == 1)
            run = try #require(started.last?.facts["run"])
        }

        func isAbandoned() throws -> Bool {
            try scratch.reopened().abandonedRuns(among: [run]) == [run]
        }

        func close(_ id: CaseID) throws {
            _ = try store.apply(.withdraw, to: id, actor: "ada", reason: "taken back by letter")
        }
    }

    @Test("A run is kept while a case of it is open, also on hold, and not once all are closed")
    func closed() throws {
        let killed = try Killed(["a", "b"])
        #expect(try !killed.isAbandoned())
        try killed.close(killed.ids[0])
        #expect(try !killed.isAbandoned())
        _ = try killed.store.apply(
            .hold, to: killed.ids[1], actor: "ada", reason: "an order of the court")
        #expect(try !killed.isAbandoned())
        try killed.close(killed.ids[1])
        #expect(try killed.isAbandoned())
        #expect(try killed.store.abandonedRuns(among: []).isEmpty)
    }

    @Test("A case that was opened again does not bring back what its closing gave up")
    func reopened() throws {
        let killed = try Killed()
        _ = try killed.store.refuse(
            killed.ids[0], ground: "no-data", text: "We have nothing about you.",
            toldAt: Sample.start, actor: "ada", reason: "searched twice", at: Sample.start)
        _ = try killed.store.reopen(
            killed.ids[0], cause: .reviewOutcome, actor: "ada", reason: "found after all",
            at: Sample.start)
        #expect(try killed.store.load(killed.ids[0]).state == .reopened)
        #expect(try killed.isAbandoned())
        // Begun once more, it is needed again.
        killed.world.state.withLock { $0.crashAt = nil }
        let driver = killed.world.driver(killed.store)
        _ = try driver.advance(killed.ids[0])
        killed.world.state.withLock { $0.crashAt = $0.pointCount + 3 }
        #expect(throws: Crash.self) { try driver.advance(killed.ids[0]) }
        #expect(try !killed.isAbandoned())
    }

    @Test("The result of another run makes a run superfluous, for each of its cases")
    func otherResult() throws {
        let killed = try Killed(["a", "b"])
        killed.world.state.withLock { $0.crashAt = nil }
        let driver = killed.world.driver(killed.store)
        _ = try driver.advance(killed.ids[0], methodOverride: "retrain")
        #expect(try killed.store.load(killed.ids[0]).state == .unlearned)
        #expect(try !killed.isAbandoned())
        _ = try driver.advance(killed.ids[1], methodOverride: "retrain")
        #expect(try killed.isAbandoned())
    }

    @Test("Of a run that an earlier version began without naming it, all its cases must be through")
    func earlierVersion() throws {
        let scratch = try ScratchStore()
        let ids = try ["a", "b"].map { try scratch.receive($0).id }
        let folders: Set<String> = ["U-0123456789ab"]
        // Nothing is known of it: somebody else's.
        #expect(try scratch.store.abandonedRuns(among: folders).isEmpty)
        for id in ids {
            try scratch.store.appendNote(
                event: "unlearning-started", actor: "ada", facts: ["cases": id.description])
        }
        for id in ids {
            #expect(try scratch.store.abandonedRuns(among: folders).isEmpty)
            _ = try scratch.store.apply(
                .withdraw, to: id, actor: "ada", reason: "taken back by letter")
        }
        #expect(try scratch.store.abandonedRuns(among: folders) == folders)
    }
}
