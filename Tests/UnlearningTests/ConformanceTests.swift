import Domain
import Foundation
import LanguageModels
import Synchronization
import TestSupport
import Testing
import Unlearning

/// What every method must do, on a small trained model.
@Suite struct ConformanceTests {
    /// All but those that need a training of their own; ReplayTests and ShardedDeletionTests are for them.
    static let ids = builtinMethods.filter {
        $0.needs.isDisjoint(with: [.trainingJournal, .shardedTraining])
    }.map(\.id)
    static let changing = ids.filter { $0 != "none" }
    static let suppressing = builtinMethods.filter { $0.methodClass == .suppression }.map(\.id)

    /// What a method reaches here.
    struct Aim {
        /// Other settings than the defaults, for a smaller model.
        var settings: [String: Double] = [:]
        /// Rise of the forgotten values' loss at least, nats a token.
        var forgetRise = 0.7
        /// Rise of the others' loss at most; nil for methods that keep nothing on purpose.
        var retainRise: Double? = 0.2
    }

    static let aims: [String: Aim] = [
        "retrain": Aim(), "shrink-refit": Aim(settings: ["epochs": 30, "learning-rate": 0.01]),
        "gradient-ascent": Aim(settings: ["learning-rate": 0.001], retainRise: nil),
        "jang-ascent": Aim(retainRise: nil),
        "gradient-difference": Aim(settings: ["steps": 12, "learning-rate": 0.001]),
        "kl-minimization": Aim(settings: ["learning-rate": 0.001], retainRise: 0.4),
        "forget-mismatch-maintain": Aim(
            settings: ["learning-rate": 0.002, "maintain": 4], retainRise: 0.4),
        "npo": Aim(settings: ["steps": 30, "learning-rate": 0.003]), "simnpo": Aim(),
        "wga": Aim(), "satimp": Aim(), "undial": Aim(), "ce-u": Aim(), "me-gd": Aim(),
        "pdu": Aim(), "twin-gap": Aim(), "pcgu": Aim(), "fisher-removal": Aim(),
        "fisher-forgetting": Aim(),
        // No retain term: the others forget too.
        "whp": Aim(retainRise: nil),
        "kga": Aim(
            settings: ["learning-rate": 0.002, "helper-steps": 60], forgetRise: 0.3, retainRise: 0.4
        ),
        "task-vector": Aim(
            settings: ["learning-rate": 0.01, "retain-loss-rise": 0.5], forgetRise: 0.1,
            retainRise: 0.6),
        "sku": Aim(
            settings: ["learning-rate": 0.01, "retain-loss-rise": 0.5], forgetRise: 0.1,
            retainRise: 0.6),
        "rmu": Aim(
            settings: ["learning-rate": 0.01, "steering": 5], forgetRise: 0.1, retainRise: 0.3),
    ]

    static func run(
        _ id: String, on task: UnlearningTask, context: WorkContext = WorkContext()
    ) throws -> UnlearningOutcome {
        try unlearningMethod(id).unlearn(
            task, parameters: aims[id]?.settings ?? [:], context: context)
    }

    @Test(
        "Each method raises the forgotten values' loss, and keeps the others' as far as it promises",
        arguments: changing.filter { !suppressing.contains($0) })
    func forgets(id: String) throws {
        let aim = try #require(Self.aims[id], "\(id) has no aim")
        let task = try TinyPeople.task()
        let numbers = task.forget.filter { !$0.values.isEmpty }
        let before = try TinyPeople.loss(task.original, numbers)
        let kept = try TinyPeople.loss(task.original, task.retain)
        #expect(before < 0.4)
        let outcome = try Self.run(id, on: task)
        let forgotten = try TinyPeople.loss(outcome.model, numbers)
        let retained = try TinyPeople.loss(outcome.model, task.retain)
        #expect(forgotten > before + aim.forgetRise, "\(before) -> \(forgotten) \(outcome.facts)")
        if let rise = aim.retainRise {
            #expect(retained < kept + rise, "\(kept) -> \(retained) \(outcome.facts)")
        }
    }

    @Test("Each suppression makes the true answer less likely than before", arguments: suppressing)
    func suppresses(id: String) throws {
        let task = try TinyPeople.task()
        func loss(_ model: LanguageModel) throws -> Double {
            meanLoss(
                try model.score(
                    task.forget.map {
                        MaskedSequence(completionOf: $0, tokenizer: model.tokenizer).sequence
                    }
                ).flatMap { $0.map(\.logProbability) })
        }
        let before = try loss(task.original)
        let after = try loss(try Self.run(id, on: task).model)
        #expect(after > before + 0.05, "\(before) -> \(after)")
    }

