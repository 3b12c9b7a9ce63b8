import Domain

/// The four p-values of C5.
enum PermutationStatistic: CaseIterable {
    case low, lowest, high, highest

    func pValue(_ c5: C5Statistics) -> CountedPValue {
        switch self {
        case .low: c5.low
        case .lowest: c5.lowest
        case .high: c5.high
        case .highest: c5.highest
        }
    }

    /// What it asks, as the name of a row.
    var question: String {
        switch self {
        case .low: "known as a whole (p-low)"
        case .lowest: "one field known (p-lowest)"
        case .high: "pushed down as a whole (p-high)"
        case .highest: "one field pushed down (p-highest)"
        }
    }
}

/// On which side of the other candidates a value is extreme.
enum Tail { case low, high }

/// The value that the true one must reach so as not to be rejected at `share`: the m-th most extreme
/// of the others, m the largest count that fails.
/// - Returns: nil if no value can be rejected, or every one is.
func rejectionLimit(of others: [Double], _ tail: Tail, share: Double) -> Double? {
    let p = CountedPValue(othersAtLeastAsExtreme: 0, others: others.count)
    let count = p.largestFailingCount(share: share)
    guard count >= 1, count <= others.count, others.allSatisfy(\.isFinite) else { return nil }
    let sorted = others.sorted()
    return tail == .low ? sorted[count - 1] : sorted[sorted.count - count]
}

/// Whose true values stand among the others in a picture of C5.
enum PicturedPeople {
    case person, group

    var name: String { self == .person ? "the person" : "the deleted persons" }
    var others: String { self == .person ? "twins" : "twins drawn, one a person" }
}

/// Where the true values lie among the twins': in sum over the fields, and in the likeliest field.
///
/// - Parameters:
///   - c5: under the model of `role`, `after` or `before`.
///   - before, reference: the same test under other models, of which only the true values are shown.
///   - lowShare, highShare: shares of alpha at which the low and the high side are gated.
///   - limit: what the threshold on the low side says.
func permutationFigures(
    _ c5: C5Statistics, before: C5Statistics? = nil, reference: C5Statistics? = nil,
    role: ReportFigure.Role = .after,
    lowShare: Double, highShare: Double? = nil, people: PicturedPeople = .person,
    limit: String = "fails below"
) -> [ReportFigure] {
    let parts = [
        (
            id: "summed-scores", title: "All values together, beside the twins' values",
            label: "summed z-score; lower is likelier to the model",
            values: { (c5: C5Statistics) in c5.sums }, highShare: highShare
        ),
        (
            id: "likeliest-field", title: "The field the model finds likeliest, beside the twins'",
            label: "lowest z-score of a field; lower is likelier to the model",
            values: { (c5: C5Statistics) in c5.minima }, highShare: nil
        ),
    ]
    return parts.map { part in
        let values = part.values(c5)
        let twins = Array(values.dropFirst())
        var series = [ReportFigure.Series(people.others, .twins, values: twins)]
        if let before {
            series.append(
                .init("\(people.name), before", .before, values: [part.values(before)[0]]))
        }
        series.append(.init("\(people.name), \(role.rawValue)", role, values: [values[0]]))
        if let reference {
            series.append(
                .init(
                    "\(people.name), reference", .reference, values: [part.values(reference)[0]]))
        }
        let thresholds = [
            rejectionLimit(of: twins, .low, share: lowShare)
                .map { ReportFigure.Threshold(limit, $0) },
            part.highShare.flatMap { rejectionLimit(of: twins, .high, share: $0) }
                .map { ReportFigure.Threshold("fails above", $0) },
        ].compactMap(\.self)
        return ReportFigure(
            id: part.id, title: part.title, kind: .histogram, x: .init(part.label),
            y: .init("share of the twins", unit: "%"), series: series, thresholds: thresholds,
            note: before == nil
                ? nil
                : "before: measured against the same twins under the model before; the twins shown "
                    + "are those under the model after")
    }
}

/// Where the fields that were not relearned lie among the twins' after relearning.
/// - Parameters:
///   - before: the test on all fields of the model that was trained on; the tested ones count.
///   - tested: the fields that were not relearned.
func relearningFigure(
    _ c5: C5Statistics, before: C5Statistics?, tested: [IdentifierKind], share: Double
) -> ReportFigure {
    let fields = tested.compactMap { before?.fieldSums[$0.rawValue]?.first }
    let twins = Array(c5.sums.dropFirst())
    return ReportFigure(
        id: "after-relearning", title: "The values that were not relearned, beside the twins'",
        kind: .histogram, x: .init("summed z-score; lower is likelier to the model"),
        y: .init("share of the twins", unit: "%"),
        series: [
            .init("twins, after relearning", .twins, values: twins),
            .init(
                "the person, before relearning", .before,
                values: fields.count == tested.count ? [fields.reduce(0, +)] : []),
            .init("the person, after relearning", .after, values: [c5.sums[0]]),
        ],
        thresholds: rejectionLimit(of: twins, .low, share: share)
            .map { [.init("fails below", $0)] } ?? [],
        note: "before relearning: the same fields in the test of all fields")
}

/// The p-values of persons who are no part of the deletion, as dots.
func pValueFigure(
    _ persons: [C5Statistics], _ statistics: [PermutationStatistic], _ role: ReportFigure.Role,
    share: Double
) -> ReportFigure {
    let p = persons.first.map(\.low)
    let limit = p.map { Double($0.largestFailingCount(share: share)) / Double($0.totalCount) }
    return ReportFigure(
        id: "p-values", title: "The p-values of \(persons.count) other persons", kind: .strip,
        x: .init("p-value", scale: .logarithmic, bounds: 0.01...1),
        series: statistics.map { statistic in
            .init(
                statistic.question, role, values: persons.map { statistic.pValue($0).value })
        },
        thresholds: limit.map { $0 > 0 ? [.init("flagged up to", $0)] : [] } ?? [])
}
