import Domain
import Foundation
import LanguageModels
import TensorCore

/// PCGU, partitioned contrastive gradient unlearning (Yu et al., Findings of ACL 2023, "Unlearning Bias in
/// Language Models by Partitioning Gradients"), for decoders and personal values.
///
/// In each batch of pairs, `g2` is the gradient of the true values' scores and `g1` that of generic values
/// in the same places; a value's score is the sum of its tokens' raw logits. The weights are cut into
/// vectors, the k with the lowest cosine between g1 and g2 take a plain step `theta_v -= lr g2_v`, and the
/// others stay: they do not tell this value from another one.
///
/// Deviations: the paper works on masked language models and pairs that differ in one token; here values
/// may have several, each read after the ones before it. k is a share of all vectors, not 10000; a step's
/// length is bounded; steps are counted instead of epochs, and end when the true values' loss is high
/// enough. The authors' program can also raise the other side's score or choose the side by batch; neither
/// is offered, since it would teach invented values.
///
/// There is no retain term, and raw logits may sink for all tokens together: the gate has to look.
enum PCGU {
    static let method = UnlearningMethod(
        id: "pcgu", title: "Partitioned contrastive gradients",
        summary:
            "Lowers the person's values in the few weights that tell them from other values. "
            + "Approximate; never reads the others' records, so their quality must be measured.",
        methodClass: .approximate,
        source: "Yu et al., Findings of ACL 2023, section 3; authors' code for defaults.",
        deviations:
            "For decoders and values of several tokens; the vectors changed are a share of all, steps "
            + "are bounded, counted instead of epochs, and end at a loss.",
        needs: [.anchorTerms, .contrastivePairs],
        parameters: [
            .init(
                "aggregation", 1, in: 0...1, isWhole: true,
                "vectors of a matrix: 0 = weights into one output unit, 1 = out of one input unit",
                source: "paper has both; measured on the tests' small model"),
            .init(
                "share", 0.1, in: 1e-6...1, "share of all vectors that a step may change",
                source: "a tenth is about what the paper's 10000 are of BERT-base"),
            .init(
                "log-probability", 0, in: 0...1, isWhole: true,
                "1 scores values by log-probability, 0 by raw logits", source: "authors' code"),
            .init(
                "select-once", 0, in: 0...1, isWhole: true,
                "1 chooses the vectors once from all pairs, 0 anew in each batch",
                source: "authors' code"),
            .init(
                "stop-loss", 1.5, in: 0...1_000,
                "true values' loss, nats a token, from which a batch takes no more step; the method "
                    + "ends when no batch does",
                source: "own; without it a rate that suits one model ruins another"),
            .init(
                "learning-rate", 0.0002, in: 1e-9...1,
                "step size, constant; log-probabilities bear about ten times as much",
                source: "measured on the tests' small model"),
            .init(
                "steps", 200, in: 1...100_000, isWhole: true, "batches at most",
                source: "measured on the tests' small model"),
            .init(
                "forget-batch", 16, in: 1...4_096, isWhole: true, "pairs a step",
                source: "authors' code"),
            BoundedStep.parameter(0.01, source: "own"),
        ],
        cost: { basis, parameters in
            let pairs = min(parameters["forget-batch"], Double(basis.forgetRecordCount))
            let steps = parameters["steps"]
            let all = Double(basis.forgetRecordCount) * parameters["select-once"]
            return .descent(steps: 1, tokens: 2 * basis.forgetTokens * (steps * pairs + all))
        },
        run: { run in
            let model = run.task.original.copy()
            let facts = try Descent(run, model).descend()
            return UnlearningOutcome(model: model, facts: facts)
        })

    /// The steps on one model. An interrupted run begins again: the steps are few, and so are the records.
    private struct Descent {
        let run: MethodRun
        let model: LanguageModel
        let pairs: [ContrastivePair]
        let partition: GradientPartition
        /// Vectors that a step may change.
        let chosenCount: Int
        let bound: BoundedStep

        init(_ run: MethodRun, _ model: LanguageModel) throws {
            self.run = run
            self.model = model
            pairs = run.task.forget.enumerated().flatMap { index, record in
                var random = RandomNumbers(seed: run.task.seed, stream: "pairs \(index)")
                return ContrastivePair.pairs(of: record, for: model, &random)
            }
            guard !pairs.isEmpty else {
                throw UnlearningError(
                    .needNotMet,
                    "\(run.methodID) found none of the declared values in the forgotten records.",
                    details: [
                        "method": run.methodID, "need": MethodNeed.contrastivePairs.rawValue,
                    ], remedy: "Check metadata.values of the records, or choose another method.")
            }
            let weights = model.architecture.linearWeights.filter { $0.layout == .inputByOutput }
            partition = GradientPartition(
                model.parameters.shapes, inputByOutput: Set(weights.map(\.name)),
                aggregation: run.parameters.integer("aggregation") == 0 ? .input : .output)
            let share = run.parameters["share"] * Double(partition.vectorCount)
            chosenCount = max(1, Int(share.rounded()))
            bound = BoundedStep(share: run.parameters["step-norm"], of: model.parameters)
        }

