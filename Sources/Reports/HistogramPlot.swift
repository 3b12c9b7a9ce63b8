import Domain

/// Bars of the shares of many values, and upright lines where single values lie among them.
struct HistogramPlot {
    /// A series of more values than this is counted into bars.
    static let mostMarkers = 3
    private static let barCount = 16.0
    private static let plotHeight = 190.0

    private let figure: ReportFigure

    init(_ figure: ReportFigure) { self.figure = figure }

    static func isBinned(_ series: ReportFigure.Series) -> Bool {
        series.values.count > mostMarkers
    }

    func drawing() -> (content: HTMLFragment, height: Double)? {
        let binned = figure.series.filter(Self.isBinned)
        let counted = binned.flatMap(\.values)
        let bins = Bins(counted, count: Self.barCount)
        let all =
            figure.series.flatMap(\.values) + (bins?.edges ?? []) + (figure.x.bounds ?? [])
            + figure.thresholds.filter { $0.axis == .x }.map(\.value)
        let top = PlotFrame.top(of: figure)
        let bottom = top + Self.plotHeight
        guard let x = PlotScale(all, from: PlotFrame.left, to: PlotFrame.right) else { return nil }
        let shares = binned.map { bins?.shares(of: $0.values) ?? [] }
        // The single values' marks stand above the highest bar.
        let highest = max(shares.joined().max() ?? 0, 1)
        let headroom = 1.2 + 0.1 * Double(figure.series.count - binned.count)
        guard let y = PlotScale([0, highest * headroom], from: bottom, to: top, margin: 0)
        else { return nil }
        let frame = PlotFrame(x: x, y: y, top: top, bottom: bottom, figure: figure)
        var parts = [frame.axes]
        for (series, shares) in zip(binned, shares) {
            guard let bins else { continue }
            parts.append(
                series.role.isCrowd
                    ? bars(shares, bins, frame) : outline(shares, bins, series.role, frame))
        }
        parts.append(frame.thresholds)
        parts.append(markers(frame))
        return (.joined(parts), frame.height)
    }

    private func bars(_ shares: [Double], _ bins: Bins, _ frame: PlotFrame) -> HTMLFragment {
        let bars = shares.enumerated().compactMap { index, share -> HTMLFragment? in
            guard share > 0, let left = frame.x.position(bins.edges[index]),
                let right = frame.x.position(bins.edges[index + 1]),
                let top = frame.y?.position(share)
            else { return nil }
            return """
                <rect class="bar" x="\(at: left)" y="\(at: top)" width="\(at: right - left)" \
                height="\(at: frame.bottom - top)"/>

                """
        }
        return .joined(bars)
    }

    private func outline(
        _ shares: [Double], _ bins: Bins, _ role: ReportFigure.Role, _ frame: PlotFrame
    ) -> HTMLFragment {
        guard let start = frame.x.position(bins.edges[0]) else { return .empty }
        let steps = shares.enumerated().map { index, share -> HTMLFragment in
            guard let top = frame.y?.position(share),
                let right = frame.x.position(bins.edges[index + 1])
            else { return .empty }
            return "V\(at: top)H\(at: right)"
        }
        return """
            <path class="outline \(role.rawValue)" d="M\(at: start) \(at: frame.bottom)\
            \(HTMLFragment.joined(steps))V\(at: frame.bottom)"/>

            """
    }

    /// Each series a step lower, so that names do not lie on each other.
    private func markers(_ frame: PlotFrame) -> HTMLFragment {
        var height = frame.top + 12
        var parts: [HTMLFragment] = []
        for series in figure.series where !Self.isBinned(series) {
            for value in series.values {
                guard let place = frame.x.position(value) else { continue }
                let onLeft = place < (PlotFrame.left + PlotFrame.right) / 2
                parts.append(
                    """
                    <path class="stem \(series.role.rawValue)" d="M\(at: place) \(at: height)\
                    V\(at: frame.bottom)"/>
                    \(PlotMark.at(place, height, series.role, size: 6))
                    <text class="halo" x="\(at: place + (onLeft ? 10 : -10))" \
                    y="\(at: height + 4.5)" text-anchor="\(onLeft ? "start" : "end")">\
                    \(series.role.rawValue)</text>

                    """)
            }
            height += 18
        }
        return .joined(parts)
    }
}

/// Equal ranges with round limits that values are counted into.
struct Bins {
    let edges: [Double]

    /// - Parameter count: about so many; nil without values or where they cannot be told apart.
    init?(_ values: [Double], count: Double) {
        guard let low = values.min(), let high = values.max(), low.isFinite, high.isFinite else {
            return nil
        }
        let span = high - low
        guard span.isFinite, abs(low) < 1e100, abs(high) < 1e100 else { return nil }
        let isFlat = span <= max(1e-9 * max(abs(low), abs(high)), 1e-100)
        let step =
            isFlat
            ? (abs(low) < 1e-90 ? 0.1 : abs(low) * 0.02) : PlotScale.niceStep(span / count)
        let first = (low / step).rounded(.down)
        let steps = Int((high / step).rounded(.down) - first) + 1
        edges = (0...min(steps, 100)).map { (first + Double($0)) * step }
    }

    /// Percent of the values in each range; a value on a limit counts in the upper one.
    func shares(of values: [Double]) -> [Double] {
        var counts = Array(repeating: 0, count: edges.count - 1)
        for value in values {
            let above = edges.firstIndex { $0 > value } ?? edges.count
            counts[min(max(above - 1, 0), counts.count - 1)] += 1
        }
        return counts.map { 100 * Double($0) / Double(max(1, values.count)) }
    }
}
