import Domain

extension Gate {
    /// How well the person's answers are reproduced, against strangers' answers.
    func memorizationCeiling(
        _ subject: GateSubject, _ tested: Set<String>, _ scorer: Scorer
    ) throws -> CheckResult {
        let references = try strangersAnswers(except: tested, scorer).prefix(
            policy.ceilingPersonCount)
        guard references.count >= policy.ceilingPersonCount else {
            return GateCheck.memorizationCeiling.couldNotCheck(
                "only \(references.count) never-trained persons; "
                    + "\(policy.ceilingPersonCount) are needed")
        }
        let own = try scorer.answers(subject.person.records)
        let metrics: [(Metric, ([Bool]) -> Double?)] = [
            (.extractionStrength, extractionStrength), (.exactMemorization, exactMemorization),
        ]
        return GateCheck.memorizationCeiling.result(
            metrics.map { metric, value in
                let ceiling = references.compactMap { mean($0.map { value($0.choices) }) }.max()
                return Measurement(
                    metric.id, mean(own.map { value($0.choices) }),
                    threshold: (ceiling ?? 0) + policy.ceilingMargin, direction: .atMost,
                    note: "mean over the person's records; threshold: largest of "
                        + "\(references.count) never-trained persons plus \(policy.ceilingMargin)")
            })
    }

    /// Scores of the answers of everybody never trained on, person by person, without the tested.
    func strangersAnswers(
        except tested: Set<String>, _ scorer: Scorer
    ) throws -> [[ScoredAnswer]] {
        let all: [[ScoredAnswer]]
        if let known = findings.strangersAnswers {
            all = known
        } else {
            var remaining = try scorer.answers(strangers.flatMap(\.records))[...]
            all = strangers.map { person in
                defer { remaining = remaining.dropFirst(person.records.count) }
                return Array(remaining.prefix(person.records.count))
            }
            findings.strangersAnswers = all
        }
        return zip(strangers, all).filter { !tested.contains($0.0.subject) }.map(\.1)
    }
}

/// Mean of the values there are; nil if there is none.
func mean(_ values: [Double?]) -> Double? {
    let present = values.compactMap { $0 }
    return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
}
