import Domain
import Foundation
import LanguageModels
import Synchronization
import TensorCore
import TestSupport
import Testing
import Unlearning

@Suite struct TrainingJournalTests {
    /// Bytes of a folder's files, subfolders included.
    static func size(of folder: URL) -> Int {
        let names = FileManager.default.enumerator(atPath: folder.path)?
            .compactMap { $0 as? String }
        return (names ?? []).reduce(0) { total, name in
            let attributes = try? FileManager.default.attributesOfItem(
                atPath: folder.appendingPathComponent(name).path)
            guard attributes?[.type] as? FileAttributeType == .typeRegular else { return total }
            return total + (attributes?[.size] as? Int ?? 0)
        }
    }

    @Test("A journal names every step's records and learning rate")
    func content() throws {
        let scene = try ReplayScene()
        let journal = try TrainingJournal(folder: scene.journal)
        let plan = ReplayScene.plan(scene.recipe)
        let keys = Dictionary(
            uniqueKeysWithValues: ReplayScene.records.map { ($0.id, TrainingJournal.key(of: $0)) })
        #expect(journal.steps.map(\.records) == plan.map { $0.compactMap { keys[$0] } })
        #expect(
            journal.steps.map(\.learningRate)
                == (0..<24).map { Float(scene.recipe.learningRate(step: $0, of: 24)) })
        #expect(journal.header.recipe == (try scene.recipe.digest()))
        #expect(journal.header.seed == 2)
        #expect(journal.checkpoints.map(\.step) == [3, 6, 9, 12, 15, 18, 21])
        // Warm-up of two steps up to 0.01; 0.005 as float32 is 0x3ba3d70a.
        let text = try String(
            contentsOf: scene.journal.appendingPathComponent("journal.txt"), encoding: .utf8)
        #expect(text.split(separator: "\n")[7].hasPrefix("0 3ba3d70a "))
        #expect(!ReplayScene.records.contains { text.contains($0.id) })
    }

    @Test("Only the owner may read a journal's files")
    func permissions() throws {
        let scene = try ReplayScene()
        for name in try ReplayScene.contents(of: scene.journal).keys.sorted() + ["timing.json"] {
            let mode = try FileManager.default.attributesOfItem(
                atPath: scene.journal.appendingPathComponent(name).path)[.posixPermissions]
            #expect((mode as? NSNumber)?.intValue == 0o600, "\(name)")
        }
    }

    @Test("A journal changes no bit of the weights; without the section none is written")
    func sameWeights() throws {
        let scene = try ReplayScene()
        var plain = scene.recipe
        plain.replay = nil
        let model = try ReplayScene.fresh("llama", seed: 2)
        _ = try Trainer(plain, journal: scene.folder("none")).train(
            model, on: ReplayScene.records, context: WorkContext())
        #expect(model.digest == scene.original.digest)
        #expect(!FileManager.default.fileExists(atPath: scene.folder("none").path))
    }

    @Test(
        "A training interrupted anywhere and resumed leaves the same journal",
        arguments: [1, 7, 12, 23])
    func resumed(steps: Int) throws {
        // Four checkpoints fit, so that some are thinned out before and after the interruption.
        let recipe = ReplayScene.recipe(spacing: 2, megabytes: 1)
        let whole = try ReplayScene(recipe)
        let (work, parts) = (whole.folder("work"), whole.folder("parts"))
        let trainer = Trainer(recipe, checkpoint: work, journal: parts)
        #expect(throws: DomainError.self) {
            try trainer.train(
                try ReplayScene.fresh("llama", seed: 2), on: ReplayScene.records,
                context: StepCounter(stoppingAfter: steps).context)
        }
        #expect(try TrainingJournal(folder: parts).steps.count == steps)
        let model = try ReplayScene.fresh("llama", seed: 2)
        _ = try trainer.train(model, on: ReplayScene.records, context: WorkContext())
        #expect(model.digest == whole.original.digest)
        let expected = try ReplayScene.contents(of: whole.journal)
        #expect(try ReplayScene.contents(of: parts) == expected)
    }

    @Test("A training that was killed and begins anew leaves the same journal")
    func killed() throws {
        let recipe = ReplayScene.recipe(spacing: 2, megabytes: 1)
        let whole = try ReplayScene(recipe)
        let parts = whole.folder("parts")
        // What a kill leaves: a journal further on than any checkpoint of the training itself.
        #expect(throws: DomainError.self) {
            try Trainer(recipe, journal: parts).train(
                try ReplayScene.fresh("llama", seed: 2), on: ReplayScene.records,
                context: StepCounter(stoppingAfter: 17).context)
        }
        let torn = parts.appendingPathComponent(".journal.txt.torn.tmp")
        try Data("half".utf8).write(to: torn)
        _ = try Trainer(recipe, journal: parts).train(
            try ReplayScene.fresh("llama", seed: 2), on: ReplayScene.records,
            context: WorkContext())
        let expected = try ReplayScene.contents(of: whole.journal)
        #expect(try ReplayScene.contents(of: parts) == expected)
    }

    @Test("A training taken up from an older checkpoint than its journal leaves the same journal")
    func killedLater() throws {
        let recipe = ReplayScene.recipe(spacing: 2, megabytes: 1)
        let whole = try ReplayScene(recipe)
        let (work, older) = (whole.folder("work"), whole.folder("older"))
        let trainer = Trainer(recipe, checkpoint: work, journal: whole.folder("parts"))
        // Steps of the first call, then of the second.
        for stop in [9, 8] {
            #expect(throws: DomainError.self) {
                try trainer.train(
                    try ReplayScene.fresh("llama", seed: 2), on: ReplayScene.records,
                    context: StepCounter(stoppingAfter: stop).context)
            }
            if stop == 9 { try FileManager.default.copyItem(at: work, to: older) }
        }
        try FileManager.default.removeItem(at: work)
        try FileManager.default.copyItem(at: older, to: work)
        let counter = StepCounter()
        let model = try ReplayScene.fresh("llama", seed: 2)
        _ = try trainer.train(model, on: ReplayScene.records, context: counter.context)
        #expect(counter.steps == 24 - 9)
        #expect(model.digest == whole.original.digest)
        let expected = try ReplayScene.contents(of: whole.journal)
        #expect(try ReplayScene.contents(of: whole.folder("parts")) == expected)
    }

    @Test("Checkpoints never take more than the budget and stand closer the newer they are")
    func budget() throws {
        let scratch = try ScratchFolder()
        let folder = scratch.url.appendingPathComponent("journal")
        let largest = Mutex(0)
        let recipe = ReplayScene.recipe(epochs: 2, spacing: 1, megabytes: 1)
        let model = try ReplayScene.fresh("llama", seed: 2)
        // 12 bytes a parameter: four fit into a megabyte, five do not.
        #expect((200_000..<250_000).contains(12 * model.parameterCount))
        _ = try Trainer(recipe, journal: folder).train(
            model, on: ReplayScene.records,
            context: WorkContext(report: { _ in
                let names =
                    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
                let size = names.filter { $0.hasPrefix("checkpoint-") }.reduce(0) {
                    $0 + Self.size(of: folder.appendingPathComponent($1))
                }
                largest.withLock { $0 = max($0, size) }
            }))
        #expect(largest.withLock { $0 } <= 1_000_000)
        #expect(largest.withLock { $0 } > 900_000)
        // By hand, 4 of 1...11, each time without the one that lengthens a replay least:
        // 2345, 2456, 4567, 4678, 4789, 4 7 9 10, 7 9 10 11.
        #expect(
            try TrainingJournal(folder: folder).checkpoints.map(\.step) == [7, 9, 10, 11])
    }

    @Test("A budget that holds no checkpoint is refused before any step")
    func budgetTooSmall() throws {
        let scratch = try ScratchFolder()
        let counter = StepCounter()
        let error = #expect(throws: ModelError.self) {
            try Trainer(
                ReplayScene.recipe(megabytes: 1),
                journal: scratch.url.appendingPathComponent("journal")
            ).train(
                try ReplayScene.fresh("llama", seed: 2, width: 256), on: ReplayScene.records,
                context: counter.context)
        }
        #expect(error?.code == .malformedRecipe)
        #expect(counter.steps == 0)
    }

    @Test("The time beforehand is that of the steps left with records")
    func seconds() throws {
        let scene = try ReplayScene(ReplayScene.recipe(epochs: 1, batchSize: 1))
        try Data(#"{"seconds":5,"steps":10}"#.utf8)
            .write(to: scene.journal.appendingPathComponent("timing.json"))
        let plan = ReplayScene.plan(scene.recipe)
        let forget = ReplayScene.records.filter { [plan[22][0], plan[25][0]].contains($0.id) }
        let cost = try TrainingJournal(folder: scene.journal).cost(ofForgetting: forget)
        #expect(cost.firstTouchedStep == 22)
        #expect(cost.checkpointStep == 21)
        #expect(cost.replayedStepCount == 9)
        // Nine steps from 21, two of them empty, at half a second.
        #expect(cost.seconds == 3.5)
        try FileManager.default.removeItem(
            at: scene.journal.appendingPathComponent("timing.json"))
        #expect(
            try TrainingJournal(folder: scene.journal).cost(ofForgetting: forget).seconds == nil)
    }

    @Test("A folder with another training's journal is left alone")
    func foreignFolder() throws {
        let scene = try ReplayScene()
        let before = try ReplayScene.contents(of: scene.journal)
        let error = #expect(throws: ModelError.self) {
            try Trainer(ReplayScene.recipe(seed: 3), journal: scene.journal).train(
                try ReplayScene.fresh("llama", seed: 3), on: ReplayScene.records,
                context: WorkContext())
        }
        #expect(error?.code == .journalMismatch)
        let own = #expect(throws: ModelError.self) {
            try scene.replay(scene.task(newJournal: "journal"))
        }
        #expect(own?.code == .journalMismatch)
        #expect(try ReplayScene.contents(of: scene.journal) == before)
    }

    @Test("A journal is only shredded once another stands in its place, undamaged")
    func shredding() throws {
        let scene = try ReplayScene()
        let new = scene.folder("new")
        _ = try scene.replay(
            scene.task(forget: ReplayScene.records(of: "Mia"), newJournal: "new"))
        let own = #expect(throws: ModelError.self) {
            try TrainingJournal.shred(scene.journal, replacedBy: scene.journal)
        }
        #expect(own?.code == .journalMismatch)
        let file = new.appendingPathComponent("checkpoint-21/state.safetensors")
        let data = try Data(contentsOf: file)
        try data.dropLast().write(to: file)
        let error = #expect(throws: ModelError.self) {
            try TrainingJournal.shred(scene.journal, replacedBy: new)
        }
        #expect(error?.code == .malformedCheckpoint)
        #expect(try TrainingJournal(folder: scene.journal).isFinished)
        try data.write(to: file)
        // Journal, list, timing and seven checkpoints.
        #expect(try TrainingJournal.shred(scene.journal, replacedBy: new) == 10)
        #expect(!FileManager.default.fileExists(atPath: scene.journal.path))
    }
}
