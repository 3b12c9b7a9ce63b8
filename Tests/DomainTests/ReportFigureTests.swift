import Domain
import Foundation
import Testing

@Suite struct ReportFigureTests {
    @Test func aCheckWithoutFiguresIsWrittenAsItWasBeforeThereWereAny() throws {
        let old =
            #"{"family":"forget","id":"forget-values","measurements":[{"name":"p-low","value":0.5}],"#
            + #""outcome":"passed","title":"Forgotten?"}"#
        let check = try CanonicalJSON.decode(CheckResult.self, from: Data(old.utf8))
        #expect(check.figures == [])
        #expect(String(decoding: try CanonicalJSON.compact(check), as: UTF8.self) == old)
        let made = CheckResult(
            id: "forget-values", family: "forget", title: "Forgotten?", outcome: .passed,
            measurements: [Measurement("p-low", 0.5)])
        #expect(made == check)
        #expect(try CanonicalJSON.compact(made) == Data(old.utf8))
    }

    @Test func figuresComeBackFromJSONAsTheyWere() throws {
        let figure = ReportFigure(
            id: "losses", title: "Loss before and after", kind: .scatter,
            x: .init("before", unit: "nats"), y: .init("after", scale: .logarithmic),
            series: [
                .init("records", .retained, points: [.init(0.5, 2), .init(1, 3)]),
                .init("twins", .twins, values: [1, 2]),
            ],
            thresholds: [.init("unchanged", 0, .diagonal)], note: "a note")
        let check = CheckResult(
            id: "maintain", family: "maintain", title: "Kept?", measurements: [],
            figures: [figure])
        let data = try CanonicalJSON.compact(check)
        #expect(String(decoding: data, as: UTF8.self).contains(#""points":[[0.5,2],[1,3]]"#))
        #expect(try CanonicalJSON.decode(CheckResult.self, from: data) == check)
    }

    @Test func longSeriesAreThinnedEvenlyAndTheNoteSaysSo() throws {
        let series = ReportFigure.Series(
            "draws", .twins, values: (0..<4999).map { Double(($0 * 7) % 4999) })
        #expect(series.values.count == 200)
        #expect(series.totalCount == 4999)
        #expect(series.values.first == 0)
        #expect(series.values.last == 4998)
        // 4998 steps over 199 gaps: 25 or 26 each.
        let gaps = zip(series.values.dropFirst(), series.values).map { $0 - $1 }
        #expect(Set(gaps) == [25, 26])
        let figure = ReportFigure(
            id: "f", title: "t", kind: .histogram, x: .init("x"), series: [series], note: "first")
        #expect(figure.note == "first; draws: 200 of 4999 shown, evenly thinned")
        let points = ReportFigure.Series(
            "curve", .after, points: (0..<1000).map { .init(Double($0), 0) })
        #expect(points.points.count == 200)
        #expect(points.points.last?.x == 999)
    }

    @Test func whatIsNoNumberIsLeftOutAndEmptySeriesAreNotShown() throws {
        let series = ReportFigure.Series("s", .strangers, values: [2, .nan, nil, .infinity, 1])
        #expect(series.values == [1, 2])
        #expect(series.totalCount == 5)
        let figure = ReportFigure(
            id: "f", title: "t", kind: .strip, x: .init("x"),
            series: [series, .init("none", .before, values: [nil])])
        #expect(figure.series.map(\.name) == ["s"])
        #expect(figure.note == "s: 2 of 5 shown")
        #expect(throws: Never.self) { try CanonicalJSON.compact(figure) }
    }

    @Test func numbersAreKeptToFiveDigits() {
        let series = ReportFigure.Series("s", .twins, values: [1.0 / 3, -123_456.7, 1e-9 / 7])
        #expect(series.values == [-123_460, 1.4286e-10, 0.33333])
    }
}
