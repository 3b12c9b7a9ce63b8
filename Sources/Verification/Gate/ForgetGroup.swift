import Domain
import TensorCore

extension Gate {
    /// Seeded draws of the pooled test; with 4999 the smallest p-value is .0002.
    static let groupDrawCount = 4999

    /// C5 pooled over all persons of the deletion.
    /// - Returns: nil for a single person.
    func forgetGroup(
        _ subjects: [GateSubject], _ budget: ErrorBudget, before: Scorer, after: Scorer
    ) throws -> CheckResult? {
        guard let share = budget.group else { return nil }
        var persons: [C5Statistics] = []
        var known: [C5Statistics] = []
        for subject in subjects {
            if case .statistics(let c5) = try valueStatistics(subject, .after, after) {
                persons.append(c5)
                // Asked of everybody by the control, too, so this costs nothing.
                if case .statistics(let old) = try valueStatistics(subject, .before, before) {
                    known.append(old)
                }
            }
        }
        guard persons.count > 1 else {
            return GateCheck.forgetGroup.couldNotCheck(
                "\(persons.count) of \(subjects.count) persons can be tested; at least 2 are needed"
            )
        }
        var generator = RandomNumbers(seed: seed, stream: "forget-group")
        let pooled = pooledC5(persons, drawCount: Self.groupDrawCount, generator: &generator)
        let skipped = subjects.count - persons.count
        return GateCheck.forgetGroup.result(
            [
                pooled.low.measurement("p-low", share: share),
                pooled.lowest.measurement("p-lowest", share: share),
                pooled.high.measurement("p-high", share: share),
                pooled.highest.measurement("p-highest", share: share),
                Measurement("person-count", Double(persons.count)),
            ],
            note: skipped == 0 ? nil : "\(skipped) persons could not be tested and are left out",
            figures: permutationFigures(
                pooled, before: known.count == persons.count ? trueValues(of: known) : nil,
                lowShare: share, highShare: share, people: .group))
    }

    /// The persons as they are, with nobody to compare them with.
    private func trueValues(of persons: [C5Statistics]) -> C5Statistics {
        C5Statistics(
            sums: [persons.reduce(0) { $0 + $1.sums[0] }],
            minima: [persons.reduce(.infinity) { min($0, $1.minima[0]) }],
            maxima: [persons.reduce(-.infinity) { max($0, $1.maxima[0]) }])
    }
}
