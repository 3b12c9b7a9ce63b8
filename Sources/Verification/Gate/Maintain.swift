import Domain
import LanguageModels

/// How well a model reproduces a set of answers.
private struct Reproduction {
    let tokenMatch: Double?
    let wholeRecordCount: Int
    let recordCount: Int
    let loss: Double?

    init(_ answers: [ScoredAnswer]) {
        let answered = answers.map { $0.tokens + [$0.end].compactMap { $0 } }.filter { !$0.isEmpty }
        let tokens = answered.joined()
        tokenMatch = exactMemorization(tokens.map(\.isGreedyChoice))
        wholeRecordCount = answered.count { $0.allSatisfy(\.isGreedyChoice) }
        recordCount = answered.count
        loss = meanLoss(tokens.map { Double($0.logProbability) })
    }

    var wholeRecordShare: Double? {
        recordCount == 0 ? nil : Double(wholeRecordCount) / Double(recordCount)
    }
}

extension Gate {
    /// What must not be lost: other persons' records and general text, against the model before.
    func maintain(
        _ tested: Set<String>, before: Scorer, after: Scorer
    ) throws -> CheckResult {
        if let known = findings.maintain[tested] { return known }
        let records = retained.filter { !tested.contains($0.subject) }.flatMap(\.records)
        let oldAnswers = try before.answers(records)
        let newAnswers = try after.answers(records)
        let old = Reproduction(oldAnswers)
        let new = Reproduction(newAnswers)
        func ratio(_ new: Double?, _ old: Double?) -> Double? {
            guard let new, let old, old > 0 else { return nil }
            return new / old
        }
        let noRecords = records.isEmpty ? "no retained records were given" : nil
        let whole = new.wholeRecordShare
        let result = GateCheck.maintain.result(
            [
                Measurement(
                    "token-match-ratio", ratio(new.tokenMatch, old.tokenMatch),
                    threshold: policy.maintainTokenMatch, direction: .atLeast,
                    note: noRecords ?? "first-choice tokens of retained records, after / before"),
                Measurement(
                    "whole-record-ratio", ratio(whole, old.wholeRecordShare),
                    threshold: policy.maintainWholeRecord, direction: .atLeast,
                    note: noRecords
                        ?? (old.wholeRecordCount == 0
                            ? "the model before reproduces no retained record whole"
                            : "retained records reproduced whole, after / before")),
                Measurement(
                    "whole-record-share", whole,
                    interval: whole.map { _ in
                        clopperPearsonInterval(
                            successes: new.wholeRecordCount, trials: new.recordCount)
                    }, intervalKind: "95 % Clopper-Pearson"),
                Measurement(
                    "loss-rise", difference(new.loss, old.loss), threshold: policy.maintainLossRise,
                    direction: .atMost, note: noRecords ?? "nats per token of retained records"),
                try generalTextRatio(before: before, after: after),
            ],
            figures: records.isEmpty ? [] : [maintainFigure(before: oldAnswers, after: newAnswers)])
        findings.maintain[tested] = result
        return result
    }

    private func generalTextRatio(before: Scorer, after: Scorer) throws -> Measurement {
        func loss(_ scorer: Scorer) throws -> Double? {
            let sequences = generalRecords.map {
                EncodedRecord($0, tokenizer: scorer.model.tokenizer).allScored
            }
            return meanLoss(try scorer.score(sequences).joined().map { Double($0.logProbability) })
        }
        return Measurement(
            "perplexity-ratio", perplexityRatio(try loss(after), try loss(before)),
            threshold: policy.maintainPerplexityRatio, direction: .atMost,
            note: generalRecords.isEmpty
                ? "no general text was given" : "perplexity of general text, after / before")
    }

    private func difference(_ new: Double?, _ old: Double?) -> Double? {
        guard let new, let old else { return nil }
        return new - old
    }
}
