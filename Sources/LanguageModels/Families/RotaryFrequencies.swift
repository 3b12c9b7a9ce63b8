import Domain
import Foundation
import TensorCore

/// How a family spells rotary positions in `config.json`, where it differs from the others.
struct RotarySpelling {
    /// Top-level keys of the base, the first that is there counts.
    var baseKeys = ["rope_theta"]
    /// Top-level keys of the share of each head's dimensions that turn.
    var shareKeys = ["partial_rotary_factor"]
    var defaultShare = 1.0
}

extension Configuration {
    /// Angles of the rotary positions of this model.
    ///
    /// Read from `rope_parameters` (transformers 5), or `rope_scaling` and top-level keys (before).
    /// Types `default`, `linear` and `llama3` (transformers' `_compute_llama3_parameters`).
    /// - Throws: `unsupported-model` for other types and for parameters by kind of layer;
    ///   `malformed-configuration`.
    func rotaryTable(
        headWidth: Int, positionCount: Int, spelling: RotarySpelling = RotarySpelling()
    ) throws -> RotaryTable {
        // transformers too prefers the old key where a file has both.
        let key = ["rope_scaling", "rope_parameters"].first { json[$0]?.isNull == false }
        let nested = key.flatMap { json[$0] } ?? .object([])
        guard let members = nested.members else {
            throw failure("must be an object", key: key ?? "rope_parameters")
        }
        if let kind = members.first(where: { $0.value.members != nil })?.key {
            throw unsupported(
                key ?? "rope_parameters",
                "an object with parameters for each kind of layer (\(kind))",
                supported: "one set of parameters for all layers")
        }
        let scaling = Configuration(nested, source: "\(source), \(key ?? "rope_parameters")")
        let share = try scaling.real(
            "partial_rotary_factor",
            default: real(firstOf: spelling.shareKeys, default: spelling.defaultShare))
        // As in transformers an odd count is rounded up when pairs are made, but divides as it is.
        let width = Int(Double(headWidth) * share)
        guard share <= 1, width >= 1, (width + 1) / 2 * 2 <= headWidth else {
            throw failure(
                "(\(share)) must leave at least one and at most all of \(headWidth) dimensions",
                key: "partial_rotary_factor")
        }
        let base = try scaling.real(
            "rope_theta", default: real(firstOf: spelling.baseKeys, default: 10_000))
        let plain = stride(from: 0, to: width, by: 2).map {
            1 / pow(base, Double($0) / Double(width))
        }
        return RotaryTable(
            inverseFrequencies: try scaled(plain, scaling), positionCount: positionCount)
    }

    private func real(firstOf keys: [String], default fallback: Double) throws -> Double {
        let key = keys.first { json[$0]?.isNull == false }
        return try key.map { try real($0, default: fallback) } ?? fallback
    }

    private func scaled(_ inverse: [Double], _ scaling: Configuration) throws -> [Double] {
        let type = try scaling.text("rope_type", default: scaling.text("type", default: "default"))
        switch type {
        case "default": return inverse
        case "linear":
            let factor = try scaling.real("factor", default: 1)
            return inverse.map { $0 / factor }
        case "llama3":
            let factor = try scaling.real("factor", default: 8)
            let low = try scaling.real("low_freq_factor", default: 1)
            let high = try scaling.real("high_freq_factor", default: 4)
            guard high > low else {
                throw scaling.failure("must exceed low_freq_factor", key: "high_freq_factor")
            }
            let original = Double(
                try scaling.integer(
                    "original_max_position_embeddings",
                    default: integer("original_max_position_embeddings", default: 8_192)))
            return inverse.map { frequency in
                let wavelength = 2 * Double.pi / frequency
                if wavelength > original / low { return frequency / factor }
                if wavelength < original / high { return frequency }
                let smooth = (original / wavelength - low) / (high - low)
                return (1 - smooth) * frequency / factor + smooth * frequency
            }
        default:
            throw unsupported("rope_type", "\"\(type)\"", supported: "default, linear, llama3")
        }
    }
}
