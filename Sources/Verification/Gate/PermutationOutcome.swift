import Domain

/// The statistics of a permutation test, or why there are none.
enum PermutationOutcome: Sendable {
    case statistics(C5Statistics)
    case impossible(String)

    /// Runs a test whose scores may turn out unusable; any other failure is passed on.
    init(_ scores: () throws -> ValueScores) throws {
        do {
            let scores = try scores()
            self = .statistics(try c5(scores.rows, fields: scores.fields))
        } catch let error as VerificationError
            where error.code == .degenerateScores || error.code == .tooFewTwins
        {
            self = .impossible(error.message)
        }
    }
}

extension Gate {
    /// Which of the models is asked.
    enum Side: String { case before, after, reference }

    /// C5 on the person's values, measured once per model and person.
    func valueStatistics(
        _ subject: GateSubject, _ side: Side, _ scorer: Scorer
    ) throws -> PermutationOutcome {
        if let obstacle = subject.obstacle { return .impossible(obstacle) }
        let key = key(subject, side)
        if let known = findings.values[key] { return known }
        let outcome = try PermutationOutcome {
            try scorer.valueScores(subject, fields: subject.fields)
        }
        findings.values[key] = outcome
        return outcome
    }

    /// What `valueStatistics` has found before, for pictures: asks no model.
    func measuredStatistics(_ subject: GateSubject, _ side: Side) -> C5Statistics? {
        guard case .statistics(let c5) = findings.values[key(subject, side)] else { return nil }
        return c5
    }

    private func key(_ subject: GateSubject, _ side: Side) -> String {
        "\(side.rawValue) \(subject.twins.count) \(subject.person.subject)"
    }
}
