import Domain
import Foundation
import LanguageModels
import TensorCore

/// What a loop knows between two steps. `values` are kept in checkpoints.
struct LoopState {
    /// Steps done.
    var step = 0
    /// Loss of each term in the step just done, by name.
    var losses: [String: Double] = [:]
    /// Numbers that a method carries from step to step.
    var values: [String: Double] = [:]
}

/// When to stop before the last step.
struct StopRule {
    /// Asked after every so many steps.
    let everySteps: Int
    let isMet: (_ model: LanguageModel, _ state: inout LoopState) throws -> Bool
}

/// What became of a loop.
struct LoopResult {
    let stepCount: Int
    let stoppedEarly: Bool

    /// For the certificate.
    var facts: [String: String] {
        ["stepCount": "\(stepCount)", "stoppedEarly": "\(stoppedEarly)"]
    }
}

/// Descends the weighted sum of some terms with AdamW; the loop that most methods are.
///
/// Keeping retained records in the same loop matters: repairing them afterwards brings the memory back.
/// Deterministic; interrupted and started again, it ends with the same bits.
struct DescentLoop {
    let terms: [LossTerm]
    let stepCount: Int
    let learningRate: Double
    /// Examples of each set in a step.
    let batchSizes: [ExampleSet: Int]
    /// How many examples there are of each set.
    let counts: [ExampleSet: Int]
    /// Trains adapters on the frozen weights and merges them; nil trains the weights.
    var lowRank: LowRankSettings?
    /// Parameters that may change; nil = all.
    var changes: ((_ name: String) -> Bool)?
    var schedule = TrainingRecipe.Schedule.cosine
    var warmupShare = 0.05
    var finalLearningRateShare = 0.0
    var beta2: Float = 0.95
    var weightDecay: Float = 0
    /// Largest Euclidean norm of a step's gradient.
    var clipNorm: Float = 1
    var initialValues: [String: Double] = [:]
    /// Changes the state's values after a step.
    var afterStep: ((_ state: inout LoopState) -> Void)?
    var stopRule: StopRule?

    /// Steps between two checkpoints.
    private static let checkpointEverySteps = 100

    /// Changes `model` in place.
    /// - Parameter stage: name of this loop within the method, where that has several.
    /// - Throws: `interrupted`, after a checkpoint was written; `diverged`.
    @discardableResult
    func run(on model: LanguageModel, _ run: MethodRun, stage: String = "") throws -> LoopResult {
        var orders = ExampleSet.allCases.map {
            Cycle(count: counts[$0] ?? 0, seed: run.task.seed, stream: stage + $0.rawValue)
        }
        func draw() -> [ExampleSet: [Int]] {
            var drawn: [ExampleSet: [Int]] = [:]
            for (index, set) in ExampleSet.allCases.enumerated() {
                drawn[set] = orders[index].next(batchSizes[set] ?? 0)
            }
            return drawn
        }
        let adapters = try lowRank.map {
            try AdapterSet(for: model.architecture, settings: $0, seed: run.task.seed)
        }
        try adapters?.attach(to: model)
        defer { adapters?.detach(from: model) }
        let trained = adapters?.parameters ?? model.parameters
        let optimizer = AdamW(
            trained, settings: .init(beta1: 0.9, beta2: beta2, weightDecay: weightDecay))
        let file = run.checkpoint(stage.isEmpty ? "loop" : stage)
        var state = LoopState(values: initialValues)
        let kept = try file?.resume(
            trained, optimizer,
            note: { run.context.progress(run.activity(stage), 0, of: stepCount, note: $0) })
        if let kept {
            state.values.merge(kept) { _, kept in kept }
            state.step = optimizer.stepCount
        }
        // What was drawn before the interruption is drawn again, to stand where it stood.
        for _ in 0..<state.step { _ = draw() }
        trained.zeroGradients()
        let plan = TrainingRecipe(
            epochs: 1, learningRate: learningRate, warmupShare: warmupShare,
            finalLearningRateShare: finalLearningRateShare, schedule: schedule)
        var stopped = state.values[Self.stoppedKey] == 1
        let start = DispatchTime.now().uptimeNanoseconds
        var tokenCount = 0
        while state.step < stepCount, !stopped {
            do { try run.context.checkCancellation() } catch {
                try file?.save(trained, optimizer, state: state.values)
                throw error
            }
            let batches = batches(draw(), step: state.step, seed: run.task.seed, stage: stage)
            tokenCount += batches.reduce(0) { $0 + $1.packed.tokenCount }
            state.losses = try accumulateGradients(batches, of: model, state: state, run: run)
            guard state.losses.values.allSatisfy(\.isFinite) else {
                throw diverged("The loss is no longer a number", at: state.step)
            }
            if let changes { Self.freeze(trained, except: changes) }
            trained.clipGradients(to: clipNorm)
            optimizer.step(
                learningRate: Float(plan.learningRate(step: state.step, of: stepCount)),
                clearsGradients: true)
            state.step += 1
            afterStep?(&state)
            let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
            run.context.progress(
                run.activity(stage), state.step, of: stepCount,
                note: note(state, tokensPerSecond: Double(tokenCount) / max(seconds, 1e-9)))
            if let stopRule, state.step % stopRule.everySteps == 0 {
                stopped = try stopRule.isMet(model, &state)
                if stopped { state.values[Self.stoppedKey] = 1 }
            }
            if stopped || state.step % Self.checkpointEverySteps == 0 {
                try file?.save(trained, optimizer, state: state.values)
            }
        }
        guard trained.isFinite else {
            throw diverged("The weights are no longer numbers", at: state.step)
        }
        try adapters?.merge(into: model)
        return LoopResult(
            stepCount: state.step, stoppedEarly: stopped && state.step < stepCount)
    }