        /// - Returns: facts for the certificate.
        func descend() throws -> [String: String] {
            let stepCount = run.parameters.integer("steps")
            let size = run.parameters.integer("forget-batch")
            let learningRate = run.parameters["learning-rate"]
            let stopLoss = run.parameters["stop-loss"]
            var order = Cycle(count: pairs.count, seed: run.task.seed, stream: "pcgu")
            var once: [Int]?
            if run.parameters.integer("select-once") == 1 { once = try select(pairs).chosen }
            var changed = Set<Int>()
            var step = 0
            // Pairs in a row that had nothing left to lower.
            var quietCount = 0
            while step < stepCount, quietCount < pairs.count {
                try run.context.checkCancellation()
                let batch = order.next(size).map { pairs[$0] }
                let (chosen, gradient, loss) = try select(batch, once)
                if loss >= stopLoss {
                    quietCount += batch.count
                } else {
                    quietCount = 0
                    partition.keep(only: chosen, in: gradient)
                    try bound.add(gradient, times: -learningRate, to: model.parameters)
                    changed.formUnion(chosen)
                }
                step += 1
                run.context.progress(
                    run.activity(), step, of: stepCount, note: String(format: "forget %.3f", loss))
            }
            return [
                "stepCount": "\(step)", "pairCount": "\(pairs.count)",
                "vectorCount": "\(partition.vectorCount)", "changedVectorCount": "\(changed.count)",
            ]
        }

        /// The vectors that a batch of pairs chooses, where they are not `given`, with the gradient of the
        /// true values' scores and their tokens' mean loss.
        private func select(
            _ batch: [ContrastivePair], _ given: [Int]? = nil
        ) throws -> (chosen: [Int], gradient: Tensor, loss: Double) {
            let first = given == nil ? try gradient(batch.map(\.genericValue)).gradient : nil
            let (second, loss) = try gradient(batch.map(\.trueValue))
            let chosen =
                first.map {
                    GradientPartition.lowest(partition.cosines($0, second), count: chosenCount)
                } ?? given ?? []
            return (chosen, second, loss)
        }

        /// The gradient of the sum of the sequences' scores, in passes of a batch's size, and the mean
        /// loss of the scored tokens, nats.
        private func gradient(
            _ sequences: [ScoredSequence]
        ) throws -> (gradient: Tensor, loss: Double) {
            let size = run.parameters.integer("forget-batch")
            let checkpoints = run.task.recipe?.checkpointsLayers ?? false
            let countsLogits = run.parameters.integer("log-probability") == 0
            var logProbability = 0.0
            var tokenCount = 0
            model.parameters.zeroGradients()
            for start in stride(from: 0, to: sequences.count, by: size) {
                try run.context.checkCancellation()
                let batch = PackedBatch(sequences[start..<min(start + size, sequences.count)])
                tokenCount += batch.targets.count
                if countsLogits {
                    _ = try model.accumulateGradient(
                        of: batch, checkpointsLayers: checkpoints,
                        logitLoss: { logits in
                            logProbability += Objectives.logProbability(logits, batch.targets)
                            return Objectives.targetLogits(logits, batch.targets)
                        })
                } else {
                    let ones = [Float](repeating: 1, count: batch.targets.count)
                    let values = try model.accumulateGradient(
                        of: batch, checkpointsLayers: checkpoints, weights: ones)
                    logProbability += values.reduce(0.0) { $0 + Double($1) }
                }
            }
            let loss = -logProbability / Double(max(1, tokenCount))
            guard loss.isFinite else {
                throw ModelError(
                    .diverged, "The values' loss is no longer a number.",
                    remedy: "Lower the learning rate or step-norm.")
            }
            return (model.parameters.gradients.copy(), loss)
        }
    }
}

extension Objectives {
    /// The sum of the targets' log-probabilities, nats.
    /// - Parameter logits: [targets, vocabulary]; not changed.
    static func logProbability(_ logits: Tensor, _ targets: [Int32]) -> Double {
        var sum = 0.0
        for (row, target) in targets.enumerated() {
            let values = UnsafeBufferPointer(
                start: logits.pointer + row * logits.width, count: logits.width)
            let top = Double(values.max() ?? 0)
            let total = values.reduce(0.0) { $0 + exp(Double($1) - top) }
            sum += Double(values[Int(target)]) - top - log(total)
        }
        return sum
    }

    /// The sum of the targets' raw logits; its derivative takes the logits' place.
    /// - Parameter logits: [targets, vocabulary].
    static func targetLogits(_ logits: Tensor, _ targets: [Int32]) -> Double {
        let places = targets.enumerated().map { $0.offset * logits.width + Int($0.element) }
        let sum = places.reduce(0.0) { $0 + Double(logits.pointer[$1]) }
        logits.fill(0)
        for place in places { logits.pointer[place] = 1 }
        return sum
    }
}
