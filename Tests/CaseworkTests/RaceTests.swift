import Casework
import Domain
import Foundation
import TestSupport
import Testing

/// Real processes that work on the same store. `LETHE_RACE_SECONDS` sets for how long; the figures go
/// to standard output.
@Suite(.serialized) struct RaceTests {
    struct Counts: Decodable {
        let name: String
        let decisions: Int
        let lostRaces: Int
        let results: Int
        let heldByOthers: Int
        let overtaken: Int
        let doubleExecutions: Int
        let waitsTooLong: Int
        let surprises: [String]
    }

    static let seconds =
        ProcessInfo.processInfo.environment["LETHE_RACE_SECONDS"].flatMap(Double.init) ?? 3

    /// It lies beside the test program.
    static func racer() throws -> URL {
        let candidates =
            ([URL(fileURLWithPath: CommandLine.arguments[0])] + Bundle.allBundles.map(\.bundleURL)
            + [Bundle.main.bundleURL.appendingPathComponent("StoreRacer")])
            .map { $0.deletingLastPathComponent().appendingPathComponent("StoreRacer") }
        let found = candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }
        return try #require(found, "StoreRacer is not beside the tests")
    }

    @Test(
        "Racing processes lose no update, do nothing twice and never stand still",
        arguments: [2, 8])
    func race(_ processCount: Int) throws {
        let scratch = try ScratchStore()
        for number in 1...8 { try scratch.receive("race-\(number)") }
        let program = try Self.racer()
        let started = ContinuousClock.now
        let racers = try (1...processCount).map { number in
            let output = scratch.folder.url.appendingPathComponent("racer-\(number).json")
            try Data().write(to: output)
            let process = Process()
            process.executableURL = program
            process.arguments = [
                scratch.path, "racer-\(number)", String(Self.seconds), String(number),
            ]
            process.standardOutput = try FileHandle(forWritingTo: output)
            try process.run()
            return (process, output)
        }
        // Nobody waits for anybody for ever: all end soon after their time.
        let limit = started + .seconds(Self.seconds + 60)
        while racers.contains(where: { $0.0.isRunning }), ContinuousClock.now < limit {
            usleep(50_000)
        }
        #expect(racers.allSatisfy { !$0.0.isRunning }, "a process stands still")
        for (process, _) in racers where process.isRunning { process.terminate() }
        let counts = try racers.map {
            try CanonicalJSON.decode(Counts.self, from: try Data(contentsOf: $0.1))
        }
        #expect(racers.allSatisfy { $0.0.terminationStatus == 0 })
        try hold(counts, against: scratch)
    }

    private func hold(_ counts: [Counts], against scratch: ScratchStore) throws {
        let status = try scratch.store.verifyHistory()
        #expect(counts.flatMap(\.surprises) == [])
        #expect(counts.map(\.doubleExecutions).reduce(0, +) == 0)
        // Every change that was acknowledged is in the history, and no other.
        let entries = try scratch.store.history(of: nil)
        for own in counts {
            let mine = entries.filter { $0.actor == own.name }
            #expect(mine.count { $0.event == "hold" || $0.event == "release" } == own.decisions)
            #expect(mine.count { $0.to != nil && $0.facts["lease"] != nil } == own.results)
        }
        #expect(counts.map(\.decisions).reduce(0, +) > 0)
        #expect(counts.map(\.results).reduce(0, +) > 0)
        for number in 1...8 {
            let id = CaseID(year: 2026, number: number)
            let changes = entries.filter { $0.caseID == id && $0.to != nil }
            #expect(try scratch.store.load(id).version == changes.count)
            // Results of one case come under tokens that only grow.
            let tokens = changes.compactMap { $0.facts["lease"].flatMap(Int.init) }
            #expect(zip(tokens, tokens.dropFirst()).allSatisfy { $0 < $1 })
        }
        func sum(_ value: (Counts) -> Int) -> Int { counts.map(value).reduce(0, +) }
        print(
            "race: \(counts.count) processes, \(Self.seconds) s, \(status.entryCount) entries, "
                + "\(sum(\.decisions)) decisions (\(sum(\.lostRaces)) refused as outdated), "
                + "\(sum(\.results)) results (\(sum(\.heldByOthers)) leases held, "
                + "\(sum(\.overtaken)) overtaken), \(sum(\.waitsTooLong)) waited too long, "
                + "\(sum(\.doubleExecutions)) double executions")
    }

    @Test("A second writer waits for the first, and says so if that takes too long")
    func wait() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let impatient = try SQLiteCaseStore(
            path: scratch.path, vault: try Vault(masterKey: Data(repeating: 7, count: 32)),
            waitSeconds: 0.1)
        _ = try scratch.store.apply(.hold, to: id, actor: "ada", reason: "court order") { _ in
            // Inside the first one's transaction.
            let error = caseworkError {
                try impatient.appendNote(event: "model-trained", actor: "bob")
            }
            #expect(error?.code == .databaseLocked)
            #expect(error?.kind == .locked)
        }
        try impatient.appendNote(event: "model-trained", actor: "bob")
        #expect(try scratch.store.verifyHistory().entryCount == 3)
    }
}
