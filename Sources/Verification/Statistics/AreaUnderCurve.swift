import TensorCore

/// Area under the ROC curve: the chance that a member's score exceeds a non-member's, ties half.
/// - Returns: nil without scores on either side or with one that is not a number.
package func areaUnderCurve(members: [Double], nonMembers: [Double]) -> Double? {
    guard !members.isEmpty, !nonMembers.isEmpty, !members.contains(where: \.isNaN),
        !nonMembers.contains(where: \.isNaN)
    else { return nil }
    let sorted = nonMembers.sorted()
    let wins = members.reduce(0.0) { sum, score in
        let below = partition(sorted) { $0 < score }
        let notAbove = partition(sorted) { $0 <= score }
        return sum + Double(below) + Double(notAbove - below) / 2
    }
    return wins / Double(members.count) / Double(nonMembers.count)
}

/// Number of leading elements that satisfy `holds`, which no later one does.
func partition(_ sorted: [Double], _ holds: (Double) -> Bool) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
        let middle = (low + high) / 2
        if holds(sorted[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
}

/// Percentile bootstrap interval (Efron 1979) of the area under the curve between one person's records
/// and those of other persons. The person's records and the other persons, each with all records, are
/// what is resampled, since records of one person depend on each other.
package func bootstrapAreaInterval(
    person: [Double], others: [[Double]], repetitions: Int = 1000, confidence: Double = 0.95,
    generator: inout RandomNumbers
) -> ClosedRange<Double>? {
    let others = others.filter { !$0.isEmpty }
    guard !person.isEmpty, !others.isEmpty else { return nil }
    let wins = person.map { score in
        others.map { records in
            (areaUnderCurve(members: [score], nonMembers: records) ?? .nan) * Double(records.count)
        }
    }
    guard !wins.contains(where: { $0.contains(where: \.isNaN) }) else { return nil }
    var areas: [Double] = []
    for _ in 0..<repetitions {
        let rows = person.indices.map { _ in generator.integer(below: person.count) }
        let columns = others.indices.map { _ in generator.integer(below: others.count) }
        let weight = columns.reduce(0) { $0 + others[$1].count }
        let sum = rows.reduce(0.0) { sum, row in
            columns.reduce(sum) { $0 + wins[row][$1] }
        }
        areas.append(sum / Double(rows.count) / Double(weight))
    }
    areas.sort()
    let tail = (1 - confidence) / 2
    let lower = Int((tail * Double(repetitions)).rounded(.down))
    let upper = min(repetitions - 1, Int(((1 - tail) * Double(repetitions)).rounded(.up)) - 1)
    return areas[lower]...areas[max(lower, upper)]
}
