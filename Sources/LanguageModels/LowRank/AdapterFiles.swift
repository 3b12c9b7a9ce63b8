import Domain
import Foundation
import TensorCore

/// The form of adapters on disk, PEFT's: `adapter_config.json` and `adapter_model.safetensors`.
extension AdapterSet {
    package static let weightsName = "adapter_model.safetensors"
    /// Every tensor's name begins with this.
    private static let prefix = "base_model.model."

    /// Names of the tensors of a weight's adapter in the file.
    private static func names(of weight: LinearWeight) -> (down: String, up: String) {
        let path = prefix + weight.modulePath
        return (path + ".lora_A.weight", path + ".lora_B.weight")
    }

    /// Reads a folder that PEFT, or `save`, wrote.
    /// - Parameter architecture: of the model the adapters are for.
    /// - Throws: `incomplete-model-folder`, `malformed-adapter`, `unsupported-adapter`,
    ///   `unknown-target`, `malformed-safetensors`, `missing-tensor`, `unexpected-tensor`,
    ///   `wrong-shape`, `malformed-json`.
    package init(folder: URL, for architecture: any DecoderArchitecture) throws {
        for name in [AdapterConfiguration.fileName, Self.weightsName] {
            let file = folder.appendingPathComponent(name)
            guard FileManager.default.fileExists(atPath: file.path) else {
                throw ModelError(
                    .incompleteFolder, "\(folder.path) holds no \(name).",
                    details: ["path": folder.path, "file": name],
                    remedy: "Give a folder that PEFT's save_pretrained wrote, with safetensors.")
            }
        }
        let configuration = try AdapterConfiguration(
            JSONParser.parse(
                DurableFile.read(folder.appendingPathComponent(AdapterConfiguration.fileName)),
                limits: .untrusted))
        let file = try Safetensors(contentsOf: folder.appendingPathComponent(Self.weightsName))
        var weights = try architecture.linearWeights(targets: configuration.targets)
        if let layers = configuration.layers {
            weights.removeAll { weight in !layers.contains { $0 == weight.layer } }
            guard !weights.isEmpty else {
                throw ModelError(
                    .unknownTarget,
                    "\(AdapterConfiguration.fileName): layers_to_transform names no layer of the "
                        + "model, which has \(architecture.layerCount).",
                    details: ["key": "layers_to_transform"])
            }
        }
        let placements = weights.map {
            Placement(
                weight: $0, rank: configuration.rank(of: $0.modulePath),
                alpha: configuration.alpha(of: $0.modulePath))
        }
        try Self.check(file, against: placements)
        self.init(
            placements,
            settings: LowRankSettings(
                rank: configuration.rank, alpha: configuration.alpha,
                // Names alone do not say which layers are left out.
                targets: configuration.layers == nil
                    ? configuration.targets : weights.map(\.modulePath)),
            usesRankStabilizedScale: configuration.usesRankStabilizedScale)
        for part in parts {
            let names = Self.names(of: part.weight)
            for (name, parameter) in [(names.down, part.down), (names.up, part.up)] {
                guard let entry = file[name] else { continue }
                try file.read(entry, into: parameter.value)
            }
        }
        guard parameters.isFinite else {
            throw ModelError(
                .malformedAdapter, "\(Self.weightsName) holds values that are not numbers.",
                remedy: "Train the adapter again with a lower learning rate.")
        }
    }

