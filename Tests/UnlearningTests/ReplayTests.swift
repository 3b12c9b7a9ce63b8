import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing
import Unlearning

@Suite struct ReplayTests {
    @Test(
        "A replay equals, bit by bit, the same plan from the start without the person",
        arguments: ["llama", "gpt2"], [UInt64(2), 31])
    func bitIdentical(family: String, seed: UInt64) throws {
        let scene = try ReplayScene(ReplayScene.recipe(seed: seed), family: family)
        let task = scene.task()
        let outcome = try scene.replay(task)
        let expected = try scene.trainedWithout(task.forget)
        #expect(outcome.model.digest == expected.digest)
        #expect(outcome.model.digest != scene.original.digest)
        // The loop that is written out twice is the training's own.
        #expect(try scene.trainedWithout([]).digest == scene.original.digest)
        #expect(outcome.facts["recordCount"] == "27")
        #expect(outcome.facts["stepCount"] == "24")
    }

    @Test("A person met in the last tenth costs a tenth of the steps, and only these are run")
    func lateRecords() throws {
        let scene = try ReplayScene(ReplayScene.recipe(epochs: 1, batchSize: 1))
        let plan = ReplayScene.plan(scene.recipe)
        #expect(plan.count == 30)
        let last = ReplayScene.records.filter { $0.id == plan[27][0] }
        let cost = try TrainingJournal(folder: scene.journal).cost(ofForgetting: last)
        #expect(cost.firstTouchedStep == 27)
        #expect(cost.checkpointStep == 27)
        #expect(cost.replayedStepCount == 3)
        #expect(cost.stepCount == 30)
        let counter = StepCounter()
        let outcome = try scene.replay(scene.task(forget: last), context: counter.context)
        #expect(counter.steps == 3)
        #expect(outcome.facts["checkpointStep"] == "27")
        #expect(outcome.model.digest == (try scene.trainedWithout(last).digest))
    }

    @Test("Steps left without a record move nothing, wherever they stand", arguments: [0, 10, 29])
    func emptySteps(step: Int) throws {
        let scene = try ReplayScene(ReplayScene.recipe(epochs: 2, batchSize: 1))
        let id = ReplayScene.plan(scene.recipe)[step][0]
        let forget = ReplayScene.records.filter { $0.id == id }
        let outcome = try scene.replay(scene.task(forget: forget))
        #expect(outcome.model.digest == (try scene.trainedWithout(forget).digest))
        #expect(outcome.facts["stepCount"] == "60")
        #expect(outcome.facts["checkpointStep"] == "\(step / 3 * 3)")
    }

