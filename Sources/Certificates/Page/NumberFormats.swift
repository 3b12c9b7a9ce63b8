import Domain
import Foundation
import Reports

/// Numbers, dates and shares in the language's way, as its catalogue says; independent of the machine's
/// settings, so that equal certificates give equal pages.
extension MessageCatalogue {
    var pluralRule: PluralRule { PluralRule(rawValue: text("language.plural")) ?? .none }

    /// Four significant digits; more where it takes them to tell the value from its threshold.
    func number(_ value: Double, against threshold: Double? = nil) -> String {
        guard value.isFinite else { return text("number.none") }
        let plain = NumberText.text(value, against: threshold)
        let parts = plain.split(separator: "e", maxSplits: 1).map(String.init)
        let mantissa = parts[0].replacingOccurrences(of: ".", with: text("number.decimal"))
        guard parts.count == 2, let exponent = Self.exponent(parts[1]) else { return mantissa }
        return "\(mantissa)\u{A0}×\u{A0}10\(exponent)"
    }

    /// `1,069,056`, `1.069.056`.
    func grouped(_ count: Int) -> String {
        var digits = String(count.magnitude)[...]
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.append(digits.suffix(3))
            digits = digits.dropLast(3)
        }
        groups.append(digits)
        return (count < 0 ? "\u{2212}" : "")
            + groups.reversed().joined(separator: text("number.group"))
    }

    /// A share, 0 ... 1, in percent with two decimals, rounded down: a lower bound stays one.
    func percent(_ share: Double) -> String {
        guard share.isFinite else { return text("number.none") }
        let hundredths = (share * 10_000 + 1e-9).rounded(.down)
        let digits = String(format: "%.2f", hundredths / 100)
            .replacingOccurrences(of: ".", with: text("number.decimal"))
        return text("number.percent", ["number": digits])
    }

    /// `5 March 2026`, `5. März 2026`; in UTC.
    func day(_ time: Timestamp) -> HTMLFragment {
        "<time datetime=\"\(time.dateText)\">\(dayText(time.dateText))</time>"
    }

    /// A day as the deadline gives it, `YYYY-MM-DD`; as it stands if it is none.
    func day(_ date: String) -> HTMLFragment {
        Timestamp(date).map(day) ?? "\(date)"
    }

    /// With hour and minute in UTC.
    func moment(_ time: Timestamp) -> HTMLFragment {
        "<time datetime=\"\(time.description)\">\(momentText(time))</time>"
    }

    func momentText(_ time: Timestamp) -> String {
        let description = time.description
        return text(
            "date.moment",
            [
                "day": dayText(time.dateText),
                "time": String(description.dropFirst(11).prefix(5)),
            ])
    }

    private func dayText(_ date: String) -> String {
        let parts = date.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return date }
        return text(
            "date.day",
            [
                "day": "\(parts[2])", "month": text("date.month.\(parts[1])"),
                "year": "\(parts[0])",
            ])
    }

    /// `-05` as `⁻⁵`.
    private static func exponent(_ digits: String) -> String? {
        let raised = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        guard let value = Int(digits.replacingOccurrences(of: "\u{2212}", with: "-")) else {
            return nil
        }
        return (value < 0 ? "⁻" : "")
            + String(String(value.magnitude).compactMap { $0.wholeNumberValue.map { raised[$0] } })
    }
}
