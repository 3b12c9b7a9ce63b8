import Domain

extension Gate {
    /// A membership attack without strangers: the person's score lies among those of copies of the
    /// same records that have twins' values instead. It takes the place of the comparison with
    /// strangers where generated twins are used and there are too few strangers for it.
    ///
    /// Name and text are the same in all copies, so what the model remembers of them beside the
    /// values is not seen here; `memorization-ceiling` looks at the answers as a whole.
    /// - Parameter strangersScores: shown as information.
    func counterfactualMembership(
        _ check: GateCheck, _ attack: Attack, _ subject: GateSubject, strangersScores: [Double],
        _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> CheckResult {
        if let obstacle = subject.obstacle { return check.couldNotCheck(obstacle) }
        guard let membershipScore = attack.membershipScore else {
            return check.couldNotCheck("the attack gives no score")
        }
        let records = subject.person.records.indices.filter { !subject.occurrences[$0].isEmpty }
        var copies: [CorpusRecord] = []
        for twin in [nil] + subject.twins.map(Optional.some) {
            for index in records {
                let record = subject.person.records[index]
                guard let twin else {
                    copies.append(record)
                    continue
                }
                guard
                    let copy = TwinRecord(record, places: subject.occurrences[index], twin: twin)
                else { return check.couldNotCheck("a twin's value cannot be written in \(record)") }
                copies.append(copy.record)
            }
        }
        let scores = try scorer.answers(copies).map { membershipScore($0.scores) }
        let totals = (0...subject.twins.count).compactMap { candidate in
            mean(Array(scores[candidate * records.count..<(candidate + 1) * records.count]))
        }
        guard totals.count == subject.twins.count + 1, totals.allSatisfy(\.isFinite) else {
            return check.couldNotCheck("the model's scores are not finite numbers")
        }
        let p = CountedPValue(
            othersAtLeastAsExtreme: totals.dropFirst().count { $0 >= totals[0] },
            others: subject.twins.count)
        let own = try mean(
            scorer.answers(subject.person.records).map { membershipScore($0.scores) })
        let among = own.map { own in
            CountedPValue(
                othersAtLeastAsExtreme: strangersScores.count { $0 >= own },
                others: strangersScores.count)
        }
        return check.result(
            [
                p.measurement("p-member", share: budget.other),
                among?.information("p-member-among-strangers")
                    ?? Measurement("p-member-among-strangers", nil),
            ],
            note:
                "\(strangersScores.count) never-trained persons are too few for this attack, so the "
                + "person's records are compared with copies that have twins' values; memory of the "
                + "text beside the values is not seen")
    }
}
