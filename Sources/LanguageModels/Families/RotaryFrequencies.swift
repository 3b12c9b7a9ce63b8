import Domain
import Foundation

/// Inverse frequencies of rotary positions from a Hugging Face configuration: `rope_parameters`
/// (transformers 5) or `rope_theta` and `rope_scaling` (before). Types `default`, `linear` and
/// `llama3` (the formula of transformers' `_compute_llama3_parameters`).
func rotaryInverseFrequencies(_ configuration: Configuration, width: Int) throws -> [Double] {
    let nested = ["rope_parameters", "rope_scaling"].lazy
        .compactMap { configuration.json[$0] }.first { !$0.isNull }
    let scaling = Configuration(
        nested ?? .object([]), source: configuration.source + ", rope parameters")
    let base = try scaling.real(
        "rope_theta", default: configuration.real("rope_theta", default: 10_000))
    let inverse = stride(from: 0, to: width, by: 2).map {
        1 / pow(base, Double($0) / Double(width))
    }
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
        let original = Double(try scaling.integer("original_max_position_embeddings"))
        return inverse.map { frequency in
            let wavelength = 2 * Double.pi / frequency
            if wavelength > original / low { return frequency / factor }
            if wavelength < original / high { return frequency }
            let smooth = (original / wavelength - low) / (high - low)
            return (1 - smooth) * frequency / factor + smooth * frequency
        }
    default:
        throw configuration.unsupported(
            "rope_type", "\"\(type)\"", supported: "default, linear, llama3")
    }
}