    /// Every tensor is there with its shape, and no other; before memory is reserved.
    private static func check(_ file: Safetensors, against placements: [Placement]) throws {
        var expected: [String: [Int]] = [:]
        var order: [String] = []
        for placement in placements {
            let names = names(of: placement.weight)
            expected[names.down] = [placement.rank, placement.weight.inputWidth]
            expected[names.up] = [placement.weight.outputWidth, placement.rank]
            order += [names.down, names.up]
        }
        for name in order {
            guard let entry = file[name], let shape = expected[name] else {
                throw ModelError(
                    .missingTensor, "\(weightsName) has no tensor \(name).",
                    details: ["tensor": name],
                    remedy: "Check that the adapter was trained on this model.")
            }
            guard entry.shape == shape else {
                throw ModelError(
                    .wrongShape,
                    "\(name) has shape \(entry.shape); the model and "
                        + "\(AdapterConfiguration.fileName) ask for \(shape).",
                    details: ["tensor": name],
                    remedy: "Check that the adapter was trained on this model.")
            }
        }
        if let other = file.entries.first(where: { expected[$0.name] == nil }) {
            throw ModelError(
                .unexpectedTensor,
                "\(weightsName) holds \(other.name), which is no adapter of a target matrix.",
                details: ["tensor": other.name],
                remedy: "Merge the adapter with PEFT and import the merged model.")
        }
    }

    /// Content of the weights file; equal adapters give equal bytes.
    /// - Parameter start: digest of the model the adapters belong on, noted in the file's metadata.
    package func weightsFile(start: Digest? = nil) -> Data {
        var metadata = ["format": "pt"]
        if let start { metadata["base-model-sha256"] = start.hexadecimal }
        return Safetensors.encode(
            parts.flatMap { part in
                let names = Self.names(of: part.weight)
                return [(names.down, part.down.value), (names.up, part.up.value)]
            }, metadata: metadata)
    }

    /// Writes both files into a folder, made if needed.
    /// - Throws: `file-not-written`.
    package func save(to folder: URL, start: Digest? = nil) throws {
        try DurableFile.write(
            try CanonicalJSON.pretty(WrittenConfiguration(self)),
            to: folder.appendingPathComponent(AdapterConfiguration.fileName))
        try DurableFile.write(
            weightsFile(start: start), to: folder.appendingPathComponent(Self.weightsName))
    }
}

/// `adapter_config.json` as Lethe writes it; PEFT has defaults for what is left out.
private struct WrittenConfiguration: Encodable {
    let peftType = "LORA"
    let taskType = "CAUSAL_LM"
    let rank: Int
    let alpha: Double
    let targets: [String]
    let rankPattern: [String: Int]
    let alphaPattern: [String: Double]
    let usesRankStabilizedScale: Bool
    /// PEFT's word for weights stored [in, out].
    let fanInFanOut: Bool
    let dropout = 0.0
    let bias = "none"
    let isForInference = true
    let startsAsNothing = true
    let usesDoRA = false

    private enum CodingKeys: String, CodingKey {
        case peftType = "peft_type"
        case taskType = "task_type"
        case rank = "r"
        case alpha = "lora_alpha"
        case targets = "target_modules"
        case rankPattern = "rank_pattern"
        case alphaPattern = "alpha_pattern"
        case usesRankStabilizedScale = "use_rslora"
        case fanInFanOut = "fan_in_fan_out"
        case dropout = "lora_dropout"
        case bias
        case isForInference = "inference_mode"
        case startsAsNothing = "init_lora_weights"
        case usesDoRA = "use_dora"
    }

    init(_ adapters: AdapterSet) {
        let settings = adapters.settings
        rank = settings.rank
        alpha = settings.alpha
        // Spelt out: what PEFT takes for all linear matrices may change with its version.
        var names: [String] = []
        for part in adapters.parts where !names.contains(part.weight.moduleName) {
            names.append(part.weight.moduleName)
        }
        targets = settings.targets == [LowRankSettings.allLinear] ? names : settings.targets
        func differing<Value: Equatable>(
            _ value: (AdapterSet.Part) -> Value, from common: Value
        ) -> [String: Value] {
            Dictionary(
                adapters.parts.filter { value($0) != common }
                    .map { ($0.weight.modulePath, value($0)) }, uniquingKeysWith: { $1 })
        }
        rankPattern = differing(\.rank, from: settings.rank)
        alphaPattern = differing(\.alpha, from: settings.alpha)
        usesRankStabilizedScale = adapters.usesRankStabilizedScale
        fanInFanOut = adapters.parts.contains { $0.weight.layout == .inputByOutput }
    }
}
