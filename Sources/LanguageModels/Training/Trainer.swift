import Domain
import Foundation
import TensorCore

/// What a finished training says about itself.
package struct TrainingResult: Sendable {
    package let planDigest: Digest
    package let stepCount: Int
    /// Tokens read, all epochs together.
    package let tokenCount: Int
    /// Mean loss of the last epoch, nats per token; of a resumed training, of the steps of this call.
    package let finalLoss: Double
    /// Wall time of this call; a resumed training counts only its own part.
    package let seconds: Double
    /// What was trained and merged into the model; nil where all weights were trained.
    package let adapters: AdapterSet?
}

/// Trains a model in place by a recipe: all its weights, or low-rank adapters on frozen weights,
/// which are merged at the end. Deterministic: the same model, records, recipe, machine and thread
/// count give the same bits, interrupted or not.
package struct Trainer {
    private let recipe: TrainingRecipe
    private let activity: String
    /// Where checkpoints go; nil means none are kept.
    private let checkpoint: URL?

    /// - Parameter activity: name of the work in progress reports.
    package init(_ recipe: TrainingRecipe, activity: String = "train", checkpoint: URL? = nil) {
        self.recipe = recipe
        self.activity = activity
        self.checkpoint = checkpoint
    }

    /// Runs all steps, from the checkpoint if a matching one is there.
    ///
    /// On cancellation a checkpoint is written before `interrupted` is thrown; the same call
    /// continues from it. The checkpoint stays at the end: the caller removes it once the model is
    /// stored. Where adapters are trained, a call that throws leaves the weights as they were.
    /// - Throws: `interrupted`, `diverged`, `sequence-too-long`, `malformed-checkpoint`,
    ///   `unknown-target`.
    package func train(
        _ model: LanguageModel, on records: [CorpusRecord], context: WorkContext
    ) throws -> TrainingResult {
        let plan = TrainingPlan(
            recordIDs: records.map(\.id), seed: recipe.seed, epochs: recipe.epochs,
            batchSize: recipe.batchSize)
        let sequences = records.map { record in
            let encoded = EncodedRecord(record, tokenizer: model.tokenizer)
            return recipe.loss == .completion ? encoded.completionScored : encoded.allScored
        }
        for (record, sequence) in zip(records, sequences)
        where sequence.scored.upperBound - 1 > model.architecture.maximumPositions {
            throw ModelError(
                .sequenceTooLong,
                "Record \(record.id) has \(sequence.ids.count) tokens; the model reads \(model.architecture.maximumPositions).",
                details: ["record": record.id],
                remedy: "Split the record, or raise maximum-positions in the recipe.")
        }
        let adapters = try recipe.lowRank.map {
            try AdapterSet(for: model.architecture, settings: $0, seed: recipe.seed)
        }
        // The optimiser sees the adapters alone: there are no moments of frozen weights.
        let trained = adapters?.parameters ?? model.parameters
        let optimizer = AdamW(trained, settings: recipe.optimizerSettings)
        let file = try checkpoint.map {
            TrainingCheckpoint(
                url: $0, identity: try identity(of: plan, model: model, trained: trained))
        }
        try file?.restore(trained, optimizer)
        guard optimizer.stepCount <= plan.steps.count else {
            throw ModelError(
                .malformedCheckpoint,
                "The checkpoint stands at step \(optimizer.stepCount) of \(plan.steps.count).",
                remedy: "Remove the file; the training starts again from its beginning.")
        }

        trained.zeroGradients()
        try adapters?.attach(to: model)
        defer { adapters?.detach(from: model) }
        let start = DispatchTime.now().uptimeNanoseconds
        var recent: [Double] = []
        var tokensHere = 0
        let stepsPerEpoch = plan.steps.count / recipe.epochs
        func seconds() -> Double {
            Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        }
        for step in optimizer.stepCount..<plan.steps.count {
            let batch = PackedBatch(plan.steps[step].map { sequences[$0] })
            let loss = meanLoss(
                try model.accumulateGradient(
                    of: batch, checkpointsLayers: recipe.checkpointsLayers,
                    weights: meanLossWeights(batch.targets.count)))
            guard loss.isFinite else {
                throw ModelError(
                    .diverged, "The loss is no longer a number at step \(step).",
                    details: ["step": "\(step)"], remedy: "Lower the learning rate.")
            }
            if recipe.clipNorm > 0 { trained.clipGradients(to: Float(recipe.clipNorm)) }
            optimizer.step(
                learningRate: Float(recipe.learningRate(step: step, of: plan.steps.count)),
                clearsGradients: true)
            recent.append(loss)
            if recent.count > stepsPerEpoch { recent.removeFirst() }
            tokensHere += batch.tokenCount
            let mean = recent.reduce(0, +) / Double(recent.count)
            context.progress(
                activity, step + 1, of: plan.steps.count,
                note: String(
                    format: "loss %.4f  %.0f tokens/s", mean, Double(tokensHere) / seconds()))
            // After the last step there is nothing left to interrupt.
            guard step + 1 < plan.steps.count else { break }
            do { try context.checkCancellation() } catch {
                try file?.save(trained, optimizer)
                throw error
            }
            if (step + 1) % recipe.checkpointEverySteps == 0 {
                try file?.save(trained, optimizer)
            }
        }
        // The loss of a step is taken before its update: the last one shows in the weights only.
        guard trained.isFinite else {
            throw ModelError(
                .diverged, "The weights are no longer numbers after the last step.",
                details: ["step": "\(plan.steps.count)"], remedy: "Lower the learning rate.")
        }
        try adapters?.merge(into: model)
        let tokensPerEpoch = sequences.reduce(0) { $0 + max(0, $1.scored.upperBound - 1) }
        return TrainingResult(
            planDigest: plan.digest, stepCount: plan.steps.count,
            tokenCount: tokensPerEpoch * recipe.epochs,
            finalLoss: recent.isEmpty ? 0 : recent.reduce(0, +) / Double(recent.count),
            seconds: seconds(), adapters: adapters)
    }

    /// What a checkpoint belongs to. One of adapters holds nothing of the weights below them, so
    /// these count too.
    private func identity(
        of plan: TrainingPlan, model: LanguageModel, trained: ParameterSet
    ) throws -> Digest {
        var text = "\(try recipe.digest())/\(plan.digest)/\(trained.count)"
        if recipe.lowRank != nil {
            let values = model.parameters.values
            let bytes = UnsafeRawBufferPointer(start: values.pointer, count: 4 * values.count)
            text += "/\(Digest(of: bytes))"
        }
        return Digest(of: text)
    }
}
