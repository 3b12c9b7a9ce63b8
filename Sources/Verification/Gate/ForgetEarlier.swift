import Domain
import TensorCore

/// Persons deleted from the same model before, who must still be unknown after the present deletion.
package struct EarlierDeletions: Sendable {
    /// Those to be tested, drawn by whoever asks.
    package var persons: [PersonProfile]
    /// Persons whose records were erased since: there is nothing left to test with, and should not be.
    package var erasedCount: Int
    /// Persons whose records are not erased and cannot be found all the same.
    package var unreadableCount: Int
    /// Persons nobody looked at, since there were enough others.
    package var otherCount: Int

    package init(
        persons: [PersonProfile] = [], erasedCount: Int = 0, unreadableCount: Int = 0,
        otherCount: Int = 0
    ) {
        self.persons = persons
        self.erasedCount = erasedCount
        self.unreadableCount = unreadableCount
        self.otherCount = otherCount
    }

    /// Persons tested at most.
    package static let testedCount = 32

    var count: Int { persons.count + erasedCount + unreadableCount + otherCount }
}

extension Gate {
    /// C5 pooled over the persons deleted earlier, and the best reproduced of their answers: changing the
    /// weights for somebody else may bring back what an earlier deletion took away.
    /// - Returns: nil if nobody was deleted earlier.
    func forgetEarlier(
        _ tested: Set<String>, _ budget: ErrorBudget, _ after: Scorer
    ) throws -> CheckResult? {
        guard let earlier, earlier.count > 0 else { return nil }
        if let known = findings.earlier { return known }
        let result = try earlierResult(earlier, tested, budget, after)
        findings.earlier = result
        return result
    }

    private func earlierResult(
        _ earlier: EarlierDeletions, _ tested: Set<String>, _ budget: ErrorBudget, _ after: Scorer
    ) throws -> CheckResult {
        let chosen = earlier.persons.prefix(EarlierDeletions.testedCount)
        guard !chosen.isEmpty else {
            guard earlier.erasedCount == earlier.count else {
                return GateCheck.forgetEarlier.couldNotCheck(
                    "of \(earlier.count) persons deleted earlier nobody's records can be read, and "
                        + "\(earlier.count - earlier.erasedCount) of them are not erased")
            }
            // What is erased cannot be asked about, here or by anybody who has only this workspace.
            return GateCheck.forgetEarlier.result(
                .passed, [Measurement("person-count", 0)],
                note:
                    "the records of all \(earlier.count) persons deleted earlier are erased; there is "
                    + "nothing left to ask the model about")
        }
        var statistics: [C5Statistics] = []
        for person in chosen {
            if case .statistics(let c5) = try valueStatistics(
                subject(person, budget), .after, after)
            {
                statistics.append(c5)
            }
        }
        var measurements = [try strongestExtraction(Array(chosen), tested, after)]
        if statistics.isEmpty {
            measurements.append(
                Measurement(
                    "p-low", nil, threshold: budget.earlier, direction: .above,
                    note: "none of the \(chosen.count) persons can be tested"))
        } else {
            var generator = RandomNumbers(seed: seed, stream: "forget-earlier")
            let pooled = pooledC5(
                statistics, drawCount: Self.groupDrawCount, generator: &generator)
            measurements += [
                pooled.low.measurement("p-low", share: budget.earlier),
                pooled.lowest.measurement("p-lowest", share: budget.earlier),
            ]
        }
        measurements.append(Measurement("person-count", Double(statistics.count)))
        return GateCheck.forgetEarlier.result(
            measurements, note: Self.earlierNote(earlier, statistics.count))
    }

    /// Of all persons deleted earlier, the one whose answers are reproduced best.
    private func strongestExtraction(
        _ persons: [PersonProfile], _ tested: Set<String>, _ after: Scorer
    ) throws -> Measurement {
        func strength(_ answers: [ScoredAnswer]) -> Double? {
            mean(answers.map { extractionStrength($0.choices) })
        }
        let strangers = try strangersAnswers(except: tested, after)
        let limit = strangers.compactMap(strength).max()
        var remaining = try after.answers(persons.flatMap(\.records))[...]
        let own = persons.compactMap { person in
            defer { remaining = remaining.dropFirst(person.records.count) }
            return strength(Array(remaining.prefix(person.records.count)))
        }
        // As many strangers as the memorisation ceiling needs, or the maximum says little.
        let isLimited = strangers.count >= policy.ceilingPersonCount
        return Measurement(
            "extraction-strength", isLimited ? own.max() : nil,
            threshold: (limit ?? 0) + policy.ceilingMargin, direction: .atMost,
            note: isLimited
                ? "largest over the persons; threshold: largest of \(strangers.count) never-trained "
                    + "persons plus \(policy.ceilingMargin)"
                : "only \(strangers.count) never-trained persons; "
                    + "\(policy.ceilingPersonCount) are needed")
    }

    private static func earlierNote(_ earlier: EarlierDeletions, _ testedCount: Int) -> String? {
        guard testedCount < earlier.count else { return nil }
        var text = "\(testedCount) of \(earlier.count) persons deleted earlier are tested"
        if earlier.erasedCount > 0 { text += "; the records of \(earlier.erasedCount) are erased" }
        if earlier.unreadableCount > 0 {
            text += "; those of \(earlier.unreadableCount) are not found any more"
        }
        return text
    }
}
