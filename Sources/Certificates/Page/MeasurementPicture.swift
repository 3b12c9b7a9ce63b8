import Domain
import Reports

/// One measured number as a small picture: the permitted side as a band, the limit as an upright line,
/// the interval as a bar with ends, the value as a dot, or as a cross where it breaks its limit.
///
/// It holds no text, for a printed page draws it in any font; the numbers stand beside it. Shapes tell
/// everything that colours tell.
struct MeasurementPicture {
    static let width = 120.0
    static let height = 16.0
    private static let middle = height / 2

    let measurement: Measurement
    let words: MessageCatalogue

    /// Nothing for a measurement that decides nothing.
    func markup() -> HTMLFragment {
        guard let threshold = measurement.threshold, let direction = measurement.direction,
            let scale = scale(threshold)
        else { return .empty }
        return """
            <svg class="measured" viewBox="0 0 \(at: Self.width) \(at: Self.height)" width="120" \
            height="16" role="img">
            <title>\(words.measurement(measurement.name))</title>
            <desc>\(description(threshold, direction))</desc>
            \(band(threshold, direction, scale))\(interval(scale))\(limit(threshold, scale))\
            \(mark(scale))</svg>
            """
    }

    /// Probabilities (`p`, `p-low`, ...) are read by their order of magnitude.
    private var isProbability: Bool {
        measurement.name == "p" || measurement.name.hasPrefix("p-")
    }

    private func scale(_ threshold: Double) -> PlotScale? {
        var shown = [threshold, measurement.value].compactMap(\.self)
        if isProbability, threshold > 0 {
            shown = shown.filter { $0 > 0 } + [threshold / 3, 1]
            return PlotScale(shown, .logarithmic, from: 2, to: Self.width - 2, margin: 0)
        }
        // Room on both sides of the limit, so that it is seen which one is permitted.
        let room = shown.map { abs($0 - threshold) }.max() ?? 0
        let side = room > 0 ? 0.25 * room : max(abs(threshold), 1) * 0.5
        shown += (measurement.interval ?? []) + [threshold - side, threshold + side]
        return PlotScale(shown, from: 2, to: Self.width - 2, margin: 0.02)
    }

    /// A place on the scale; what lies outside is drawn at its end.
    private func place(_ value: Double, _ scale: PlotScale) -> Double {
        if let place = scale.position(value) { return place }
        let isBelow = scale.isLogarithmic ? value < 1 : value < scale.lower
        return isBelow ? scale.start : scale.end
    }

    private func band(
        _ threshold: Double, _ direction: ThresholdDirection, _ scale: PlotScale
    ) -> HTMLFragment {
        let limit = place(threshold, scale)
        let isAbove = direction == .above || direction == .atLeast
        let (left, right) = isAbove ? (limit, scale.end) : (scale.start, limit)
        return """
            <path class="base" d="M\(at: scale.start) \(at: Self.middle)H\(at: scale.end)" \
            stroke="#6b7480" fill="none"/>
            <rect class="allowed" x="\(at: left)" y="3" width="\(at: max(0, right - left))" \
            height="10" fill="#d5dae1"/>

            """
    }

    private func limit(_ threshold: Double, _ scale: PlotScale) -> HTMLFragment {
        """
        <path class="edge" d="M\(at: place(threshold, scale)) 0V\(at: Self.height)" \
        stroke="#1c2430" stroke-width="1.6" fill="none"/>

        """
    }

    private func interval(_ scale: PlotScale) -> HTMLFragment {
        guard let bounds = measurement.interval, bounds.count == 2,
            bounds.allSatisfy(\.isFinite)
        else { return .empty }
        let (from, to) = (place(bounds[0], scale), place(bounds[1], scale))
        return """
            <path class="span" d="M\(at: from) 4.5v7M\(at: from) \(at: Self.middle)H\(at: to)\
            M\(at: to) 4.5v7" stroke="#1c2430" stroke-width="1.2" fill="none"/>

            """
    }

    private func mark(_ scale: PlotScale) -> HTMLFragment {
        guard let value = measurement.value, value.isFinite else { return .empty }
        let x = place(value, scale)
        return measurement.outcome == .failed
            ? """
            <path class="off" d="M\(at: x - 4) 4l8 8m0 -8l-8 8" stroke="#8c1710" \
            stroke-width="2.4" fill="none"/>

            """
            : """
            <circle class="dot" cx="\(at: x)" cy="\(at: Self.middle)" r="3.6" fill="#1c2430"/>

            """
    }

    private func description(_ threshold: Double, _ direction: ThresholdDirection) -> String {
        let demand = words.demand(direction, threshold)
        guard let value = measurement.value, value.isFinite else {
            return words.text("picture.missing", ["demand": demand])
        }
        let number = words.number(value, against: threshold)
        let sentence = words.text(
            measurement.outcome == .failed ? "picture.failed" : "picture.passed",
            ["value": number, "demand": demand])
        guard let bounds = measurement.interval, bounds.count == 2 else { return sentence }
        return sentence + " "
            + words.text(
                "picture.interval",
                ["from": words.number(bounds[0]), "to": words.number(bounds[1])])
    }
}

extension MessageCatalogue {
    /// The name of a measurement in plain words; its permanent name where there are none.
    func measurement(_ name: String) -> String { known("measurement.\(name)") ?? name }

    /// `above 0.005`
    func demand(_ direction: ThresholdDirection, _ threshold: Double) -> String {
        text("demand.\(direction.rawValue)", ["limit": number(threshold)])
    }
}
