import Domain

/// Points, each by itself or joined in their order.
struct PointPlot {
    private static let plotHeight = 230.0

    private let figure: ReportFigure

    init(_ figure: ReportFigure) { self.figure = figure }

    func drawing() -> (content: HTMLFragment, height: Double)? {
        let points = figure.series.flatMap(\.points)
        var (xs, ys) = (points.map(\.x), points.map(\.y))
        guard !points.isEmpty else { return nil }
        xs += figure.x.bounds ?? []
        ys += figure.y.bounds ?? []
        for threshold in figure.thresholds {
            switch threshold.axis {
            case .x: xs.append(threshold.value)
            case .y: ys.append(threshold.value)
            case .diagonal: break
            }
        }
        // What is compared along a diagonal needs the same range on both axes.
        if figure.thresholds.contains(where: { $0.axis == .diagonal }) {
            (xs, ys) = (xs + ys, xs + ys)
        }
        let top = PlotFrame.top(of: figure)
        let bottom = top + Self.plotHeight
        guard
            let x = PlotScale(xs, figure.x.scale, from: PlotFrame.left, to: PlotFrame.right),
            let y = PlotScale(ys, figure.y.scale, from: bottom, to: top)
        else { return nil }
        let frame = PlotFrame(x: x, y: y, top: top, bottom: bottom, figure: figure)
        let content = figure.series.map { series -> HTMLFragment in
            let places = series.points.compactMap { point in
                zipped(x.position(point.x), y.position(point.y))
            }
            return figure.kind == .curve
                ? trace(places, series.role)
                : .joined(places.map { "\(PlotMark.at($0.x, $0.y, series.role))\n" })
        }
        return (.joined([frame.axes, frame.thresholds] + content), frame.height)
    }

    private func zipped(_ x: Double?, _ y: Double?) -> (x: Double, y: Double)? {
        guard let x, let y else { return nil }
        return (x, y)
    }

    private func trace(
        _ places: [(x: Double, y: Double)], _ role: ReportFigure.Role
    ) -> HTMLFragment {
        guard let first = places.first else { return .empty }
        let lines = places.dropFirst().map { "L\(at: $0.x) \(at: $0.y)" } as [HTMLFragment]
        return """
            <path class="trace \(role.rawValue)" d="M\(at: first.x) \(at: first.y)\
            \(HTMLFragment.joined(lines))"/>

            """
    }
}
