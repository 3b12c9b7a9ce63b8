import Domain
import Foundation
import TensorCore

/// A GGUF file seen as a Hugging Face folder: its `config.json`, its `tokenizer.json`, and its tensors
/// under Hugging Face names, with llama.cpp's rearrangements undone.
package struct GGUFModel: Sendable {
    /// Content of `config.json`.
    package let configuration: JSONValue
    /// Files of the folder beside its weights.
    package let companions: [String: Data]
    package let tensors: [TensorDescription]
    private let file: GGUF
    private let sizes: GGUFSizes
    private let placements: [String: Placement]

    private struct Placement: Sendable {
        let entry: GGUF.Entry
        let arrangement: GGUFArrangement
        /// Of the Hugging Face tensor.
        let shape: [Int]
    }

    /// - Throws: `malformed-gguf`; `unsupported-model` for architectures, settings and tokenizers that
    ///   are not read; `missing-tensor`, `unexpected-tensor`, `wrong-shape`; `file-unreadable`.
    package init(contentsOf url: URL) throws { try self.init(GGUF(contentsOf: url)) }

    package init(_ file: GGUF) throws {
        let id = file.metadata["general.architecture"]?.text ?? ""
        guard let architecture = GGUFArchitecture.all.first(where: { $0.id == id }) else {
            throw ModelError(
                .unsupportedModel,
                "\(file.name): general.architecture is \(id.isEmpty ? "missing" : "\"\(id)\""); "
                    + "supported: \(GGUFArchitecture.all.map(\.id).joined(separator: ", ")).",
                details: ["file": file.name, "architecture": id])
        }
        let settings = GGUFSettings(file: file, architecture: id)
        let sizes = try GGUFSizes(settings)
        self.file = file
        self.sizes = sizes
        var placements: [String: Placement] = [:]
        var tensors: [TensorDescription] = []
        for entry in file.entries where !GGUFArchitecture.ignores(entry.name) {
            if architecture.headIsAlwaysTied, entry.name == "output.weight" {
                try Self.checkTied(entry, file)
                continue
            }
            let targets = architecture.targets(of: entry.name, layerCount: sizes.layers)
            guard !targets.isEmpty else {
                throw ModelError(
                    .unexpectedTensor,
                    "\(file.name) holds \(entry.name), which a model of architecture \(id) with "
                        + "\(sizes.layers) layers does not have.",
                    details: ["tensor": entry.name])
            }
            for target in targets {
                let shape = try Self.shape(of: entry, target.arrangement, sizes)
                let placement = Placement(
                    entry: entry, arrangement: target.arrangement, shape: shape)
                guard placements.updateValue(placement, forKey: target.name) == nil else {
                    throw ModelError(
                        .unexpectedTensor, "\(file.name) holds \(target.name) twice.",
                        details: ["tensor": entry.name])
                }
                tensors.append(
                    TensorDescription(
                        name: target.name, shape: shape, type: entry.type.safetensorsType))
            }
        }
        self.placements = placements
        self.tensors = tensors
        let vocabulary = GGUFVocabulary(file: file)
        configuration = .object(
            [
                .init("architectures", .array([.string(architecture.className)])),
                .init("model_type", .string(architecture.modelType)),
            ] + (try architecture.configuration(settings, sizes))
                + (try vocabulary.configurationMembers())
                + [.init("torch_dtype", .string("float32"))])
        companions = [
            "config.json": configuration.serialized(),
            "tokenizer.json": try vocabulary.tokenizerFile(),
            "tokenizer_config.json": try vocabulary.tokenizerConfiguration().serialized(),
        ]
    }

    /// The shape of a Hugging Face tensor made from `entry`.
    private static func shape(
        of entry: GGUF.Entry, _ arrangement: GGUFArrangement, _ sizes: GGUFSizes
    ) throws -> [Int] {
        func check(_ holds: Bool, _ expected: String) throws {
            guard holds else {
                throw ModelError(
                    .wrongShape, "\(entry.name) has shape \(entry.shape), expected \(expected).",
                    details: ["tensor": entry.name])
            }
        }
        try check((1...2).contains(entry.shape.count), "a vector or a matrix")
        let rows = entry.shape[0]
        switch arrangement {
        case .asStored: return entry.shape
        case .transposed: return entry.shape.reversed()
        case .pairsTogether:
            try check(
                rows % sizes.headWidth == 0 && sizes.headWidth % 2 == 0,
                "heads of \(sizes.headWidth) rows, an even number")
            return entry.shape
        case .fusedByPart:
            let (width, overflow) = sizes.heads.multipliedReportingOverflow(by: sizes.headWidth)
            try check(!overflow && rows % 3 == 0 && rows / 3 == width, "three times \(width) rows")
            return entry.shape
        case .part:
            try check(rows % 3 == 0, "three parts of equal height")
            return [rows / 3] + entry.shape.dropFirst()
        }
    }

    /// Refuses a head that is not the embedding in another precision.
    private static func checkTied(_ head: GGUF.Entry, _ file: GGUF) throws {
        let embedding = try file.required("token_embd.weight")
        /// Rounding to any quantised type changes less; unrelated matrices differ by 1.4.
        let largestDifference: Float = 0.5
        let comparedRows = 256
        if head.shape == embedding.shape, let rows = head.shape.first {
            let count = min(rows, comparedRows) * (head.elementCount / rows)
            let first = Tensor([count])
            let second = Tensor([count])
            file.dequantize(head, elements: 0..<count, into: first.pointer)
            file.dequantize(embedding, elements: 0..<count, into: second.pointer)
            var difference: Float = 0
            var norm: Float = 0
            for i in 0..<count {
                let change = first.pointer[i] - second.pointer[i]
                difference += change * change
                norm += second.pointer[i] * second.pointer[i]
            }
            if difference <= largestDifference * largestDifference * norm { return }
        }
        throw ModelError(
            .unsupportedModel,
            "\(file.name): output.weight is not the embedding; this architecture is read with a "
                + "tied head only.", details: ["tensor": head.name])
    }
}

