import Domain
import Foundation

/// Numbers as the page shows them; the JSON holds them exactly.
enum NumberText {
    /// Four significant digits.
    static func short(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e9
            ? String(Int64(value)) : String(format: "%.4g", value)
    }

    /// With as many digits as it takes to tell the value from the threshold it is held against.
    static func text(_ value: Double, against threshold: Double?) -> String {
        guard let threshold, value != threshold, short(value) == short(threshold) else {
            return short(value)
        }
        return "\(value)"
    }

    static func demand(_ direction: ThresholdDirection, _ threshold: Double) -> String {
        let word =
            switch direction {
            case .above: "above"
            case .atLeast: "at least"
            case .below: "below"
            case .atMost: "at most"
            }
        return "\(word) \(short(threshold))"
    }

    static func interval(_ bounds: [Double]) -> String {
        bounds.map(short).joined(separator: " to ")
    }

    /// `1 069 056`.
    static func grouped(_ count: Int) -> String {
        var digits = String(count)[...]
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.append(digits.suffix(3))
            digits = digits.dropLast(3)
        }
        groups.append(digits)
        return groups.reversed().joined(separator: "\u{A0}")
    }

    static func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(grouped(count)) \(count == 1 ? singular : plural ?? singular + "s")"
    }
}