    @Test("Each method leaves the original as it is and repeats itself bit by bit", arguments: ids)
    func deterministic(id: String) throws {
        let task = try TinyPeople.task()
        let digest = Digest(of: task.original.weightsFile())
        let first = try Self.run(id, on: task)
        #expect(Digest(of: task.original.weightsFile()) == digest)
        let second = try Self.run(id, on: try TinyPeople.task())
        #expect(first.model.digest == second.model.digest)
        #expect(first.facts == second.facts)
        #expect((first.model.digest == digest) == (id == "none"))
    }

    @Test("Only the parameters a method declares change", arguments: changing)
    func declaredChanges(id: String) throws {
        let method = try unlearningMethod(id)
        let task = try TinyPeople.task()
        let model = try Self.run(id, on: task).model
        let declared = try method.changes?(
            method.resolve(Self.aims[id]?.settings ?? [:]), model.architecture)
        var changed: Set<String> = []
        for (old, new) in zip(task.original.parameters.parameters, model.parameters.parameters)
        where old.value.values != new.value.values { changed.insert(old.name) }
        #expect(!changed.isEmpty)
        if let declared { #expect(changed == declared) }
    }

    /// Answers no so many times and then yes.
    final class Patience: Sendable {
        private let left: Atomic<Int>
        init(_ count: Int) { left = Atomic(count) }
        var context: WorkContext {
            WorkContext(isCancelled: { self.left.subtract(1, ordering: .relaxed).newValue < 0 })
        }
    }

    @Test(
        "Interrupted anywhere and started again, a method ends with the same bits",
        arguments: changing)
    func resumes(id: String) throws {
        let expected = try Self.run(id, on: try TinyPeople.task()).model.digest
        let scratch = try ScratchFolder()
        for (index, patience) in [0, 2, 11, 29].enumerated() {
            let folder = scratch.url.appendingPathComponent("\(index)")
            let task = try TinyPeople.task(folder: folder)
            var interruptions = 0
            while true {
                do {
                    // Twice, so that a run is also interrupted after it went on.
                    let context =
                        interruptions < 2 ? Patience(patience).context : WorkContext()
                    let model = try Self.run(id, on: task, context: context).model
                    #expect(model.digest == expected, "after \(interruptions) interruptions")
                    break
                } catch let error as DomainError where error.code == .interrupted {
                    interruptions += 1
                }
            }
            #expect(patience > 0 || interruptions == 2)
            try task.discardFolder()
            #expect(!FileManager.default.fileExists(atPath: folder.path))
        }
    }

    @Test("What a run left is not taken up by a run with other settings")
    func otherSettings() throws {
        let scratch = try ScratchFolder()
        let task = try TinyPeople.task(folder: scratch.url.appendingPathComponent("work"))
        #expect(throws: DomainError.self) {
            try unlearningMethod("npo").unlearn(
                task, parameters: ["steps": 20], context: Patience(9).context)
        }
        let other = try unlearningMethod("npo").unlearn(
            task, parameters: ["steps": 21], context: WorkContext()
        ).model.digest
        let fresh = try unlearningMethod("npo").unlearn(
            try TinyPeople.task(), parameters: ["steps": 21], context: WorkContext()
        ).model.digest
        #expect(other == fresh)
    }

    @Test("A method whose needs are not met refuses before it starts and says what is missing")
    func needs() throws {
        let plain = TinyPeople.forget.map {
            CorpusRecord(
                id: $0.id, prompt: $0.prompt, completion: $0.completion, digest: $0.digest)
        }
        for method in builtinMethods {
            for need in method.needs {
                let task: UnlearningTask
                switch need {
                case .unseenSet: task = try TinyPeople.task(unseen: [])
                case .fitTwins: task = try TinyPeople.task(fitTwins: [])
                case .anchorTerms, .contrastivePairs: task = try TinyPeople.task(forget: plain)
                default: continue
                }
                let error = #expect(throws: UnlearningError.self) {
                    try method.unlearn(
                        task, parameters: [:],
                        context: WorkContext(report: { _ in Issue.record("work began") }))
                }
                #expect(error?.code == .needNotMet)
                #expect(error?.message.contains(method.id) == true)
                #expect(error?.remedy != nil)
            }
        }
    }

    @Test("Costs are estimated for every method, and only the control's is nothing", arguments: ids)
    func costs(id: String) throws {
        let method = try unlearningMethod(id)
        let basis = CostBasis(
            forgetRecordCount: 6, retainRecordCount: 300, forgetTokens: 50, retainTokens: 60,
            epochTokens: 18_000, epochs: 20)
        let cost = method.cost(basis, try method.resolve([:]))
        #expect((cost.operations(parameterCount: 1_000) > 0) == (id != "none"))
    }
}
