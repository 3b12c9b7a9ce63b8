import Domain

/// The axes of a drawing with ticks, names and thresholds. Places are in units of the drawing, which is
/// as wide as the page lets it be.
struct PlotFrame {
    static let width = 480.0
    static let left = 54.0
    static let right = 466.0
    private static let lineHeight = 16.0

    let x: PlotScale
    /// Nil where up and down mean nothing.
    let y: PlotScale?
    let top: Double
    let bottom: Double
    let figure: ReportFigure
    /// Where the axes meet: further right where the ticks of y need room.
    var left = Self.left

    var height: Double { bottom + 42 }

    /// Room above the drawing for the names of the upright thresholds.
    static func top(of figure: ReportFigure) -> Double {
        let upright = figure.thresholds.count { $0.axis == .x }
        return (figure.y.label.isEmpty ? 4 : 24) + lineHeight * Double(upright)
    }

    /// Drawn below the data.
    var axes: HTMLFragment {
        var parts: [HTMLFragment] = []
        for tick in x.ticks {
            guard let place = x.position(tick) else { continue }
            parts.append(
                """
                <path class="grid" d="M\(at: place) \(at: top)V\(at: bottom)"/>
                <path class="axis" d="M\(at: place) \(at: bottom)v5"/>
                <text x="\(at: place)" y="\(at: bottom + 18)" text-anchor="middle">\
                \(x.text(tick))</text>

                """)
        }
        if let y {
            for tick in y.ticks {
                guard let place = y.position(tick) else { continue }
                parts.append(
                    """
                    <path class="grid" d="M\(at: left) \(at: place)H\(at: Self.right)"/>
                    <text x="\(at: left - 7)" y="\(at: place + 4.5)" text-anchor="end">\
                    \(y.text(tick))</text>

                    """)
            }
            parts.append(
                "<path class=\"axis\" d=\"M\(at: left) \(at: top)V\(at: bottom)\"/>\n")
        }
        if !figure.y.label.isEmpty {
            parts.append(
                """
                <text class="soft" x="4" y="14">\(FigurePlot.words(for: figure.y))</text>

                """)
        }
        parts.append(
            """
            <path class="axis" d="M\(at: left) \(at: bottom)H\(at: Self.right)"/>
            <text class="soft" x="\(at: Self.right)" y="\(at: bottom + 36)" text-anchor="end">\
            \(FigurePlot.words(for: figure.x))</text>

            """)
        return .joined(parts)
    }

    /// Drawn over the data. Names of upright lines stand above the drawing, a line for each.
    var thresholds: HTMLFragment {
        var parts: [HTMLFragment] = []
        var row = top - 6
        for threshold in figure.thresholds {
            switch threshold.axis {
            case .x:
                guard let place = x.position(threshold.value) else { continue }
                let onLeft = place < (left + Self.right) / 2
                parts.append(
                    """
                    <path class="limit" d="M\(at: place) \(at: row - 10)V\(at: bottom)"/>
                    <text class="halo" x="\(at: place + (onLeft ? 5 : -5))" y="\(at: row)" \
                    text-anchor="\(onLeft ? "start" : "end")">\(threshold.label) \
                    \(NumberText.short(threshold.value))</text>

                    """)
                row -= Self.lineHeight
            case .y:
                guard let place = y?.position(threshold.value) else { continue }
                parts.append(
                    """
                    <path class="limit" d="M\(at: left) \(at: place)H\(at: Self.right)"/>
                    <text class="halo" x="\(at: Self.right - 4)" y="\(at: place - 5)" \
                    text-anchor="end">\(threshold.label) \(NumberText.short(threshold.value))</text>

                    """)
            case .diagonal:
                if let line = diagonal(threshold) { parts.append(line) }
            }
        }
        return .joined(parts)
    }

    /// Where y = x + value crosses the drawing; the name stands in the legend.
    private func diagonal(_ threshold: ReportFigure.Threshold) -> HTMLFragment? {
        guard let y, !x.isLogarithmic, !y.isLogarithmic else { return nil }
        let from = max(x.lower, y.lower - threshold.value)
        let to = min(x.upper, y.upper - threshold.value)
        guard from < to, let x1 = x.position(from), let x2 = x.position(to),
            let y1 = y.position(from + threshold.value), let y2 = y.position(to + threshold.value)
        else { return nil }
        return """
            <path class="\(Self.lineClass(threshold))" \
            d="M\(at: x1) \(at: y1)L\(at: x2) \(at: y2)"/>

            """
    }

    /// The line of equality is no limit.
    static func lineClass(_ threshold: ReportFigure.Threshold) -> String {
        threshold.axis == .diagonal && threshold.value == 0 ? "axis" : "limit"
    }
}
