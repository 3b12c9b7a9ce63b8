import Domain
import TensorCore

extension Gate {
    /// A membership attack on the person, judged by where their score lies among strangers' scores:
    /// persons who were never trained on differ in difficulty, so .5 would be no measure.
    func membership(
        _ check: GateCheck, _ attack: Attack, _ subject: GateSubject, _ tested: Set<String>,
        _ budget: ErrorBudget, before: Scorer, after: Scorer
    ) throws -> CheckResult {
        guard let membershipScore = attack.membershipScore else {
            return check.couldNotCheck("the attack gives no score")
        }
        let own = try after.answers(subject.person.records).compactMap {
            membershipScore($0.scores)
        }
        let others = try strangersAnswers(except: tested, after)
            .map { $0.compactMap { membershipScore($0.scores) } }.filter { !$0.isEmpty }
        guard let score = mean(own) else {
            return check.couldNotCheck("the person has no answer that can be scored")
        }
        let otherScores = others.compactMap { mean($0) }
        guard score.isFinite, otherScores.allSatisfy(\.isFinite) else {
            return check.couldNotCheck("the model's scores are not finite numbers")
        }
        let needed = GatePolicy.smallestTwinCount(threshold: budget.other)
        if subject.generatedTwinCount > 0, otherScores.count < needed {
            return try counterfactualMembership(
                check, attack, subject, strangersScores: otherScores, budget, after)
        }
        let p = CountedPValue(
            othersAtLeastAsExtreme: otherScores.count { $0 >= score }, others: otherScores.count)
        var generator = RandomNumbers(seed: seed, stream: "bootstrap \(attack.id)")
        let old = try answersBefore(subject, before).compactMap { membershipScore($0.scores) }
        let figures = membershipFigures(
            attack, own: own, others: others, before: mean(old), share: budget.other)
        return check.result(
            [
                p.measurement("p-member", share: budget.other),
                Measurement(
                    "auc", areaUnderCurve(members: own, nonMembers: Array(others.joined())),
                    interval: bootstrapAreaInterval(
                        person: own, others: others, generator: &generator),
                    intervalKind:
                        "95 % percentile bootstrap over the person's records and the persons",
                    note:
                        "the person's records against those of \(others.count) never-trained persons; "
                        + "information, since \(own.count) records decide little"),
            ], figures: figures)
    }
}
