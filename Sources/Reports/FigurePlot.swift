import Domain

/// A figure as HTML: its title, a drawing, and a legend that says everything in words.
struct FigurePlot {
    let figure: ReportFigure
    let number: Int

    init(_ figure: ReportFigure, number: Int) {
        self.figure = figure
        self.number = number
    }

    func markup() -> HTMLFragment {
        let note: HTMLFragment = figure.note.map { "<p class=\"note\">\($0)</p>\n" } ?? .empty
        let drawing: HTMLFragment =
            if let drawn = drawing() {
                """
                <svg class="plot" viewBox="0 0 \(at: PlotFrame.width) \(at: drawn.height)" \
                role="img" aria-labelledby="figure-\(number)-title figure-\(number)-desc">
                <title id="figure-\(number)-title">\(figure.title)</title>
                <desc id="figure-\(number)-desc">\(description)</desc>
                \(drawn.content)</svg>

                """
            } else {
                "<p>There is nothing to draw.</p>\n"
            }
        return """
            <figure>
            <figcaption>\(figure.title)</figcaption>
            \(drawing)\(legend)\(note)</figure>

            """
    }

    private func drawing() -> (content: HTMLFragment, height: Double)? {
        switch figure.kind {
        case .histogram: HistogramPlot(figure).drawing()
        case .strip: StripPlot(figure).drawing()
        case .curve, .scatter: PointPlot(figure).drawing()
        }
    }

    private var legend: HTMLFragment {
        var rows = figure.series.map { series -> HTMLFragment in
            """
            <li><svg viewBox="0 0 24 16" aria-hidden="true">\
            \(key(of: series))</svg>\(Self.words(for: series))</li>

            """
        }
        rows += figure.thresholds.map { threshold -> HTMLFragment in
            """
            <li><svg viewBox="0 0 24 16" aria-hidden="true">\
            <path class="\(PlotFrame.lineClass(threshold))" d="M1 8H23"/></svg>\
            \(Self.words(for: threshold))</li>

            """
        }
        return "<ul class=\"legend\">\n\(HTMLFragment.joined(rows))</ul>\n"
    }

    private func key(of series: ReportFigure.Series) -> HTMLFragment {
        if figure.kind == .curve {
            return "<path class=\"trace \(series.role.rawValue)\" d=\"M1 8H23\"/>"
        }
        if figure.kind == .histogram, HistogramPlot.isBinned(series) {
            return series.role.isCrowd
                ? "<rect class=\"bar\" x=\"3\" y=\"2\" width=\"18\" height=\"12\"/>"
                : """
                <rect class="outline \(series.role.rawValue)" x="3" y="2" width="18" height="12"/>
                """
        }
        return PlotMark.at(12, 8, series.role)
    }

    private var description: String {
        let name =
            switch figure.kind {
            case .histogram: "Histogram"
            case .curve: "Curve"
            case .scatter: "Scatter plot"
            case .strip: "Rows of dots"
            }
        let axes = [figure.x, figure.y].map(Self.words).filter { !$0.isEmpty }
            .joined(separator: " against ")
        let parts = figure.series.map(Self.words) + figure.thresholds.map(Self.words)
        return (["\(name) of \(axes)"] + parts).joined(separator: ". ") + "."
    }

    static func words(for axis: ReportFigure.Axis) -> String {
        axis.unit.map { "\(axis.label) (\($0))" } ?? axis.label
    }

    private static func words(for series: ReportFigure.Series) -> String {
        if !series.points.isEmpty {
            return "\(series.name): \(NumberText.counted(series.totalCount, "point"))"
        }
        if series.values.count <= HistogramPlot.mostMarkers {
            return "\(series.name): "
                + series.values.map(NumberText.short).joined(separator: ", ")
        }
        let range = [series.values.min(), series.values.max()].compactMap { $0 }
            .map(NumberText.short).joined(separator: " to ")
        return "\(series.name): \(series.totalCount) values, \(range)"
    }

    private static func words(for threshold: ReportFigure.Threshold) -> String {
        switch threshold.axis {
        case .x, .y: "\(threshold.label) \(NumberText.short(threshold.value))"
        case .diagonal where threshold.value == 0: threshold.label
        case .diagonal: "\(threshold.label): \(NumberText.short(threshold.value))"
        }
    }
}
