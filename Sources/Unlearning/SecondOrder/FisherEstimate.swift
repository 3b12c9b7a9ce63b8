import LanguageModels
import TensorCore

/// What Fisher removal and Fisher forgetting have in common: parameters, gradients of single records and
/// the inverse Fisher matrix of retained ones.
enum FisherEstimate {
    /// - Parameter weights: default of `weights`.
    static func parameters(weights: WeightChoice) -> [ParameterDescription] {
        [
            .init(
                "gradients", 256, in: 1...1_000_000, isWhole: true,
                "retained records, one gradient each, that make the Fisher matrix; all if fewer",
                source: "own; oBERT takes 1024"),
            .init(
                "block-size", 16, in: 1...256, isWhole: true,
                "weights that are not taken as independent, in a row; 1 = diagonal",
                source: "own, for memory; oBERT takes 50"),
            .init(
                "damping", 0.00001, in: 1e-10...1_000, "added to the Fisher matrix's diagonal",
                source: "measured on the tests' small model; oBERT takes 1e-7"),
            .init(
                "weights", Double(weights.rawValue), in: 0...2, isWhole: true,
                "what changes: 0 = all, 1 = the layers' matrices, 2 = feed-forward outputs",
                source: "measured on the tests' small model"),
        ]
    }

    /// Which weights have blocks, and so may change.
    enum WeightChoice: Int {
        case all, layerMatrices, feedForwardOutputs
    }

    /// Names of the parameters that may change.
    static func changes(
        _ parameters: MethodParameters, _ architecture: any DecoderArchitecture
    ) -> Set<String> {
        switch WeightChoice(rawValue: parameters.integer("weights")) {
        case .layerMatrices: Set(architecture.linearWeights.map(\.name))
        case .feedForwardOutputs: Set(architecture.feedForwardOutputs.map(\.name))
        case .all, nil: Set(architecture.parameterShapes.map(\.name))
        }
    }

    /// One backward pass for each gradient and, where `forgets`, for each forgotten record.
    static func cost(
        _ basis: CostBasis, _ parameters: MethodParameters, forgets: Bool
    ) -> CostEstimate {
        let retained = min(parameters["gradients"], Double(basis.retainRecordCount))
        let forgotten = forgets ? Double(basis.forgetRecordCount) : 0
        // A block row of doubles for each weight; a model beside has one float.
        return .descent(
            steps: 1, tokens: retained * basis.retainTokens + forgotten * basis.forgetTokens,
            extraModels: 2 * Int(parameters["block-size"]))
    }

    /// The inverse Fisher matrix of the mean loss of single retained records, drawn without repetition.
    ///
    /// Single records, not batches: the outer product of a mean is not the mean of outer products.
    /// - Parameters:
    ///   - model: its gradients are overwritten. - stage: names the draw.
    ///   - done, total: work reported before, and in all.
    /// - Throws: `parameter-out-of-range` where the blocks would take more than a gibibyte;
    ///   `interrupted`; `diverged`.
    static func inverse(
        of model: LanguageModel, _ run: MethodRun, stage: String = "fisher", done: Int = 0,
        total: Int? = nil
    ) throws -> BlockFisher {
        let parameters = run.parameters
        let names = changes(parameters, model.architecture)
        let shapes = model.parameters.shapes
        let weightCount = shapes.reduce(0) { $0 + (names.contains($1.name) ? $1.count : 0) }
        let blockSize = parameters.integer("block-size")
        let byteCount = BlockFisher.byteCount(weights: weightCount, blockSize: blockSize)
        guard byteCount <= BlockFisher.byteLimit else {
            throw UnlearningError(
                .parameterOutOfRange,
                "\(run.methodID): blocks of \(blockSize) for \(weightCount) weights take "
                    + "\(byteCount >> 20) MiB, more than \(BlockFisher.byteLimit >> 20).",
                details: ["method": run.methodID, "parameter": "block-size"],
                remedy: "Lower block-size, or let fewer weights change by weights = 1 or 2.")
        }
        let count = min(parameters.integer("gradients"), run.task.retain.count)
        var order = Cycle(
            count: run.task.retain.count, seed: run.task.seed, stream: "fisher \(stage)")
        let fisher = BlockFisher(
            shapes, includes: names.contains, blockSize: blockSize,
            damping: parameters["damping"], gradientCount: count)
        let tokenizer = model.tokenizer
        for (index, record) in order.next(count).enumerated() {
            try run.context.checkCancellation()
            let sequence = MaskedSequence(allOf: run.task.retain[record], tokenizer: tokenizer)
            model.parameters.zeroGradients()
            try addGradient(
                of: sequence, Objectives.descentWeights(mask: sequence.mask), model, run)
            let gradient = model.parameters.gradients
            fisher.add(gradient)
            run.context.progress(run.activity(), done + index + 1, of: total ?? count)
        }
        return fisher
    }

    /// The gradient of the mean loss of all forgotten tokens that count.
    /// - Parameter model: its gradients are overwritten.
    static func forgetGradient(of model: LanguageModel, _ run: MethodRun) throws -> Tensor {
        let sequences = run.forgetSequences
        let total = sequences.reduce(Float(0)) { $0 + $1.mask.reduce(0, +) }
        model.parameters.zeroGradients()
        for sequence in sequences {
            try run.context.checkCancellation()
            try addGradient(of: sequence, sequence.mask.map { -$0 / max(1, total) }, model, run)
        }
        return model.parameters.gradients.copy()
    }

    private static func addGradient(
        of sequence: MaskedSequence, _ weights: [Float], _ model: LanguageModel, _ run: MethodRun
    ) throws {
        let values = try model.accumulateGradient(
            of: PackedBatch([sequence.sequence]),
            checkpointsLayers: run.task.recipe?.checkpointsLayers ?? false, weights: weights)
        guard values.allSatisfy(\.isFinite) else {
            throw ModelError(
                .diverged, "The loss is no longer a number.",
                remedy: "Choose a smaller step, or a larger damping.")
        }
    }
}
