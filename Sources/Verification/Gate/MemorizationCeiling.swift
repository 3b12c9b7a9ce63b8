import Domain

extension Gate {
    /// How well the person's answers are reproduced, against strangers' answers.
    func memorizationCeiling(
        _ subject: GateSubject, _ tested: Set<String>, before: Scorer, after: Scorer
    ) throws -> CheckResult {
        let references = try strangersAnswers(except: tested, after).prefix(
            policy.ceilingPersonCount)
        guard references.count >= policy.ceilingPersonCount else {
            return GateCheck.memorizationCeiling.couldNotCheck(
                "only \(references.count) never-trained persons; "
                    + "\(policy.ceilingPersonCount) are needed")
        }
        let own = try after.answers(subject.person.records)
        let old = try answersBefore(subject, before)
        let metrics: [(Metric, ([Bool]) -> Double?)] = [
            (.extractionStrength, extractionStrength), (.exactMemorization, exactMemorization),
        ]
        let found = metrics.map { metric, value in
            func ofPerson(_ answers: [ScoredAnswer]) -> Double? {
                mean(answers.map { value($0.choices) })
            }
            let others = references.map(ofPerson)
            let threshold = (others.compactMap { $0 }.max() ?? 0) + policy.ceilingMargin
            let measurement = Measurement(
                metric.id, ofPerson(own), threshold: threshold, direction: .atMost,
                note: "mean over the person's records; threshold: largest of "
                    + "\(references.count) never-trained persons plus \(policy.ceilingMargin)")
            let figure = ceilingFigure(
                metric, strangers: others, before: ofPerson(old), after: measurement.value,
                ceiling: threshold)
            return (measurement, figure)
        }
        return GateCheck.memorizationCeiling.result(
            found.map(\.0), figures: found.map(\.1))
    }

    /// Scores of the person's answers under the model before, for pictures.
    func answersBefore(_ subject: GateSubject, _ scorer: Scorer) throws -> [ScoredAnswer] {
        if let known = findings.answersBefore[subject.person.subject] { return known }
        let answers = try scorer.answers(subject.person.records)
        findings.answersBefore[subject.person.subject] = answers
        return answers
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
