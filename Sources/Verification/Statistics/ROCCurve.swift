/// A point of the receiver operating characteristic.
package struct ROCPoint: Codable, Sendable, Equatable {
    package let falsePositiveRate: Double
    package let truePositiveRate: Double

    package init(falsePositiveRate: Double, truePositiveRate: Double) {
        self.falsePositiveRate = falsePositiveRate
        self.truePositiveRate = truePositiveRate
    }
}

/// The corners of the ROC curve from (0, 0) to (1, 1), one threshold after the other downwards; the
/// straight lines between them are the curve. Scores themselves are not in it.
/// - Returns: nothing without scores on either side or with one that is not a number.
package func rocCurve(members: [Double], nonMembers: [Double]) -> [ROCPoint] {
    guard !members.isEmpty, !nonMembers.isEmpty, !members.contains(where: \.isNaN),
        !nonMembers.contains(where: \.isNaN)
    else { return [] }
    let (up, right) = (members.sorted(by: >), nonMembers.sorted(by: >))
    // Counts of false and true positives at each threshold.
    var corners = [(false: 0, true: 0)]
    while let (x, y) = corners.last, x < right.count || y < up.count {
        let threshold = max(
            x < right.count ? right[x] : -.infinity, y < up.count ? up[y] : -.infinity)
        var next = (false: x, true: y)
        while next.false < right.count, right[next.false] >= threshold { next.false += 1 }
        while next.true < up.count, up[next.true] >= threshold { next.true += 1 }
        // A point on the line through its neighbours says nothing.
        if let before = corners.dropLast().last,
            (x - before.false) * (next.true - y) == (y - before.true) * (next.false - x)
        {
            corners.removeLast()
        }
        corners.append(next)
    }
    return corners.map {
        ROCPoint(
            falsePositiveRate: Double($0.false) / Double(right.count),
            truePositiveRate: Double($0.true) / Double(up.count))
    }
}
