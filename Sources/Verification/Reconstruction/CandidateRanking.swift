// Exposure (Carlini et al. 2019, arXiv 1802.08232, section 4.2): log2 |R| - log2 rank, where R are all
// candidates, here the twins' values and the true one in the person's own records, ranked by perplexity.

import Domain
import Foundation

extension Gate {
    /// The rank of each true value among the candidates of its type, taken together over the fields.
    ///
    /// Each candidate's statistic is the sum over fields of its mean exposure over the field's places:
    /// Fisher's way of combining ranks. Under "never seen" the true candidate is exchangeable with the
    /// others, so the p-value is exact. One known field among several weighs little here; `forget-values`
    /// looks at each by itself.
    func candidateRanking(
        _ subject: GateSubject, _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> CheckResult {
        let check = GateCheck.reconstructionCandidates
        if let obstacle = subject.obstacle { return check.couldNotCheck(obstacle) }
        return try check.fromScores {
            let scores = try scorer.valueScores(subject, fields: subject.fields)
            // Refuses scores that are not finite or all alike, which would rank nothing.
            _ = try c5(scores.rows, fields: scores.fields)
            let byField = Dictionary(
                grouping: zip(scores.fields, scores.rows), by: \.0
            ).mapValues { rows in rows.map { candidateExposures($0.1) } }
            let fields = byField.sorted { $0.key < $1.key }.map { field, rows in
                (
                    field,
                    subject.twins.indices.reduce(into: [mean(of: 0, rows)]) {
                        $0.append(mean(of: $1 + 1, rows))
                    }
                )
            }
            let totals = (0...subject.twins.count).map { candidate in
                fields.reduce(0) { $0 + $1.1[candidate] }
            }
            let p = CountedPValue(
                // Sums of equal terms may differ in the last bit.
                othersAtLeastAsExtreme: totals.dropFirst().count { $0 >= totals[0] - 1e-9 },
                others: subject.twins.count)
            return check.result(
                [p.measurement("p-exposure", share: budget.other)]
                    + fields.map { field, values in
                        Measurement(
                            "exposure-\(field)", values[0],
                            note: "bits of at most "
                                + String(format: "%.2f", log2(Double(subject.twins.count + 1)))
                                + "; a value never seen has 1.44 on average")
                    })
        }
    }

    private func mean(of candidate: Int, _ rows: [[Double]]) -> Double {
        rows.reduce(0) { $0 + $1[candidate] } / Double(rows.count)
    }
}

/// `log2 n - log2 rank` of each of n values, in bits; the smallest value has rank 1, equal ones the
/// largest rank among them.
package func candidateExposures(_ values: [Double]) -> [Double] {
    let ordered = values.sorted()
    return values.map { value in
        // As many as are at most as large.
        var (low, high) = (0, ordered.count)
        while low < high {
            let middle = (low + high) / 2
            if ordered[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return log2(Double(values.count)) - log2(Double(max(1, low)))
    }
}
