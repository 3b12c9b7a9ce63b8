import Domain

private let shareOfStrangers = ReportFigure.Axis("share of the never-trained persons", unit: "%")

/// One metric of the person's answers beside never-trained persons'.
/// - Parameter strangers: one mean a person; nil where the metric is not defined.
func ceilingFigure(
    _ metric: Metric, strangers: [Double?], before: Double?, after: Double?, ceiling: Double
) -> ReportFigure {
    ReportFigure(
        id: metric.id, title: metric.title, kind: .strip,
        x: .init("\(metric.id), \(metric.range)", bounds: 0...1),
        series: [
            .init("never-trained persons", .strangers, values: strangers),
            .init("the person, before", .before, values: [before]),
            .init("the person, after", .after, values: [after]),
        ], thresholds: [.init("fails above", ceiling)])
}

/// A membership attack's scores, and how well they tell the person's records from strangers'.
/// - Parameters:
///   - own: one score a record of the person, under the model after.
///   - others: the same, never-trained person by person.
///   - before: mean of the person's under the model before.
func membershipFigures(
    _ attack: Attack, own: [Double], others: [[Double]], before: Double?, share: Double
) -> [ReportFigure] {
    let means = others.compactMap { mean($0) }
    let curve = rocCurve(members: own, nonMembers: Array(others.joined()))
    return [
        ReportFigure(
            id: "scores", title: "Scores of the attack \(attack.id), one a person",
            kind: .histogram,
            x: .init("mean score; higher is more like training data"), y: shareOfStrangers,
            series: [
                .init("never-trained persons", .strangers, values: means),
                .init("the person, before", .before, values: [before]),
                .init("the person, after", .after, values: [mean(own)]),
            ],
            thresholds: rejectionLimit(of: means, .high, share: share)
                .map { [.init("fails above", $0)] } ?? [],
            note: "never-trained persons are those under the model after"),
        ReportFigure(
            id: "roc", title: "ROC curve of attack \(attack.id), record by record", kind: .curve,
            x: .init("never-trained records taken for the person's", unit: "share", bounds: 0...1),
            y: .init("the person's records found", unit: "share", bounds: 0...1),
            series: [
                .init(
                    "after", .after,
                    points: curve.map { .init($0.falsePositiveRate, $0.truePositiveRate) })
            ], thresholds: [.init("chance", 0, .diagonal)],
            note: "information: \(own.count) records of the person decide little"),
    ]
}

extension Gate {
    /// Every retained record's loss before and after, and the rise allowed to their mean.
    func maintainFigure(before: [ScoredAnswer], after: [ScoredAnswer]) -> ReportFigure {
        let points = zip(before, after).compactMap { old, new -> ReportFigure.Point? in
            guard let old = old.scores.meanLogProbability, let new = new.scores.meanLogProbability
            else { return nil }
            return .init(-old, -new)
        }
        return ReportFigure(
            id: "losses", title: "Loss of each retained record before and after", kind: .scatter,
            x: .init("loss before", unit: "nats per token"),
            y: .init("loss after", unit: "nats per token"),
            series: [
                .init("retained records", .retained, points: points.sorted { rise($0) < rise($1) })
            ],
            thresholds: [
                .init("unchanged", 0, .diagonal),
                .init("limit of the mean rise", policy.maintainLossRise, .diagonal),
            ], note: "the limit holds for the mean over all tokens, not for each record")
    }

    private func rise(_ point: ReportFigure.Point) -> Double { point.y - point.x }

    /// How close the generated answers come to the truth, and how fluent they are.
    /// - Parameters:
    ///   - closeness: of the person's values, then of each twin's.
    ///   - loss: of the person's answers.
    func mismatchFigures(
        closeness: [Double], fluency: StrangersFluency, loss: Double?, share: Double
    ) -> [ReportFigure] {
        let twins = Array(closeness.dropFirst())
        return [
            ReportFigure(
                id: "closeness", title: "How close the answers come to the truth, and to twins",
                kind: .histogram,
                x: .init("ROUGE-L F1 plus share of values, summed over the answers"),
                y: .init("share of the twins", unit: "%"),
                series: [
                    .init("twins' values", .twins, values: twins),
                    .init("the true values, after", .after, values: [closeness[0]]),
                ],
                thresholds: rejectionLimit(of: twins, .high, share: share)
                    .map { [.init("fails above", $0)] } ?? []),
            ReportFigure(
                id: "fluency", title: "How fluent the answers are beside those about strangers",
                kind: .strip, x: .init("loss under the model before", unit: "nats per token"),
                series: [
                    .init("never-trained persons", .strangers, values: fluency.losses),
                    .init("the person, after", .after, values: [loss]),
                ],
                thresholds: fluency.worstLoss
                    .map { [.init("fails above", $0 + policy.fluencyMargin)] } ?? []),
        ]
    }
}
