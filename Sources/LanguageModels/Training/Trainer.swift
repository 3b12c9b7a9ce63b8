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
    /// Expected wall time of the whole training, from the steps of this call; nil if it did none.
    package let wholeSeconds: Double?
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
    /// Where the journal for deletion by replay goes, if the recipe asks for one; nil means none.
    private let journal: URL?

    /// - Parameter activity: name of the work in progress reports.
    package init(
        _ recipe: TrainingRecipe, activity: String = "train", checkpoint: URL? = nil,
        journal: URL? = nil
    ) {
        self.recipe = recipe
        self.activity = activity
        self.checkpoint = checkpoint
        self.journal = journal
    }

    /// Runs all steps, from the checkpoint if a matching one is there; a damaged one is dropped.
    ///
    /// On cancellation a checkpoint is written before `interrupted` is thrown; the same call
    /// continues from it. The checkpoint stays at the end: the caller removes it once the model is
    /// stored. Where adapters are trained, a call that throws leaves the weights as they were.
    /// - Throws: `interrupted`, `diverged`, `sequence-too-long`, `malformed-checkpoint` of a journal,
    ///   `unknown-target`, `journal-mismatch`, `malformed-journal`, `malformed-recipe`.
    /// - Parameter continued: adapters to go on with instead of new ones, for a recipe that trains
    ///   adapters; changed in place. A checkpoint does not say which ones it began with.
    package func train(
        _ model: LanguageModel, on records: [CorpusRecord], continuing continued: AdapterSet? = nil,
        context: WorkContext
    ) throws -> TrainingResult {
        let plan = TrainingPlan(
            recordIDs: records.map(\.id), seed: recipe.seed, epochs: recipe.epochs,
            batchSize: recipe.batchSize)
        return try train(
            model, on: records, following: TrainingCourse(plan, recipe: recipe),
            continuing: continued, context: context)
    }

    /// Runs the steps of a course instead of those that follow from the recipe. A step without
    /// records changes nothing, neither weights nor moments.
    /// - Parameters:
    ///   - model: the one that the course starts from, even if it goes on from a journal's checkpoint.
    ///   - records: what the plan's indices point into.
    ///   - continued: as without a course.
    /// - Throws: as without a course; `journal-mismatch` too if the course's journal began with
    ///   another model or recipe.
    package func train(
        _ model: LanguageModel, on records: [CorpusRecord], following course: TrainingCourse,
        continuing continued: AdapterSet? = nil, context: WorkContext
    ) throws -> TrainingResult {
        let plan = course.plan
        let sequences = try sequences(of: records, for: model)
        let adapters = try recipe.lowRank.map {
            try continued ?? AdapterSet(for: model.architecture, settings: $0, seed: recipe.seed)
        }
        // The optimiser sees the adapters alone: there are no moments of frozen weights.
        let trained = adapters?.parameters ?? model.parameters
        let optimizer = AdamW(trained, settings: recipe.optimizerSettings)
        let file = try checkpoint.map {
            TrainingCheckpoint(
                url: $0, identity: try identity(of: plan, model: model, trained: trained))
        }
        let recorder = try recorder(of: course, records, model: model, trained: trained)
        let first = try restore(course, file, model: model, trained, optimizer, context)
        try recorder?.begin(at: first)

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
        func save(_ done: Int) throws {
            try recorder?.flush(done)
            // The optimiser counts the steps that did something; mostly that is all of them.
            try file?.save(
                trained, optimizer,
                state: optimizer.stepCount == done
                    ? [:] : [JournalCheckpoint.stepKey: Double(done)])
        }
        for step in first..<plan.steps.count {
            let began = seconds()
            let batch = PackedBatch(plan.steps[step].map { sequences[$0] })
            let isEmpty = plan.steps[step].isEmpty
            if !isEmpty {
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
                optimizer.step(learningRate: course.learningRates[step], clearsGradients: true)
                recent.append(loss)
                if recent.count > stepsPerEpoch { recent.removeFirst() }
                tokensHere += batch.tokenCount
            }
            try recorder?.record(
                step + 1, seconds: isEmpty ? nil : seconds() - began, trained, optimizer)
            let mean = recent.reduce(0, +) / Double(max(1, recent.count))
            context.progress(
                activity, step + 1, of: plan.steps.count,
                note: String(
                    format: "loss %.4f  %.0f tokens/s", mean, Double(tokensHere) / seconds()))
            // After the last step there is nothing left to interrupt.
            guard step + 1 < plan.steps.count else { break }
            do { try context.checkCancellation() } catch {
                try save(step + 1)
                throw error
            }
            if (step + 1) % recipe.checkpointEverySteps == 0 { try save(step + 1) }
        }
        // The loss of a step is taken before its update: the last one shows in the weights only.
        guard trained.isFinite else {
            throw ModelError(
                .diverged, "The weights are no longer numbers after the last step.",
                details: ["step": "\(plan.steps.count)"], remedy: "Lower the learning rate.")
        }
        try recorder?.flush(plan.steps.count)
        try adapters?.merge(into: model)
        let tokenCounts = sequences.map { max(0, $0.scored.upperBound - 1) }
        let tokenCount = plan.steps.joined().reduce(0) { $0 + tokenCounts[$1] }
        return TrainingResult(
            planDigest: plan.digest, stepCount: plan.steps.count, tokenCount: tokenCount,
            finalLoss: recent.isEmpty ? 0 : recent.reduce(0, +) / Double(recent.count),
            seconds: seconds(),
            wholeSeconds: tokensHere > 0
                ? seconds() * Double(tokenCount) / Double(tokensHere) : nil,
            adapters: adapters)
    }

    /// - Throws: `sequence-too-long`.
    private func sequences(
        of records: [CorpusRecord], for model: LanguageModel
    ) throws -> [ScoredSequence] {
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
        return sequences
    }

    /// The steps done in what the training goes on from: its own checkpoint if it is whole, else the last one of
    /// the course's journal, else nothing.
    private func restore(
        _ course: TrainingCourse, _ file: TrainingCheckpoint?, model: LanguageModel,
        _ trained: ParameterSet, _ optimizer: AdamW, _ context: WorkContext
    ) throws -> Int {
        var start: Digest?
        if let header = course.origin?.journal.header {
            let digest = Self.valuesDigest(model)
            guard try recipe.digest() == header.recipe, digest == header.start else {
                throw ModelError(
                    .journalMismatch,
                    "The journal was not begun with this recipe and this start model.",
                    remedy: "Give the recipe and the start model of the journal's training.")
            }
            start = digest
        }
        /// Steps of the plan; the optimiser counts only those that did something.
        func done(_ steps: Int, _ state: [String: Double]) -> Int {
            state[JournalCheckpoint.stepKey].map { Int(exactly: $0) ?? -1 } ?? steps
        }
        let total = course.plan.steps.count
        let state = try file?.resume(
            trained, optimizer,
            accepting: { steps, state in
                (steps...max(steps, total)).contains(done(steps, state)) && steps <= total
            }, note: { context.progress(activity, 0, of: total, note: $0) })
        if let state { return done(optimizer.stepCount, state) }
        guard let start, let origin = course.origin, let checkpoint = origin.checkpoints.last else {
            return 0
        }
        try checkpoint.restore(
            from: origin.journal.folder,
            identity: JournalRecorder.identity(
                recipe: try recipe.digest(), start: start, trainedCount: trained.count),
            trained, optimizer)
        return checkpoint.step
    }

    /// What writes the journal; nil if there is to be none.
    private func recorder(
        of course: TrainingCourse, _ records: [CorpusRecord], model: LanguageModel,
        trained: ParameterSet
    ) throws -> JournalRecorder? {
        guard let journal, let settings = recipe.replay else { return nil }
        let start = Self.valuesDigest(model)
        let digest = try recipe.digest()
        let keys = records.map(TrainingJournal.key)
        return try JournalRecorder(
            folder: journal,
            header: TrainingJournal.Header(
                recipe: digest, plan: course.plan.digest, start: start, seed: recipe.seed,
                stepCount: course.plan.steps.count),
            steps: zip(course.plan.steps, course.learningRates).map { step, rate in
                TrainingJournal.Step(learningRate: rate, records: step.map { keys[$0] })
            },
            origin: course.origin, settings: settings, trainedCount: trained.count,
            identity: JournalRecorder.identity(
                recipe: digest, start: start, trainedCount: trained.count))
    }

    private static func valuesDigest(_ model: LanguageModel) -> Digest {
        let values = model.parameters.values
        return Digest(of: UnsafeRawBufferPointer(start: values.pointer, count: 4 * values.count))
    }

    /// What a checkpoint belongs to. One of adapters holds nothing of the weights below them, so
    /// these count too.
    private func identity(
        of plan: TrainingPlan, model: LanguageModel, trained: ParameterSet
    ) throws -> Digest {
        var text = "\(try recipe.digest())/\(plan.digest)/\(trained.count)"
        if recipe.lowRank != nil {
            text += "/\(Self.valuesDigest(model))"
        }
        return Digest(of: text)
    }
}
