import Domain
import Foundation

/// The metadata of one architecture with typed access: `block_count` is read from
/// `llama.block_count`.
struct GGUFSettings: Sendable {
    let file: GGUF
    /// Value of `general.architecture`.
    let architecture: String

    private func fullKey(_ key: String) -> String { "\(architecture).\(key)" }

    func failure(_ rule: String, key: String) -> ModelError {
        ModelError(
            .malformedGGUF, "\(file.name): metadata \(fullKey(key)) \(rule).",
            details: ["file": file.name, "key": fullKey(key)],
            remedy: "Fetch or convert the file again.")
    }

    func unsupported(_ key: String, _ value: String, supported: String) -> ModelError {
        ModelError(
            .unsupportedModel,
            "\(file.name): metadata \(fullKey(key)) is \(value); supported: \(supported).",
            details: ["file": file.name, "key": fullKey(key)])
    }

    subscript(key: String) -> GGUFValue? { file.metadata[fullKey(key)] }

    /// A whole number of at least one.
    func integer(_ key: String, default fallback: Int? = nil) throws -> Int {
        guard let value = self[key] else {
            guard let fallback else { throw failure("is missing", key: key) }
            return fallback
        }
        guard let number = value.integer, number > 0, number <= 1 << 32 else {
            throw failure("is not a whole number from 1", key: key)
        }
        return number
    }

    /// A positive number as JSON text.
    func real(_ key: String, default fallback: String? = nil) throws -> JSONValue {
        guard let value = self[key] else {
            guard let fallback else { throw failure("is missing", key: key) }
            return .number(fallback)
        }
        guard let text = value.numberText, let number = Double(text), number > 0 else {
            throw failure("is not a positive number", key: key)
        }
        return .number(text)
    }

    func boolean(_ key: String, default fallback: Bool) throws -> Bool {
        guard let value = self[key] else { return fallback }
        guard let truth = value.boolean else { throw failure("is not true or false", key: key) }
        return truth
    }

    func text(_ key: String, default fallback: String) throws -> String {
        guard let value = self[key] else { return fallback }
        guard let text = value.text else { throw failure("is not a string", key: key) }
        return text
    }

    func has(_ tensor: String) -> Bool { file[tensor] != nil }
}

/// Sizes that every architecture has.
struct GGUFSizes {
    let layers: Int
    let width: Int
    let feedForward: Int
    let heads: Int
    let keyValueHeads: Int
    let headWidth: Int
    let positions: Int
    let vocabulary: Int

    /// - Throws: `malformed-gguf`, `missing-tensor`; `unsupported-model` for mixtures of experts and
    ///   for values of another width than keys.
    init(_ settings: GGUFSettings) throws {
        layers = try settings.integer("block_count")
        width = try settings.integer("embedding_length")
        feedForward = try settings.integer("feed_forward_length")
        heads = try settings.integer("attention.head_count")
        keyValueHeads = try settings.integer("attention.head_count_kv", default: heads)
        guard width % heads == 0 || settings["attention.key_length"] != nil else {
            throw settings.failure(
                "does not divide the width \(width)", key: "attention.head_count")
        }
        guard heads % keyValueHeads == 0 else {
            throw settings.failure(
                "does not divide the \(heads) heads", key: "attention.head_count_kv")
        }
        headWidth = try settings.integer("attention.key_length", default: width / heads)
        let valueWidth = try settings.integer("attention.value_length", default: headWidth)
        guard valueWidth == headWidth else {
            throw settings.unsupported(
                "attention.value_length", "\(valueWidth)", supported: "the keys' \(headWidth)")
        }
        if let experts = settings["expert_count"]?.integer, experts > 0 {
            throw settings.unsupported("expert_count", "\(experts)", supported: "none")
        }
        // With a window no longer than the text, every position sees all before it.
        let context = try settings.integer("context_length")
        positions = min(context, try settings.integer("attention.sliding_window", default: context))
        let embedding = try settings.file.required("token_embd.weight")
        guard embedding.shape.count == 2, embedding.shape[1] == width else {
            throw ModelError(
                .wrongShape,
                "token_embd.weight has shape \(embedding.shape), expected rows of \(width).",
                details: ["tensor": "token_embd.weight"])
        }
        vocabulary = embedding.shape[0]
    }
}

