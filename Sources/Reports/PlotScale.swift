import Domain
import Foundation

/// Where numbers lie along one axis of a picture, and where its ticks stand.
package struct PlotScale {
    package let lower: Double
    package let upper: Double
    package let start: Double
    package let end: Double
    package let isLogarithmic: Bool
    let ticks: [Double]
    let step: Double

    /// - Parameters:
    ///   - values: everything to be shown; what is not finite, or not above 0 on a logarithmic axis, is
    ///     passed over.
    ///   - start, end: the places of the lower and the upper end.
    ///   - margin: share of the range added at either end.
    /// - Returns: nil if there is nothing to show.
    package init?(
        _ values: [Double], _ kind: ReportFigure.Axis.Scale = .linear, from start: Double,
        to end: Double, margin: Double = 0.04
    ) {
        isLogarithmic = kind == .logarithmic
        let shown = values.filter { $0.isFinite && abs($0) < 1e100 && (kind == .linear || $0 > 0) }
            .map { kind == .linear ? $0 : log10($0) }
        guard let least = shown.min(), let greatest = shown.max() else { return nil }
        var (low, high) = (least, greatest)
        // Nearly equal numbers would all lie on the axis, with ticks that differ in no digit.
        if high - low <= max(1e-9 * max(abs(low), abs(high)), 1e-100) {
            let room = abs(low) < 1e-90 ? 1 : abs(low) * 0.1
            (low, high) = (low - room, high + room)
        }
        let room = margin * (high - low)
        (lower, upper) = (low - room, high + room)
        (self.start, self.end) = (start, end)
        if kind == .linear {
            let step = Self.niceStep((upper - lower) / 5)
            self.step = step
            ticks = Self.multiples(of: step, from: lower, to: upper)
        } else {
            step = 1
            ticks = Self.decades(from: lower, to: upper)
        }
    }

    /// Nil for a number that the axis cannot show.
    package func position(_ value: Double) -> Double? {
        guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
        let place = isLogarithmic ? log10(value) : value
        let share = (place - lower) / (upper - lower)
        guard share.isFinite, share >= -0.001, share <= 1.001 else { return nil }
        return start + share * (end - start)
    }

    func text(_ tick: Double) -> String {
        isLogarithmic ? NumberText.short(tick) : NumberText.tick(tick, step: step)
    }

    /// 1, 2 or 5 times a power of ten, the next that is not below.
    static func niceStep(_ raw: Double) -> Double {
        let power = pow(10, log10(raw).rounded(.down))
        let factor = [1.0, 2, 5].first { $0 * power >= raw * (1 - 1e-9) } ?? 10
        return factor * power
    }

    private static func multiples(of step: Double, from low: Double, to high: Double) -> [Double] {
        let first = (low / step - 1e-9).rounded(.up)
        let count = Int((high / step + 1e-9).rounded(.down) - first)
        return count < 0 ? [] : (0...min(count, 20)).map { (first + Double($0)) * step }
    }

    /// Powers of ten; twice and five times them, too, where there would be few.
    private static func decades(from low: Double, to high: Double) -> [Double] {
        let exponents = Int(low.rounded(.down))...Int(high.rounded(.up))
        func ticks(_ factors: [Double]) -> [Double] {
            exponents.flatMap { exponent in factors.map { $0 * pow(10, Double(exponent)) } }
                .filter { (low...high).contains(log10($0)) }
        }
        let tens = ticks([1])
        if tens.count < 3 { return ticks([1, 2, 5]) }
        let stride = (tens.count + 5) / 6
        return tens.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
    }
}
