import Domain
import TensorCore

/// The weight of one linear operation inside a numbered layer: what an adapter can be put on.
package struct LinearWeight: Sendable, Equatable {
    /// The parameter's name, e.g. `model.layers.0.self_attn.q_proj.weight`.
    package let name: String
    package let inputWidth: Int
    package let outputWidth: Int
    package let layout: Tape.WeightLayout

    private static let suffix = ".weight"

    /// The weight of this shape, or nil if it is none: norms have one dimension; embeddings,
    /// position tables and the head stand outside the layers.
    init?(_ shape: ParameterShape, layout: Tape.WeightLayout) {
        guard shape.shape.count == 2, shape.name.hasSuffix(Self.suffix),
            Self.layerIndex(in: shape.name) != nil
        else { return nil }
        name = shape.name
        self.layout = layout
        inputWidth = shape.shape[layout == .outputByInput ? 1 : 0]
        outputWidth = shape.shape[layout == .outputByInput ? 0 : 1]
    }

    /// Where the module stands in a Hugging Face model, e.g. `model.layers.0.self_attn.q_proj`.
    /// OpenAI's own GPT-2 files leave the first part out; the module has it all the same.
    package var modulePath: String {
        let path = String(name.dropLast(Self.suffix.count))
        return path.hasPrefix("h.") ? "transformer." + path : path
    }

    /// The last part of the path, e.g. `q_proj`.
    package var moduleName: String {
        modulePath.split(separator: ".").last.map(String.init) ?? modulePath
    }

    /// The layer's number, from 0.
    package var layer: Int? { Self.layerIndex(in: name) }

    private static func layerIndex(in name: String) -> Int? {
        name.split(separator: ".").lazy.compactMap { Int($0) }.first
    }
}

/// Whether `path` is `target` or ends with it at a point, as in PEFT's `target_modules`.
func modulePath(_ path: String, matches target: String) -> Bool {
    path.utf8.elementsEqual(target.utf8)
        || path.utf8.reversed().starts(with: ("." + target).utf8.reversed())
}

extension DecoderArchitecture {
    /// The last weight of each layer's feed-forward part, with the layer it stands in.
    package var feedForwardOutputs: [(layer: Int, name: String)] {
        let layers = linearWeights.filter { weight in
            ["mlp.down_proj", "mlp.c_proj", "mlp.dense_4h_to_h", "mlp.fc2"].contains {
                weight.modulePath.hasSuffix("." + $0)
            }
        }
        return layers.enumerated().map { ($0.offset, $0.element.name) }
    }

    /// Weights of all linear operations in the layers, in the order of the parameters.
    package var linearWeights: [LinearWeight] {
        parameterShapes.compactMap { LinearWeight($0, layout: linearLayout) }
    }

    /// The linear weights that targets name, in the order of the parameters.
    /// - Parameter targets: module names or ends of module paths, or `all-linear` alone.
    /// - Throws: `unknown-target` for a target that names none, listing those possible; for
    ///   embeddings and heads saying that they cannot be one.
    package func linearWeights(targets: [String]) throws -> [LinearWeight] {
        let all = linearWeights
        if targets == [LowRankSettings.allLinear] { return all }
        var known: [String] = []
        for weight in all where !known.contains(weight.moduleName) {
            known.append(weight.moduleName)
        }
        guard !targets.isEmpty else {
            throw ModelError(
                .unknownTarget, "No matrix is named to put adapters on.",
                remedy: "Name some of \(known.joined(separator: ", ")), or all-linear.")
        }
        for target in targets
        where !all.contains(where: { modulePath($0.modulePath, matches: target) }) {
            let isOther = parameterShapes.contains {
                $0.shape.count == 2
                    && (modulePath($0.name, matches: target)
                        || modulePath($0.name, matches: target + ".weight"))
            }
            throw ModelError(
                .unknownTarget,
                (isOther
                    ? "\"\(target)\" is an embedding or a head; adapters go on matrices of layers."
                    : "The \(familyID) model has no linear matrix \"\(target)\".")
                    + " Known: \(known.joined(separator: ", ")), all-linear.",
                details: ["target": target],
                remedy: nearestName(to: target, among: known).map { "Did you mean \"\($0)\"?" })
        }
        return all.filter { weight in
            targets.contains { modulePath(weight.modulePath, matches: $0) }
        }
    }
}