// MARK: - Rotary positions

extension GGUFSettings {
    /// `rope_scaling` of a Hugging Face configuration; nil for plain rotary positions.
    /// - Parameter rotatedWidth: elements of a head that are rotated.
    /// - Throws: `unsupported-model` for scalings other than linear and Llama 3's.
    func ropeScaling(theta: JSONValue, rotatedWidth: Int) throws -> JSONValue? {
        let key = "rope.scaling.type"
        switch try text(key, default: self["rope.scale_linear"] == nil ? "none" : "linear") {
        case "none": break
        case "linear":
            let old = try real("rope.scale_linear", default: "1")
            let factor = try real("rope.scaling.factor", default: old.numberText)
            return .object([.init("rope_type", .string("linear")), .init("factor", factor)])
        case let other:
            throw unsupported(key, "\"\(other)\"", supported: "none, linear, and Llama 3's factors")
        }
        guard let factors = file["rope_freqs.weight"] else { return nil }
        return try llama3Scaling(factors, theta: theta, rotatedWidth: rotatedWidth)
    }

    /// Llama 3's scaling from its factors, one for each frequency: the file does not hold the numbers
    /// they were computed from.
    ///
    /// All published models use the wavelength factors 1 and 4; the factor itself is that of the
    /// longest wavelength, the original context a power of two. They are accepted if they give every
    /// factor again.
    private func llama3Scaling(
        _ entry: GGUF.Entry, theta: JSONValue, rotatedWidth: Int
    ) throws -> JSONValue? {
        var factors = [Float](repeating: 0, count: rotatedWidth / 2)
        guard entry.shape == [factors.count], entry.type == .f32, let theta = theta.real else {
            throw ModelError(
                .wrongShape,
                "rope_freqs.weight has shape \(entry.shape), expected [\(factors.count)] in F32.",
                details: ["tensor": entry.name])
        }
        factors.withUnsafeMutableBufferPointer { target in
            if let start = target.baseAddress {
                file.dequantize(entry, elements: 0..<target.count, into: start)
            }
        }
        if factors.allSatisfy({ $0 == 1 }) { return nil }
        let factor = Double(factors.max() ?? 1)
        for exponent in 4...24 {
            let original = Double(1 << exponent)
            let expected = llama3Factors(
                count: factors.count, theta: theta, factor: factor, original: original)
            let agrees = zip(factors, expected).allSatisfy {
                abs(Double($0) - $1) <= 1e-4 * $1
            }
            guard agrees else { continue }
            return .object([
                .init("rope_type", .string("llama3")),
                .init("factor", .number("\(factor)")),
                .init("low_freq_factor", .number("1.0")),
                .init("high_freq_factor", .number("4.0")),
                .init("original_max_position_embeddings", .number("\(1 << exponent)")),
            ])
        }
        throw ModelError(
            .unsupportedModel,
            "\(file.name): the factors in rope_freqs.weight are not those of Llama 3's scaling.",
            details: ["tensor": entry.name])
    }

    /// What llama.cpp divides each inverse frequency by.
    private func llama3Factors(
        count: Int, theta: Double, factor: Double, original: Double
    ) -> [Double] {
        (0..<count).map { place in
            let wavelength = 2 * Double.pi * pow(theta, Double(place) / Double(count))
            if wavelength < original / 4 { return 1 }
            if wavelength > original { return factor }
            let smooth = (original / wavelength - 1) / 3
            return 1 / ((1 - smooth) / factor + smooth)
        }
    }
}

extension JSONValue {
    fileprivate var numberText: String? { if case .number(let text) = self { text } else { nil } }
}