// MARK: - Tensors

extension GGUFModel: TensorSource {
    package func read(_ name: String, into target: Tensor) throws {
        guard let placement = placements[name] else {
            throw ModelError(
                .missingTensor, "\(file.name) has no tensor for \(name).",
                details: ["tensor": name], remedy: "Check that the file holds a whole model.")
        }
        let entry = placement.entry
        guard placement.shape.reduce(1, *) == target.count else {
            throw ModelError(
                .wrongShape, "\(name) has shape \(placement.shape), expected \(target.shape).",
                details: ["tensor": name])
        }
        if placement.arrangement == .asStored {
            file.dequantize(entry, elements: 0..<entry.elementCount, into: target.pointer)
            return
        }
        // A vector's elements are its rows.
        let rows = entry.shape[0]
        let width = entry.elementCount / rows
        let stored = Tensor(entry.shape)
        file.dequantize(entry, elements: 0..<entry.elementCount, into: stored.pointer)
        if placement.arrangement == .transposed, entry.shape.count == 2 {
            for row in 0..<rows {
                for column in 0..<width {
                    target.pointer[column * rows + row] = stored.pointer[row * width + column]
                }
            }
            return
        }
        for row in 0..<target.count / width {
            let from = storedRow(for: row, of: rows, placement.arrangement)
            (target.pointer + row * width).update(from: stored.pointer + from * width, count: width)
        }
    }

    /// Which stored row is row `row` of the Hugging Face tensor.
    private func storedRow(
        for row: Int, of rowCount: Int, _ arrangement: GGUFArrangement
    ) -> Int {
        let headWidth = sizes.headWidth
        switch arrangement {
        case .asStored, .transposed: return row
        case .pairsTogether:
            let (head, place) = (row / headWidth, row % headWidth)
            let (second, pair) = (place / (headWidth / 2), place % (headWidth / 2))
            return head * headWidth + 2 * pair + second
        case .fusedByPart:
            let (head, place) = (row / (3 * headWidth), row % (3 * headWidth))
            return place / headWidth * (rowCount / 3) + head * headWidth + place % headWidth
        case .part(let index): return index * (rowCount / 3) + row
        }
    }
}

extension LanguageModel {
    /// Reads a GGUF file with weights, configuration and tokenizer; weights are dequantised.
    /// - Throws: `malformed-gguf`, `unsupported-model`, `missing-tensor`, `unexpected-tensor`,
    ///   `wrong-shape`, `vocabulary-mismatch`, and those of the configuration and tokenizer.
    package convenience init(gguf url: URL) throws {
        let model = try GGUFModel(contentsOf: url)
        let tokenizer = try readTokenizer(
            file: model.companions["tokenizer.json"] ?? Data(), configuration: model.configuration)
        try self.init(
            configuration: model.configuration, weights: model, tokenizer: tokenizer,
            companions: model.companions)
    }
}
