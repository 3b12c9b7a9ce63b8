import Domain
import Foundation
import Reports

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Text with everything that markup could trip over.
let nasty = "<&\"'>\u{202E}\u{0}]]>"

enum SampleReport {
    static let histogram = ReportFigure(
        id: "summed-scores", title: "All values together \(nasty)", kind: .histogram,
        x: .init("summed z-score \(nasty)"), y: .init("share of the twins", unit: "%"),
        series: [
            .init("twins \(nasty)", .twins, values: (0..<199).map { Double($0 % 40) / 10 - 2 }),
            .init("the person, before", .before, values: [-9.5]),
            .init("the person, after", .after, values: [0.25]),
            .init("the person, reference", .reference, values: [0.5]),
        ], thresholds: [.init("fails below \(nasty)", -1.9)], note: "a note \(nasty)")
    static let strip = ReportFigure(
        id: "p-values", title: "p-values", kind: .strip, x: .init("p", scale: .logarithmic),
        series: [.init("p-low", .strangers, values: [0.0125, 0.5, 1])],
        thresholds: [.init("flagged up to", 0.0125)])
    static let scatter = ReportFigure(
        id: "losses", title: "Losses", kind: .scatter, x: .init("before"), y: .init("after"),
        series: [.init("records", .retained, points: [.init(0, 0.1), .init(1, 1)])],
        thresholds: [
            .init("unchanged", 0, .diagonal), .init("limit", 0.02, .diagonal), .init("high", 1, .y),
        ])
    static let curve = ReportFigure(
        id: "roc", title: "ROC", kind: .curve, x: .init("false"), y: .init("true"),
        series: [.init("after", .after, points: [.init(0, 0), .init(0.2, 0.8), .init(1, 1)])],
        thresholds: [.init("chance", 0, .diagonal)])

    static func check(
        _ id: String, _ outcome: CheckOutcome, figures: [ReportFigure] = []
    ) -> CheckResult {
        CheckResult(
            id: id, family: "forget", title: "Is \(id) right? \(nasty)", outcome: outcome,
            measurements: [
                Measurement(
                    "p-low", outcome == .failed ? 0.001 : 0.4, threshold: 0.005, direction: .above,
                    interval: 0.3...0.5, intervalKind: "95 %", note: nasty),
                Measurement("missing", nil),
            ], note: "because \(nasty)", figures: figures)
    }

    static func report(_ checks: [CheckResult]) -> VerificationReport {
        VerificationReport(
            modelBefore: Digest(of: "before"), modelAfter: Digest(of: "after"),
            policyDigest: Digest(of: "policy"), seed: 7, checks: checks,
            twinSource: "held-out persons \(nasty)", twinCount: 199,
            testedFields: ["date-of-birth", "phone \(nasty)"],
            untestedFields: ["name": "kept in every comparison \(nasty)"],
            notTested: ["attacks on weights \(nasty)"], environment: ["core": "Haswell \(nasty)"])
    }

    static var facts: VerificationFacts {
        var facts = VerificationFacts(
            caseID: "C-2026-0007 \(nasty)", modelName: "people \(nasty)",
            methodTitle: "Retraining \(nasty)", methodClass: .exact, policyName: "strict \(nasty)")
        facts.receivedAt = Timestamp("2026-03-05T09:14:00Z")
        facts.alpha = 0.05
        facts.personCount = 2
        facts.earlierAttempts = [.init(method: "npo \(nasty)", checksNotPassed: ["maintain"])]
        return facts
    }

    static let full = report([
        check("forget-values", .passed, figures: [histogram]),
        check("maintain", .failed, figures: [scatter]),
        check("control-never-trained", .couldNotCheck, figures: [strip, curve]),
        check("of-tomorrow", .passed),
    ])
}

/// What is wrong with a text as XML; nil if nothing.
func xmlFault(_ text: String) -> String? {
    let parser = XMLParser(data: Data(text.utf8))
    return parser.parse()
        ? nil : "line \(parser.lineNumber): \(String(describing: parser.parserError))"
}
