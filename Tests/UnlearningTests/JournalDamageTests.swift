import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing
import Unlearning

/// What must be refused before a replay begins.
@Suite struct JournalDamageTests {
    /// Changes made to a journal's text, and the line that must be named.
    static let damages: [(change: String, line: Int, apply: @Sendable ([String]) -> [String])] = [
        ("another format", 1, { ["lethe-journal 2"] + $0.dropFirst() }),
        (
            "another digest in the header", 7,
            { $0.enumerated().map { $0 == 2 ? "plan \(Digest(of: "x"))" : $1 } }
        ),
        ("a seed that is no number", 5, { $0.enumerated().map { $0 == 4 ? "seed x" : $1 } }),
        (
            "one learning rate", 12,
            {
                $0.enumerated().map {
                    $0 == 11 ? $1.replacing(" 3", with: " 4", maxReplacements: 1) : $1
                }
            }
        ),
        (
            "one record left out", 20,
            {
                $0.enumerated().map {
                    $0 == 19 ? String($1.prefix(40)) + String($1.suffix(50)) : $1
                }
            }
        ),
        ("a line gone", 9, { Array($0[..<8] + $0[9...]) }),
        ("two lines exchanged", 9, { $0[..<8] + [$0[9], $0[8]] + $0[10...] }),
        ("a line cut off", 31, { $0.dropLast(2) + [String($0[30].prefix(30))] }),
        ("a line too many", 32, { $0.dropLast() + [$0[30], ""] }),
    ]

    @Test("A damaged journal is refused with the line", arguments: damages.indices)
    func damaged(index: Int) throws {
        let (change, line, apply) = Self.damages[index]
        let scene = try ReplayScene()
        let file = scene.journal.appendingPathComponent("journal.txt")
        let lines = try String(contentsOf: file, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.count == 7 + 24 + 1)
        try Data(apply(lines).joined(separator: "\n").utf8).write(to: file)
        let error = #expect(throws: ModelError.self) {
            try TrainingJournal(folder: scene.journal)
        }
        #expect(error?.code == .malformedJournal)
        #expect(error?.details["line"] == "\(line)", "\(change): \(error?.message ?? "")")
        let refusal = #expect(throws: UnlearningError.self) { try scene.replay(scene.task()) }
        #expect(refusal?.code == .needNotMet)
        #expect(refusal?.message.contains("line \(line)") == true)
    }

    @Test("Any one byte changed anywhere is found")
    func anyByte() throws {
        let scene = try ReplayScene()
        let file = scene.journal.appendingPathComponent("journal.txt")
        let data = try Data(contentsOf: file)
        for place in stride(from: 0, to: data.count, by: 61) {
            var changed = data
            changed[place] ^= 0x04
            try changed.write(to: file)
            #expect(throws: ModelError.self) { try TrainingJournal(folder: scene.journal) }
        }
    }

    @Test("An unfinished journal and none at all are refused before any work")
    func unfinished() throws {
        let scene = try ReplayScene()
        let counter = StepCounter()
        let file = scene.journal.appendingPathComponent("journal.txt")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        try Data((lines[..<20].joined(separator: "\n") + "\n").utf8).write(to: file)
        var none = scene.task()
        none.journal = nil
        for (task, part) in [
            (scene.task(), "ends after 13 of 24 steps"), (none, "there is none"),
            (scene.task(journal: scene.folder("nowhere")), "cannot be read"),
        ] {
            let error = #expect(throws: UnlearningError.self) {
                try scene.replay(task, context: counter.context)
            }
            #expect(error?.code == .needNotMet)
            #expect(error?.details["need"] == "training-journal")
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
        #expect(counter.steps == 0)
    }

    @Test("A damaged checkpoint is named and not used; without it an earlier one is")
    func damagedCheckpoint() throws {
        let scene = try ReplayScene(ReplayScene.recipe(epochs: 1, batchSize: 2))
        let forget = ReplayScene.records.filter {
            $0.id == ReplayScene.plan(scene.recipe)[8][0]
        }
        let file = scene.journal.appendingPathComponent("checkpoint-6/state.safetensors")
        var data = try Data(contentsOf: file)
        data[data.count - 1_000] ^= 1
        try data.write(to: file)
        let error = #expect(throws: ModelError.self) {
            try scene.replay(scene.task(forget: forget))
        }
        #expect(error?.code == .malformedCheckpoint)
        #expect(error?.message.contains("checkpoint-6") == true)

        let list = scene.journal.appendingPathComponent("checkpoints.txt")
        let lines = try String(contentsOf: list, encoding: .utf8)
        let shorter = lines.split(separator: "\n").filter { !$0.hasPrefix("6 ") }
        try Data((shorter.joined(separator: "\n") + "\n").utf8).write(to: list)
        let outcome = try scene.replay(scene.task(forget: forget))
        #expect(outcome.facts["checkpointStep"] == "3")
        #expect(outcome.model.digest == (try scene.trainedWithout(forget).digest))

        try Data(lines.replacing("\n6 ", with: "\n2 ").utf8).write(to: list)
        let order = #expect(throws: ModelError.self) {
            try TrainingJournal(folder: scene.journal)
        }
        #expect(order?.message.contains("checkpoints.txt, line 3") == true)
    }

    @Test("Records that took no part, and records that are missing, are errors")
    func foreignRecords() throws {
        let scene = try ReplayScene()
        let stranger = CorpusRecord(
            id: "stranger", prompt: "", completion: "Nobody.", digest: Digest(of: "stranger"))
        let unknown = #expect(throws: ModelError.self) {
            try scene.replay(scene.task(forget: [stranger]))
        }
        #expect(unknown?.code == .notInJournal)
        let missing = #expect(throws: ModelError.self) {
            try scene.replay(scene.task(without: ReplayScene.records(of: "Bob")))
        }
        #expect(missing?.code == .journalMismatch)
        // The same id with other content is another record.
        let task = scene.task()
        let changed = task.retain.map {
            $0.id == "Ada-0"
                ? CorpusRecord(
                    id: $0.id, prompt: $0.prompt, completion: "x", digest: Digest(of: "x")) : $0
        }
        let journal = try TrainingJournal(folder: scene.journal)
        let other = #expect(throws: ModelError.self) {
            try journal.course(forgetting: task.forget, retaining: changed)
        }
        #expect(other?.code == .journalMismatch)
        let both = #expect(throws: ModelError.self) {
            try journal.course(forgetting: task.forget, retaining: ReplayScene.records)
        }
        #expect(both?.code == .journalMismatch)
    }
}