    @Test("After a step without records an interruption or another deletion changes nothing either")
    func afterEmptySteps() throws {
        let scene = try ReplayScene(ReplayScene.recipe(epochs: 2, batchSize: 1))
        let plan = ReplayScene.plan(scene.recipe)
        func record(_ step: Int) -> [CorpusRecord] {
            ReplayScene.records.filter { $0.id == plan[step][0] }
        }
        let task = scene.task(forget: record(10), work: "work", newJournal: "new")
        #expect(throws: DomainError.self) {
            try scene.replay(task, context: StepCounter(stoppingAfter: 4).context)
        }
        let one = try scene.replay(task).model
        #expect(one.digest == (try scene.trainedWithout(record(10)).digest))
        let two = try scene.replay(
            scene.task(
                forget: record(20), without: record(10), original: one,
                journal: scene.folder("new")))
        #expect(two.facts["checkpointStep"] == "18")
        #expect(two.model.digest == (try scene.trainedWithout(record(10) + record(20)).digest))
    }

    @Test("A replay of adapters equals their training without the person")
    func lowRank() throws {
        let base = try TinyPeople.trained()
        let settings = LowRankSettings(rank: 2, alpha: 4)
        let scene = try ReplayScene(
            ReplayScene.recipe(epochs: 1, batchSize: 3, lowRank: settings), base: base)
        let forget = ReplayScene.records.filter {
            $0.id == ReplayScene.plan(scene.recipe)[7][1]
        }
        let outcome = try scene.replay(scene.task(forget: forget))
        #expect(outcome.facts["checkpointStep"] == "6")
        #expect(outcome.model.digest == (try scene.trainedWithout(forget).digest))
        #expect(outcome.model.digest != scene.original.digest)
        #expect(outcome.adapters != nil)
        #expect(base.digest == (try TinyPeople.trained().digest))
    }

    @Test("Without the model below the adapters a replay is refused")
    func startUnknown() throws {
        let base = try TinyPeople.trained()
        let scene = try ReplayScene(
            ReplayScene.recipe(epochs: 1, lowRank: LowRankSettings(rank: 2, alpha: 4)), base: base)
        let task = scene.task()
        let lost = UnlearningTask(
            original: task.original, forget: task.forget, retain: task.retain,
            recipe: scene.recipe, seed: 1, journal: scene.journal)
        let error = #expect(throws: UnlearningError.self) { try scene.replay(lost) }
        #expect(error?.code == .startUnknown)
        let other = UnlearningTask(
            original: task.original, forget: task.forget, retain: task.retain,
            recipe: scene.recipe, start: try ReplayScene.fresh("llama", seed: 9), seed: 1,
            journal: scene.journal)
        let mismatch = #expect(throws: ModelError.self) { try scene.replay(other) }
        #expect(mismatch?.code == .journalMismatch)
    }

    @Test(
        "A replay interrupted anywhere and taken up again leaves the same model and journal",
        arguments: [1, 2, 9, 17])
    func interrupted(steps: Int) throws {
        let scene = try ReplayScene()
        let whole = try scene.replay(scene.task(newJournal: "whole"))
        let task = scene.task(work: "work", newJournal: "parts")
        let error = #expect(throws: DomainError.self) {
            try scene.replay(task, context: StepCounter(stoppingAfter: steps).context)
        }
        #expect(error?.code == .interrupted)
        let counter = StepCounter()
        let resumed = try scene.replay(task, context: counter.context)
        let replayed = try #require(whole.facts["replayedStepCount"].flatMap(Int.init))
        #expect(counter.steps == replayed - steps)
        #expect(resumed.model.digest == whole.model.digest)
        #expect(resumed.facts == whole.facts)
        let journal = try ReplayScene.contents(of: scene.folder("whole"))
        #expect(journal.count >= 3)
        #expect(try ReplayScene.contents(of: scene.folder("parts")) == journal)
    }

    @Test("The next person is deleted from the replayed model's own journal, exactly again")
    func secondDeletion() throws {
        let scene = try ReplayScene(ReplayScene.recipe(epochs: 1, batchSize: 2, spacing: 2))
        let plan = ReplayScene.plan(scene.recipe)
        func record(_ step: Int) -> [CorpusRecord] {
            ReplayScene.records.filter { $0.id == plan[step][0] }
        }
        // Once after the first deletion's checkpoint, once before it.
        for (first, second) in [(8, 12), (12, 5)] {
            let names = (old: "old-\(first)", new: "new-\(first)", last: "last-\(first)")
            try FileManager.default.copyItem(at: scene.journal, to: scene.folder(names.old))
            let one = try scene.replay(
                scene.task(
                    forget: record(first), journal: scene.folder(names.old),
                    newJournal: names.new))
            #expect(
                try TrainingJournal.shred(
                    scene.folder(names.old), replacedBy: scene.folder(names.new)) > 5)
            #expect(!FileManager.default.fileExists(atPath: scene.folder(names.old).path))
            let journal = try TrainingJournal(folder: scene.folder(names.new))
            #expect(journal.checkpoints.map(\.step) == [2, 4, 6, 8, 10, 12, 14])
            #expect(journal.steps.count == 15)
            #expect(journal.steps[first].records.count == 1)
            #expect(journal.secondsPerStep != nil)
            let key = TrainingJournal.key(of: record(first)[0])
            #expect(!journal.steps.contains { $0.records.contains(key) })

            let both = record(first) + record(second)
            let two = try scene.replay(
                scene.task(
                    forget: record(second), without: record(first), original: one.model,
                    journal: scene.folder(names.new), newJournal: names.last))
            #expect(two.facts["checkpointStep"] == "\(second / 2 * 2)")
            #expect(two.model.digest == (try scene.trainedWithout(both).digest))
            #expect(two.model.digest != one.model.digest)
        }
    }

    @Test("Retraining leaves a journal too where it is asked for one")
    func afterRetraining() throws {
        let scene = try ReplayScene()
        let task = scene.task(newJournal: "new")
        _ = try unlearningMethod("retrain").unlearn(
            task, parameters: [:], context: WorkContext())
        let journal = try TrainingJournal(folder: scene.folder("new"))
        #expect(journal.isFinished)
        #expect(Set(journal.steps.flatMap(\.records)) == Set(task.retain.map(TrainingJournal.key)))
    }
}
