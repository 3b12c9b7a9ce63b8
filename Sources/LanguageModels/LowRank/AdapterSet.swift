import Domain
import TensorCore

/// Low-rank adapters on linear weights of one model: `W + scale B A` (LoRA, Hu et al. 2021,
/// arXiv 2106.09685), with A and B in a parameter set of their own.
package struct AdapterSet: Sendable {
    /// The adapter of one weight.
    package struct Part: Sendable {
        package let weight: LinearWeight
        package let rank: Int
        package let alpha: Double
        /// `alpha / rank`, with rank-stabilised scaling `alpha / sqrt(rank)`.
        package let scale: Float
        /// A, [rank, in].
        package let down: Parameter
        /// B, [out, rank].
        package let up: Parameter
    }

    /// A weight with the rank and alpha of its adapter.
    struct Placement {
        let weight: LinearWeight
        let rank: Int
        let alpha: Double
    }

    /// Rank, alpha and targets; single parts may differ in the first two.
    package let settings: LowRankSettings
    /// Scales by `alpha / sqrt(rank)` (Kalajdzievski 2023, arXiv 2312.03732).
    package let usesRankStabilizedScale: Bool
    /// In the order of the model's parameters.
    package let parts: [Part]
    /// `NAME.lora_A.weight` and `NAME.lora_B.weight` for every target `NAME.weight`.
    package let parameters: ParameterSet

    /// New adapters, which change nothing yet: A uniform in +-1/sqrt(in), B zero, as PEFT starts
    /// them. A's start depends on seed and name alone.
    /// - Throws: `unknown-target`.
    package init(
        for architecture: any DecoderArchitecture, settings: LowRankSettings, seed: UInt64
    ) throws {
        let weights = try architecture.linearWeights(targets: settings.targets)
        self.init(
            weights.map { Placement(weight: $0, rank: settings.rank, alpha: settings.alpha) },
            settings: settings, usesRankStabilizedScale: false)
        for part in parts {
            var random = RandomNumbers(seed: seed, stream: part.down.name)
            // Kaiming-uniform with a = sqrt(5): gain sqrt(1/3) times sqrt(3 / in).
            let bound = 1 / Double(part.weight.inputWidth).squareRoot()
            for index in 0..<part.down.value.count {
                part.down.value.pointer[index] = Float((2 * random.uniform() - 1) * bound)
            }
            part.up.value.fill(0)
        }
    }

    /// Adapters whose values are still to be filled in.
    init(_ placements: [Placement], settings: LowRankSettings, usesRankStabilizedScale: Bool) {
        self.settings = settings
        self.usesRankStabilizedScale = usesRankStabilizedScale
        let shapes = placements.flatMap { placement in
            let stem = placement.weight.name.dropLast(".weight".count)
            return [
                ParameterShape(
                    stem + ".lora_A.weight", [placement.rank, placement.weight.inputWidth],
                    .constant(0)),
                ParameterShape(
                    stem + ".lora_B.weight", [placement.weight.outputWidth, placement.rank],
                    .constant(0)),
            ]
        }
        let parameters = ParameterSet(shapes)
        self.parameters = parameters
        parts = placements.enumerated().map { index, placement in
            let rank = Double(placement.rank)
            return Part(
                weight: placement.weight, rank: placement.rank, alpha: placement.alpha,
                scale: Float(
                    placement.alpha / (usesRankStabilizedScale ? rank.squareRoot() : rank)),
                down: parameters.parameters[2 * index], up: parameters.parameters[2 * index + 1])
        }
    }

    /// Puts the adapters on a model of the architecture they were made for and freezes its own
    /// weights: from then on gradients reach the adapters only.
    package func attach(to model: LanguageModel) throws {
        let weights = try parts.map { try model.parameters.required($0.weight.name) }
        for (part, weight) in zip(parts, weights) {
            weight.adapter = LowRankAdapter(down: part.down, up: part.up, scale: part.scale)
        }
        model.parameters.isTrainable = false
    }

    /// Takes the adapters off; the model's own weights are as they were, and trainable again.
    package func detach(from model: LanguageModel) {
        for part in parts { model.parameters[part.weight.name]?.adapter = nil }
        model.parameters.isTrainable = true
    }

    /// Adds `scale B A` to the model's weights, in float32, and takes the adapters off.
    package func merge(into model: LanguageModel) throws {
        for part in parts {
            let target = try model.parameters.required(part.weight.name).value.pointer
            let (input, output) = (part.weight.inputWidth, part.weight.outputWidth)
            let (down, up) = (part.down.value.pointer, part.up.value.pointer)
            switch part.weight.layout {
            case .outputByInput:
                matrixProduct(
                    m: output, n: input, k: part.rank, up, lda: part.rank, down, ldb: input,
                    alpha: part.scale, beta: 1, target, ldc: input)
            case .inputByOutput:
                matrixProduct(
                    m: input, n: output, k: part.rank, down, lda: input, transposeA: true, up,
                    ldb: part.rank, transposeB: true, alpha: part.scale, beta: 1, target,
                    ldc: output)
            }
        }
        detach(from: model)
    }
}
