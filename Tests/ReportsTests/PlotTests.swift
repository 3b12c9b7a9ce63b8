import Domain
import Foundation
import Reports
import Testing

@Suite struct PlotTests {
    private func html(_ figures: [ReportFigure]) -> String {
        ReportDocument(
            kind: "Evaluation", title: "tofu", sections: [.init("Figures", [.figures(figures)])]
        ).html()
    }

    /// The values of an attribute of all elements that hold a text.
    private func numbers(_ attribute: String, of element: String, in html: String) -> [Double] {
        html.components(separatedBy: "<").filter { $0.hasPrefix(element) }.compactMap { tag in
            guard let start = tag.range(of: " \(attribute)=\"")?.upperBound,
                let end = tag.range(of: "\"", range: start..<tag.endIndex)?.lowerBound
            else { return nil }
            return Double(tag[start..<end])
        }
    }

    @Test func barsAreAsHighAsTheirSharesAndAddUpToAll() {
        // Four values in two ranges, 3 to 1.
        let figure = ReportFigure(
            id: "h", title: "t", kind: .histogram, x: .init("x"), y: .init("share", unit: "%"),
            series: [.init("twins", .twins, values: [0, 0, 0, 1])])
        let text = html([figure])
        let heights = numbers("height", of: "rect class=\"bar\" x=\"", in: text)
            .filter { $0 != 12 }
        #expect(heights.count == 2)
        // Coordinates are written to a tenth.
        #expect(abs(heights[0] / heights[1] - 3) < 0.02)
    }

    @Test func dotsLieInTheOrderAndDistanceOfTheirValues() throws {
        let figure = ReportFigure(
            id: "s", title: "t", kind: .strip, x: .init("x"),
            series: [.init("row", .strangers, values: [0, 1, 2, 10])])
        let places = numbers("cx", of: "circle", in: html([figure])).prefix(4)
        let gaps = zip(places.dropFirst(), places).map { $0 - $1 }
        #expect(gaps.count == 3)
        #expect(abs(gaps[0] - gaps[1]) < 0.2)
        #expect(abs(gaps[2] / gaps[0] - 8) < 0.1)
    }

    @Test func onALogarithmicAxisEqualFactorsAreEqualDistances() {
        let figure = ReportFigure(
            id: "s", title: "t", kind: .strip, x: .init("p", scale: .logarithmic),
            series: [.init("row", .strangers, values: [0, 0.001, 0.01, 0.1, 1])])
        let places = numbers("cx", of: "circle", in: html([figure])).prefix(4)
        let gaps = zip(places.dropFirst(), places).map { $0 - $1 }
        #expect(gaps.count == 3)
        #expect(gaps.allSatisfy { abs($0 - gaps[0]) < 0.2 })
    }

    @Test func theLineOfEqualityRunsThroughPointsWithEqualCoordinates() throws {
        let figure = ReportFigure(
            id: "p", title: "t", kind: .scatter, x: .init("x"), y: .init("y"),
            series: [.init("same", .after, points: [.init(1, 1), .init(4, 4)])],
            thresholds: [.init("unchanged", 0, .diagonal)])
        let text = html([figure])
        let (xs, ys) = (
            numbers("cx", of: "circle", in: text), numbers("cy", of: "circle", in: text)
        )
        let line = try #require(
            text.components(separatedBy: "class=\"axis\" d=\"M").compactMap { part -> [Double]? in
                let path = part.prefix { $0 != "\"" }
                let parts = path.split(whereSeparator: { $0 == " " || $0 == "L" })
                    .compactMap { Double($0) }
                return path.contains("L") && parts.count == 4 ? parts : nil
            }.first)
        let slope = (line[3] - line[1]) / (line[2] - line[0])
        for (x, y) in zip(xs, ys).prefix(2) {
            #expect(abs(line[1] + slope * (x - line[0]) - y) < 0.3)
        }
    }

    @Test(
        "Numbers of any size draw a page without a fault",
        arguments: [
            [], [0, 0, 0, 0], [1e308, -1e308, 0, 5], [1e-300, 0, 0, 0],
            [1e9, 1e9 + 1e-7, 1e9, 1e9],
            [5], [-1e-300, 1e-300, 0, 0], [1e99, -1e99, 3, 4], [1e15, 1e15 + 1, 1e15 + 2, 1e15],
        ] as [[Double]])
    func numbersOfAnySizeDrawAPage(values: [Double]) {
        let points = values.map { ReportFigure.Point($0, -$0) }
        for scale in [ReportFigure.Axis.Scale.linear, .logarithmic] {
            let axis = ReportFigure.Axis("x", scale: scale)
            let figures = [ReportFigure.Kind.histogram, .strip, .curve, .scatter].map { kind in
                ReportFigure(
                    id: "f", title: "t", kind: kind, x: axis, y: axis,
                    series: kind == .histogram || kind == .strip
                        ? [
                            .init("a", .twins, values: values),
                            .init("b", .reference, values: values),
                        ] : [.init("a", .after, points: points)],
                    thresholds: [.init("l", 1e300), .init("d", 1, .diagonal), .init("y", 0, .y)])
            }
            let text = html(figures)
            #expect(xmlFault(text) == nil, "\(xmlFault(text) ?? "")")
            #expect(!text.lowercased().contains("nan\""))
        }
    }

    @Test func aDocumentOfAnotherKindHasTheSameLook() {
        let document = ReportDocument(
            kind: "Evaluation", title: "TOFU, forget10", subtitle: "model abc",
            sections: [
                .init(
                    "Metrics",
                    [
                        .facts(caption: "What was run", [.init("Suite", .code("tofu"))]),
                        .table(
                            caption: "Metrics", columns: ["Metric", "Value"],
                            rows: [[.text("forget-quality"), .number(0.05)], [.text("x")]]),
                        .list([], ifEmpty: "Nothing was left out."),
                    ])
            ], footer: ["A rendering."])
        let text = document.html()
        #expect(xmlFault(text) == nil)
        #expect(text.contains("<td data-column=\"Value\">0.05</td>"))
        #expect(text.contains("Nothing was left out."))
        #expect(!text.contains("class=\"verdict"))
        #expect(text.contains("prefers-color-scheme: dark"))
        #expect(text.contains("@media print"))
    }
}
