import Domain

/// A row of dots for each series.
struct StripPlot {
    private static let rowHeight = 46.0
    private static let left = 14.0

    private let figure: ReportFigure

    init(_ figure: ReportFigure) { self.figure = figure }

    func drawing() -> (content: HTMLFragment, height: Double)? {
        let all =
            figure.series.flatMap(\.values)
            + (figure.x.bounds ?? [])
            + figure.thresholds.filter { $0.axis == .x }.map(\.value)
        let top = PlotFrame.top(of: figure)
        let bottom = top + 6 + Self.rowHeight * Double(figure.series.count)
        guard !figure.series.isEmpty,
            let x = PlotScale(all, figure.x.scale, from: Self.left, to: PlotFrame.right)
        else { return nil }
        let frame = PlotFrame(
            x: x, y: nil, top: top, bottom: bottom, figure: figure, left: Self.left)
        var parts = [frame.axes, frame.thresholds]
        for (index, series) in figure.series.enumerated() {
            let row = top + 6 + Self.rowHeight * Double(index)
            parts.append(
                """
                <text class="halo" x="4" y="\(at: row + 11)">\(series.name)</text>

                """)
            parts.append(dots(series, x, around: row + 29))
        }
        return (.joined(parts), frame.height)
    }

    /// Dots at nearly one place are moved up and down in turn, so that all can be seen.
    private func dots(
        _ series: ReportFigure.Series, _ x: PlotScale, around middle: Double
    ) -> HTMLFragment {
        let offsets = [0.0, -4, 4, -8, 8]
        var counts: [Int: Int] = [:]
        let marks = series.values.compactMap { value -> HTMLFragment? in
            guard let place = x.position(value) else { return nil }
            let neighbours = counts[Int(place / 5), default: 0]
            counts[Int(place / 5)] = neighbours + 1
            let mark = PlotMark.at(place, middle + offsets[neighbours % offsets.count], series.role)
            return "\(mark)\n"
        }
        return .joined(marks)
    }
}
