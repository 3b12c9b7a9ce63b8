import Domain
import Foundation
import TensorCore

/// A decoder language model with its weights and tokenizer.
///
/// Not safe for use from several threads at once; its digest is fixed when it is first asked for, so
/// change weights only through a copy of your own.
package final class LanguageModel {
    package let architecture: any DecoderArchitecture
    package let parameters: ParameterSet
    package let tokenizer: any Tokenizer
    /// Files that belong to the model beside its weights (`config.json`, `tokenizer.json`, ...), as
    /// they were read.
    package let companions: [String: Data]
    /// Element type each tensor had in its file; written back the same.
    private let elementTypes: [String: Safetensors.ElementType]
    private var knownDigest: Digest?

    /// The file of the weights in a model's folder.
    package static let weightsName = "model.safetensors"

    private init(
        architecture: any DecoderArchitecture, parameters: ParameterSet,
        tokenizer: any Tokenizer, companions: [String: Data],
        elementTypes: [String: Safetensors.ElementType]
    ) {
        self.architecture = architecture
        self.parameters = parameters
        self.tokenizer = tokenizer
        self.companions = companions
        self.elementTypes = elementTypes
    }

    /// A new model with initial weights.
    /// - Parameter configuration: content of `config.json`.
    /// - Throws: `malformed-configuration`, `unsupported-model`, `vocabulary-mismatch`.
    package convenience init(
        configuration: JSONValue, tokenizer: BytePairTokenizer, seed: UInt64
    ) throws {
        let parsed = Configuration(configuration, source: "the recipe's model")
        let architecture = try parsed.architecture(tensorNames: [])
        try Self.checkVocabulary(tokenizer, architecture)
        let parameters = ParameterSet(try Self.checkedShapes(of: architecture))
        parameters.initialize(seed: seed)
        self.init(
            architecture: architecture, parameters: parameters, tokenizer: tokenizer,
            companions: [
                "config.json": configuration.serialized(), "tokenizer.json": tokenizer.file,
            ], elementTypes: [:])
    }

    /// A model with the weights of a checkpoint in whatever format.
    ///
    /// All shapes are compared before memory is reserved: a configuration may claim any size.
    /// - Parameters:
    ///   - configuration: content of `config.json`.
    ///   - weights: one tensor for each parameter under its Hugging Face name; those the
    ///     architecture ignores may be among them, no others.
    ///   - companions: files to be written beside the weights, by name; `config.json` and
    ///     `tokenizer.json` among them if the model is to be read again.
    /// - Throws: `missing-tensor`, `unexpected-tensor`, `wrong-shape`, `vocabulary-mismatch`,
    ///   `malformed-configuration`, `unsupported-model`, and those of reading the tensors.
    package convenience init(
        configuration: JSONValue, weights: some TensorSource, tokenizer: any Tokenizer,
        companions: [String: Data]
    ) throws {
        let descriptions = weights.tensors
        let places = Dictionary(
            descriptions.enumerated().map { ($0.element.name, $0.offset) },
            uniquingKeysWith: { first, _ in first })
        let architecture = try Configuration(configuration, source: "config.json").architecture(
            tensorNames: Set(places.keys))
        let remedy = "Check that the weights belong to this config.json."
        for shape in architecture.parameterShapes {
            guard let place = places[shape.name] else {
                throw ModelError(
                    .missingTensor,
                    "The weights hold no tensor \(shape.name), expected with shape \(shape.shape).",
                    details: ["tensor": shape.name], remedy: remedy)
            }
            guard descriptions[place].shape == shape.shape else {
                throw ModelError(
                    .wrongShape,
                    "\(shape.name) has shape \(descriptions[place].shape); "
                        + "config.json asks for \(shape.shape).",
                    details: ["tensor": shape.name], remedy: remedy)
            }
        }
        let expected = Set(architecture.parameterShapes.map(\.name))
        for description in descriptions
        where !expected.contains(description.name)
            && !architecture.ignores(tensorNamed: description.name)
        {
            throw ModelError(
                .unexpectedTensor,
                "The weights hold \(description.name), which a \(architecture.familyID) model "
                    + "does not have.",
                details: ["tensor": description.name],
                remedy: "An adapter or another architecture is not read as a plain model.")
        }
        try Self.checkVocabulary(tokenizer, architecture)
        let parameters = ParameterSet(architecture.parameterShapes)
        var types: [String: Safetensors.ElementType] = [:]
        for parameter in parameters.parameters {
            try weights.read(parameter.name, into: parameter.value)
            types[parameter.name] = places[parameter.name].map { descriptions[$0].type }
        }
        self.init(
            architecture: architecture, parameters: parameters, tokenizer: tokenizer,
            companions: companions, elementTypes: types)
    }

    /// Reads a Hugging Face folder: `config.json`, `tokenizer.json` and the weights, in
    /// `model.safetensors` or in the shards that `model.safetensors.index.json` lists.
    /// - Parameter tokenizer: used instead of the folder's `tokenizer.json` where given.
    /// - Throws: `incomplete-model-folder`, `malformed-safetensors`, those of the initialiser from a
    ///   source of tensors, and those of the tokenizer.
    package convenience init(folder: URL, tokenizer given: (any Tokenizer)? = nil) throws {
        let folder = try ModelFolder(folder)
        try self.init(
            configuration: folder.configuration, weights: folder.weights,
            tokenizer: try given ?? folder.tokenizer(), companions: folder.companions)
        knownDigest = try folder.weightsDigest()
    }

    /// Parameters a model may have: 8 Gi, 32 GiB of float32. A damaged configuration asks for more.
    private static let maximumParameterCount = 1 << 33

    private static func checkedShapes(
        of architecture: any DecoderArchitecture
    ) throws -> [ParameterShape] {
        let shapes = architecture.parameterShapes
        let total = shapes.reduce(0.0) { $0 + $1.shape.reduce(1.0) { $0 * Double($1) } }
        guard total <= Double(maximumParameterCount) else {
            throw ModelError(
                .unsupportedModel,
                String(format: "The configuration asks for %.3g parameters; at most ", total)
                    + "\(maximumParameterCount) are supported.",
                remedy: "Check the sizes in config.json or in the recipe.")
        }
        return shapes
    }

    private static func checkVocabulary(
        _ tokenizer: any Tokenizer, _ architecture: any DecoderArchitecture
    ) throws {
        guard tokenizer.vocabularySize <= architecture.vocabularySize else {
            throw ModelError(
                .vocabularyMismatch,
                "The tokenizer has \(tokenizer.vocabularySize) tokens, the model only \(architecture.vocabularySize).",
                remedy: "Use the tokenizer.json that belongs to these weights.")
        }
    }

    /// A copy with weights of its own, to be changed.
    package func copy() -> LanguageModel {
        LanguageModel(
            architecture: architecture, parameters: parameters.copy(), tokenizer: tokenizer,
            companions: companions, elementTypes: elementTypes)
    }

    /// The same architecture and tokenizer with fresh initial weights.
    package func reinitialized(seed: UInt64) -> LanguageModel {
        let fresh = LanguageModel(
            architecture: architecture, parameters: ParameterSet(parameters.shapes),
            tokenizer: tokenizer, companions: companions, elementTypes: elementTypes)
        fresh.parameters.initialize(seed: seed)
        return fresh
    }

    package var parameterCount: Int { parameters.count }

    /// Width of hidden states.
    package func hiddenWidth() throws -> Int {
        try parameters.required(architecture.headName).value.width
    }

    /// Content of `model.safetensors`; equal weights give equal bytes.
    package func weightsFile() -> Data {
        Safetensors.encode(
            parameters.parameters.map { ($0.name, $0.value) }, types: elementTypes)
    }

    /// SHA-256 of `model.safetensors`: what `sha256sum` says of the file.
    package var digest: Digest {
        if let knownDigest { return knownDigest }
        let digest = Digest(of: weightsFile())
        knownDigest = digest
        return digest
    }

    /// Writes weights and companions into a folder, made if needed. Returns the digest.
    /// - Throws: `file-not-written`.
    @discardableResult
    package func save(to folder: URL) throws -> Digest {
        let weights = weightsFile()
        for (name, data) in companions.sorted(by: { $0.key < $1.key }) {
            try DurableFile.write(data, to: folder.appendingPathComponent(name))
        }
        try DurableFile.write(weights, to: folder.appendingPathComponent(Self.weightsName))
        let digest = Digest(of: weights)
        knownDigest = digest
        return digest
    }

    /// Refuses a batch with a sequence the model cannot read.
    func check(_ batch: PackedBatch) throws {
        let longest = batch.positions.max().map { Int($0) + 1 } ?? 0
        guard longest <= architecture.maximumPositions else {
            throw ModelError(
                .sequenceTooLong,
                "A sequence of \(longest) tokens is longer than the \(architecture.maximumPositions) the model can read.",
                details: ["tokens": "\(longest)"],
                remedy: "Split the record, or use a model with more positions.")
        }
        guard batch.ids.allSatisfy({ $0 >= 0 && Int($0) < architecture.vocabularySize }) else {
            throw ModelError(
                .vocabularyMismatch, "A token id lies outside the model's vocabulary.")
        }
    }

    /// Hidden states of a batch on a tape.
    /// - Parameter depth: as in `DecoderArchitecture`.
    package func hiddenStates(
        of batch: PackedBatch, tape: Tape, caches: [KeyValueCache]? = nil, depth: Int? = nil
    ) throws -> Activation {
        try check(batch)
        return try architecture.hiddenStates(
            of: batch, parameters: parameters, tape: tape, caches: caches, depth: depth)
    }

    func headBias() throws -> Parameter? {
        try architecture.headBiasName.map { try parameters.required($0) }
    }

    /// Log-probabilities of the batch's targets, differentiable.
    package func targetScores(of batch: PackedBatch, tape: Tape) throws -> TargetScores {
        let hidden = try hiddenStates(of: batch, tape: tape)
        return tape.targetLogProbabilities(
            hidden: hidden, head: try parameters.required(architecture.headName),
            bias: try headBias(),
            rows: batch.scoredRows, targets: batch.targets)
    }

    /// Logits of every token of a batch, or of the given rows, [rows, vocabulary].
    package func logits(of batch: PackedBatch, caches: [KeyValueCache]? = nil, rows: [Int]? = nil)
        throws -> Tensor
    {
        let tape = Tape(recording: false)
        let hidden = try hiddenStates(of: batch, tape: tape, caches: caches)
        return tape.logits(
            hidden: hidden, head: try parameters.required(architecture.headName),
            bias: try headBias(),
            rows: rows ?? Array(0..<batch.tokenCount)
        ).value
    }

    /// Adds the gradient of `sum weights[i] logp[i]`, a loss linear in the log-probabilities of the
    /// scored tokens: cheaper than the general form, since the logits need neither be kept nor computed
    /// twice.
    /// - Parameters:
    ///   - weights: one for each of the batch's targets.
    ///   - checkpointsLayers: as in the general form.
    /// - Returns: each target's log-probability.
    @discardableResult
    package func accumulateGradient(
        of batch: PackedBatch, checkpointsLayers: Bool = false, weights: [Float]
    ) throws -> [Float] {
        guard !batch.targets.isEmpty else { return [] }
        let tape = Tape(checkpointsLayers: checkpointsLayers)
        let (sum, values) = tape.weightedLogProbability(
            hidden: try hiddenStates(of: batch, tape: tape),
            head: try parameters.required(architecture.headName), bias: try headBias(),
            rows: batch.scoredRows, targets: batch.targets, weights: weights)
        tape.backward(from: sum, seed: Tensor([1], values: [1]))
        return values
    }

    /// Adds the gradient of `loss(logp)` for one batch to the gradients of all trainable parameters:
    /// the model's, or those of the adapters on it.
    /// - Parameters:
    ///   - checkpointsLayers: layers keep their input only and are computed again in backward; the
    ///     gradients are the same, bit by bit.
    ///   - loss: from the scored tokens' log-probabilities to the loss and its derivative by each of
    ///     them.
    /// - Returns: the loss.
    @discardableResult
    package func accumulateGradient(
        of batch: PackedBatch, checkpointsLayers: Bool = false,
        loss: (_ logProbabilities: [Float]) -> (Double, [Float])
    ) throws -> Double {
        guard !batch.targets.isEmpty else { return 0 }
        let tape = Tape(checkpointsLayers: checkpointsLayers)
        let scores = try targetScores(of: batch, tape: tape)
        let (value, slope) = loss(scores.logProbabilities.value.values)
        tape.backward(
            from: scores.logProbabilities, seed: Tensor([slope.count], values: slope))
        return value
    }

    /// Adds the gradient of any loss of the logits at the batch's targets.
    ///
    /// All logits exist at once, [targets, vocabulary]: for losses that need the whole distribution.
    /// - Parameter loss: from the logits to the loss; leaves its derivative in their place.
    /// - Returns: the loss.
    @discardableResult
    package func accumulateGradient(
        of batch: PackedBatch, checkpointsLayers: Bool = false,
        logitLoss loss: (_ logits: Tensor) throws -> Double
    ) throws -> Double {
        guard !batch.targets.isEmpty else { return 0 }
        let tape = Tape(checkpointsLayers: checkpointsLayers)
        let logits = tape.logits(
            hidden: try hiddenStates(of: batch, tape: tape),
            head: try parameters.required(architecture.headName), bias: try headBias(),
            rows: batch.scoredRows)
        let value = try loss(logits.value)
        tape.backward(from: logits, seed: logits.value)
        return value
    }

    /// Adds the gradient of any loss of the hidden states after `depth` layers, [tokens, width].
    /// - Parameter loss: from the hidden states, not to be changed, to the loss and its derivative.
    /// - Returns: the loss.
    @discardableResult
    package func accumulateGradient(
        of batch: PackedBatch, checkpointsLayers: Bool = false, depth: Int,
        hiddenLoss loss: (_ hidden: Tensor) throws -> (loss: Double, slope: Tensor)
    ) throws -> Double {
        guard batch.tokenCount > 0 else { return 0 }
        let tape = Tape(checkpointsLayers: checkpointsLayers)
        let hidden = try hiddenStates(of: batch, tape: tape, depth: depth)
        let (value, slope) = try loss(hidden.value)
        tape.backward(from: hidden, seed: slope)
        return value
    }
}
