import Domain
import Foundation

/// Numbers as a page shows them; the report's JSON holds them exactly.
package enum NumberText {
    private static let minus = "\u{2212}"

    /// Four significant digits, with a true minus sign.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return "not a number" }
        let whole = value == value.rounded() && abs(value) < 1e9
        let text = whole ? String(Int64(value)) : String(format: "%.4g", value)
        return text.replacingOccurrences(of: "-", with: minus)
    }

    /// With as many digits as it takes to tell the value from the threshold it is held against.
    package static func text(_ value: Double, against threshold: Double?) -> String {
        guard let threshold, value != threshold, short(value) == short(threshold) else {
            return short(value)
        }
        return "\(value)".replacingOccurrences(of: "-", with: minus)
    }

    /// A tick, with the digits its step needs.
    package static func tick(_ value: Double, step: Double) -> String {
        guard abs(value) < 1e6, step > 1e-6 else { return short(value) }
        let digits = max(0, Int((-log10(step) - 1e-9).rounded(.up)))
        return String(format: "%.\(digits)f", value == 0 ? 0 : value)
            .replacingOccurrences(of: "-", with: minus)
    }

    package static func coordinate(_ value: Double) -> String {
        String(format: "%.1f", value.isFinite ? value : 0)
    }

    static func demand(_ direction: ThresholdDirection, _ threshold: Double) -> String {
        let word =
            switch direction {
            case .above: "above"
            case .atLeast: "at least"
            case .below: "below"
            case .atMost: "at most"
            }
        return "\(word) \(short(threshold))".replacingOccurrences(of: " ", with: "\u{A0}")
    }

    static func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(count) \(count == 1 ? singular : plural ?? singular + "s")"
    }
}