    /// Marks in a checkpoint that the stop rule was met.
    private static let stoppedKey = "stopped"

    private func diverged(_ what: String, at step: Int) -> ModelError {
        ModelError(
            .diverged, "\(what) at step \(step).", details: ["step": "\(step)"],
            remedy: "Lower the learning rate.")
    }

    private func note(_ state: LoopState, tokensPerSecond: Double) -> String {
        let losses = terms.map { term in
            String(format: "%@ %.3f", term.name, state.losses[term.name] ?? 0)
        }
        return (losses + [String(format: "%.0f tokens/s", tokensPerSecond)])
            .joined(separator: "  ")
    }

    private func batches(
        _ drawn: [ExampleSet: [Int]], step: Int, seed: UInt64, stage: String
    ) -> [TermBatch] {
        terms.map { term in
            var random = RandomNumbers(seed: seed, stream: "\(stage)/\(term.name)/\(step)")
            var packed = PackedBatch()
            var mask: [Float] = []
            var examples: [Int] = []
            for example in drawn[term.examples] ?? [] {
                for sequence in term.sequences(example, &random) {
                    packed.append(sequence.sequence)
                    mask += sequence.mask
                    examples.append(example)
                }
            }
            return TermBatch(packed: packed, mask: mask, examples: examples, step: step)
        }
    }

    /// Adds the gradients of all terms; returns their losses, unweighted, by name.
    private func accumulateGradients(
        _ batches: [TermBatch], of model: LanguageModel, state: LoopState, run: MethodRun
    ) throws -> [String: Double] {
        // A model that only fits into memory with checkpoints is unlearned with them too.
        let checkpoints = run.task.recipe?.checkpointsLayers ?? false
        var losses: [String: Double] = [:]
        var joined = PackedBatch()
        var joinedWeights: [Float] = []
        var parts: [(name: String, weights: [Float], place: Int)] = []
        for (term, batch) in zip(terms, batches) {
            let weight =
                switch term.weight {
                case .constant(let value): value
                case .state(let name): state.values[name] ?? 0
                }
            switch term.objective {
            case .linear(let weigh):
                let weights = weigh(batch)
                parts.append((term.name, weights, joined.targets.count))
                joined.append(contentsOf: batch.packed)
                joinedWeights += weights.map { $0 * Float(weight) }
            case .tokens(let loss):
                losses[term.name] = try model.accumulateGradient(
                    of: batch.packed, checkpointsLayers: checkpoints,
                    loss: { values in
                        let (value, slope) = loss(values, batch)
                        return (value, slope.map { $0 * Float(weight) })
                    })
            case .logits(let loss):
                losses[term.name] = try model.accumulateGradient(
                    of: batch.packed, checkpointsLayers: checkpoints,
                    logitLoss: { logits in
                        let value = try loss(logits, batch)
                        logits.scale(by: Float(weight))
                        return value
                    })
            case .hidden(let depth, let loss):
                losses[term.name] = try model.accumulateGradient(
                    of: batch.packed, checkpointsLayers: checkpoints, depth: depth,
                    hiddenLoss: { states in
                        let (value, slope) = try loss(states, batch)
                        slope.scale(by: Float(weight))
                        return (value, slope)
                    })
            }
        }
        let values = try model.accumulateGradient(
            of: joined, checkpointsLayers: checkpoints, weights: joinedWeights)
        for (name, weights, place) in parts {
            losses[name] = zip(weights, values[place...]).reduce(0.0) {
                $0 + Double($1.0 * $1.1)
            }
        }
        return losses
    }

    /// No gradient for parameters that must stay; without weight decay AdamW then leaves them alone.
    private static func freeze(_ trained: ParameterSet, except changes: (String) -> Bool) {
        for parameter in trained.parameters where !changes(parameter.name) {
            parameter.gradient.fill(0)
        }
    }
}
