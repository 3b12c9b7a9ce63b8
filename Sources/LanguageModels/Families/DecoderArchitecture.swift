import Domain
import TensorCore

/// The computation of one decoder model: its parameters and how hidden states follow from tokens.
package protocol DecoderArchitecture: Sendable {
    /// Permanent id of the family.
    var familyID: String { get }
    var vocabularySize: Int { get }
    /// Longest sequence the model can read.
    var maximumPositions: Int { get }
    var layerCount: Int { get }
    /// The heads of every layer's attention.
    var attention: AttentionShape { get }
    /// Every parameter in a fixed order, under its name in the checkpoint.
    var parameterShapes: [ParameterShape] { get }
    /// How the weights of the layers' linear operations are stored; [out, in] unless said otherwise.
    var linearLayout: Tape.WeightLayout { get }
    /// The [vocabulary, width] weight that turns hidden states into logits; tied models name their
    /// embedding.
    var headName: String { get }
    /// The [vocabulary] bias of the head; nil for most families.
    var headBiasName: String? { get }
    /// Tensors a checkpoint may hold that are no parameters: derived ones (rotary frequencies,
    /// causal masks), and the head's copy of a tied embedding.
    func ignores(tensorNamed name: String) -> Bool
    /// Hidden states, [tokens, width]. Every decoder layer runs through `Tape.layer`, the unit of
    /// gradient checkpointing.
    /// - Parameters:
    ///   - caches: one per layer when generating, else nil.
    ///   - depth: layers to run, 0 ... layerCount: their output as it is; nil = all and the last norm.
    func hiddenStates(
        of batch: PackedBatch, parameters: ParameterSet, tape: Tape, caches: [KeyValueCache]?,
        depth: Int?
    ) throws -> Activation
}

extension DecoderArchitecture {
    package var headBiasName: String? { nil }
    package var linearLayout: Tape.WeightLayout { .outputByInput }
}

/// A model family as a plug-in: one value in `builtinModelFamilies`, one file in this folder.
package struct ModelFamily: Sendable {
    /// Permanent id, e.g. `llama`.
    package let id: String
    package let title: String
    /// `model_type` in `config.json`.
    package let modelType: String
    /// Reads a Hugging Face `config.json`; `tensorNames` tells variants of naming apart.
    /// - Throws: `malformed-configuration`, `unsupported-model`.
    package let make:
        @Sendable (_ configuration: Configuration, _ tensorNames: Set<String>) throws
            -> any DecoderArchitecture
    /// The family's part of `config.json` for a new model; what all families share is added to it.
    /// - Throws: `malformed-recipe` for a shape that the family does not have.
    let describe: @Sendable (TrainingRecipe.Model) throws -> [(String, JSONValue)]
}

/// Every family Lethe can read, train and write.
package let builtinModelFamilies: [ModelFamily] = [
    GPT2.family, Llama.family, Qwen2.family, Qwen3.family, GPTNeoX.family, Phi.family,
]

extension TrainingRecipe.Model {
    /// For families whose heads all have keys and values of their own.
    /// - Throws: `malformed-recipe`.
    func refuseGroupedQueries() throws {
        guard keyValueHeads == heads else {
            throw ModelError(
                .malformedRecipe,
                "A \(family) model has as many key-value heads as heads (\(heads)), "
                    + "not \(keyValueHeads).",
                details: ["key": "key-value-heads"],
                remedy: "Leave key-value-heads out, or choose a family with grouped queries.")
        }
    }
}

/// A `config.json` with typed access and errors that name the key.
package struct Configuration: Sendable {
    package let json: JSONValue
    package let source: String

    package init(_ json: JSONValue, source: String) {
        self.json = json
        self.source = source
    }

    package func failure(_ rule: String, key: String) -> ModelError {
        ModelError(
            .malformedConfiguration, "\(source): \(key) \(rule).", details: ["key": key],
            remedy: "Check that this is the model's own config.json.")
    }

    package func unsupported(_ key: String, _ value: String, supported: String) -> ModelError {
        ModelError(
            .unsupportedModel, "\(source): \(key) is \(value); supported: \(supported).",
            details: ["key": key, "value": value])
    }

    /// A whole number in `range`.
    package func integer(
        _ key: String, default fallback: Int? = nil, in range: ClosedRange<Int> = 1...(1 << 24)
    ) throws -> Int {
        guard let value = json[key], !value.isNull else {
            guard let fallback else { throw failure("is missing", key: key) }
            return fallback
        }
        guard let number = value.integer, range.contains(number) else {
            throw failure("must be a whole number in \(range)", key: key)
        }
        return number
    }

    package func real(_ key: String, default fallback: Double) throws -> Double {
        guard let value = json[key], !value.isNull else { return fallback }
        guard let number = value.real, number.isFinite, number > 0 else {
            throw failure("must be a positive number", key: key)
        }
        return number
    }

    package func boolean(_ key: String, default fallback: Bool) throws -> Bool {
        guard let value = json[key], !value.isNull else { return fallback }
        guard let truth = value.boolean else { throw failure("must be true or false", key: key) }
        return truth
    }

    package func text(_ key: String, default fallback: String) throws -> String {
        guard let value = json[key], !value.isNull else { return fallback }
        guard let text = value.text else { throw failure("must be a string", key: key) }
        return text
    }

    /// Refuses any value of `key` but the ones listed.
    package func require(_ key: String, oneOf allowed: [String], default fallback: String) throws {
        let value = try text(key, default: fallback)
        guard allowed.contains(value) else {
            throw unsupported(key, value, supported: allowed.joined(separator: ", "))
        }
    }

    /// The architecture of the model this configuration describes.
    /// - Throws: `unsupported-model` listing the known types.
    package func architecture(tensorNames: Set<String>) throws -> any DecoderArchitecture {
        let type = try text("model_type", default: "")
        guard let family = builtinModelFamilies.first(where: { $0.modelType == type }) else {
            throw unsupported(
                "model_type", type.isEmpty ? "missing" : "\"\(type)\"",
                supported: builtinModelFamilies.map(\.modelType).sorted().joined(separator: ", "))
        }
        return try family.make(self, tensorNames)
    }
}
