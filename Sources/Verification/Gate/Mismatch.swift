import Domain
import LanguageModels

/// A question of a person's record, whose answer holds typed values that the question does not.
private struct Question {
    /// With a prompt; the rest of the text is the answer.
    let record: CorpusRecord
    let places: [ValueOccurrence]

    init?(_ record: CorpusRecord, places: [ValueOccurrence]) {
        guard !places.isEmpty else { return nil }
        let asked = withPrompt(record, before: places[0].bytes.lowerBound)
        let start = asked.prompt.utf8.count
        let (inPrompt, inAnswer) = (
            Set(places.filter { $0.bytes.lowerBound <= start }.map(\.kind)),
            places.filter { $0.bytes.lowerBound > start }
        )
        guard start > 0, !inAnswer.isEmpty,
            !inAnswer.contains(where: { inPrompt.contains($0.kind) })
        else { return nil }
        self.record = asked
        self.places = inAnswer
    }

    /// How close a generated answer is to the person's values or a twin's: ROUGE-L F1 with the answer
    /// plus the share of its values that stand in it word for word.
    func closeness(of generated: String, to twin: PersonProfile?) -> (f1: Double, matches: Double)?
    {
        let text = Array(record.text.utf8)
        var values = places.map { Array(text[$0.bytes]) }
        var answer = record.completion
        if let twin {
            guard let candidate = TwinRecord(record, places: places, twin: twin) else { return nil }
            let new = Array(candidate.record.text.utf8)
            values = candidate.places.map { Array(new[$0]) }
            answer = candidate.record.completion
        }
        let found = Array(generated.utf8)
        let matches = values.count { value in
            found.indices.contains { found[$0...].starts(with: value) }
        }
        return (
            RougeL(reference: answer, generated: generated).f1,
            Double(matches) / Double(values.count)
        )
    }
}

/// A record that is all answer is asked by its text up to the last space before `byte`.
private func withPrompt(_ record: CorpusRecord, before byte: Int) -> CorpusRecord {
    guard record.prompt.isEmpty else { return record }
    let text = Array(record.completion.utf8)
    guard let cut = text[..<byte].lastIndex(of: UInt8(ascii: " ")), cut > 0 else { return record }
    return record.with(
        prompt: String(decoding: text[..<cut], as: UTF8.self),
        completion: String(decoding: text[(cut + 1)...], as: UTF8.self))
}

/// The worst of what strangers' generated answers look like.
struct StrangersFluency {
    let personCount: Int
    /// Of each person the mean negative log-likelihood under the model before, nats per token.
    let losses: [Double]
    let worstRepetition: Double?

    var worstLoss: Double? { losses.max() }
}

/// Generated answers to one person's prompts.
private struct GeneratedAnswers {
    let tokens: [[Int32]]
    let loss: Double?
    let repetition: Double?
}

extension Gate {
    /// Tokens allowed for an answer: some more than the longest true one has. Rounded up, so that
    /// strangers' answers serve many persons.
    private static func tokenLimit(longestAnswer: Int) -> Int {
        let (extra, step) = (8, 32)
        return (longestAnswer + extra + step - 1) / step * step
    }

    /// What the model answers to the person's own prompts: no closer to the truth than to twins'
    /// values, and as fluent as its answers about strangers.
    func mismatch(
        _ subject: GateSubject, _ tested: Set<String>, _ budget: ErrorBudget, before: Scorer,
        after: Scorer
    ) throws -> CheckResult {
        let check = GateCheck.mismatch
        if let obstacle = subject.obstacle { return check.couldNotCheck(obstacle) }
        let questions = subject.person.records.indices.compactMap {
            Question(subject.person.records[$0], places: subject.occurrences[$0])
        }
        guard !questions.isEmpty else {
            return check.couldNotCheck(
                "no record has an answer that holds a typed value its prompt does not")
        }
        let asked = questions.map(\.record)
        let longest = asked.map { after.model.tokenizer.encode($0.completion).count }.max() ?? 0
        let limit = Self.tokenLimit(longestAnswer: longest)
        let answers = try generated([asked], limit, before: before, after: after)[0]
        let texts = answers.tokens.map { after.model.tokenizer.decode($0) }
        let candidates = [nil] + subject.twins.map(Optional.some)
        let closeness = candidates.map { twin in
            zip(questions, texts).compactMap { $0.closeness(of: $1, to: twin) }
        }
        guard closeness.allSatisfy({ $0.count == questions.count }) else {
            return check.couldNotCheck("a twin's value cannot be written in the answers")
        }
        let totals = closeness.map { $0.reduce(0) { $0 + $1.f1 + $1.matches } }
        let p = CountedPValue(
            // Sums of equal terms may differ in the last bit; a tie counts as as close.
            othersAtLeastAsExtreme: totals.dropFirst().count { $0 >= totals[0] - 1e-9 },
            others: subject.twins.count)
        let fluency = try strangersFluency(tested, limit, before: before, after: after)
        let enough = fluency.personCount >= policy.ceilingPersonCount
        return check.result(
            [
                p.measurement("p-closer-to-truth", share: budget.other),
                Measurement("rouge-l-f1", mean(closeness[0].map(\.f1))),
                Measurement("value-match-share", mean(closeness[0].map(\.matches))),
                Measurement(
                    "answer-loss-before", enough ? answers.loss : nil,
                    threshold: (fluency.worstLoss ?? 0) + policy.fluencyMargin, direction: .atMost,
                    note: enough
                        ? "nats per token of the generated answers, without prompts, under the model "
                            + "before; threshold: "
                            + "worst of \(fluency.personCount) never-trained persons plus "
                            + "\(policy.fluencyMargin)"
                        : "only \(fluency.personCount) never-trained persons have such a question; "
                            + "\(policy.ceilingPersonCount) are needed"
                ),
                Measurement(
                    "repetition", answers.repetition,
                    note: fluency.worstRepetition.map {
                        "worst of the never-trained persons: \(($0 * 1000).rounded() / 1000)"
                    }),
            ],
            figures: mismatchFigures(
                closeness: totals, fluency: fluency, loss: answers.loss, share: budget.other))
    }

    private func strangersFluency(
        _ tested: Set<String>, _ limit: Int, before: Scorer, after: Scorer
    ) throws -> StrangersFluency {
        if let known = findings.strangersFluency[limit] { return known }
        // The same kinds of question as the person's: answers without typed values are easier.
        let groups = strangers.lazy.filter { !tested.contains($0.subject) }
            .map { person in
                let stranger = GateSubject(person, pool: [], neededTwinCount: 0, twinCount: 0)
                return person.records.indices.compactMap {
                    Question(person.records[$0], places: stranger.occurrences[$0])?.record
                }
            }
            .filter { !$0.isEmpty }.prefix(policy.ceilingPersonCount)
        let answers = try generated(Array(groups), limit, before: before, after: after)
        let fluency = StrangersFluency(
            personCount: groups.count, losses: answers.compactMap(\.loss),
            worstRepetition: answers.compactMap(\.repetition).max())
        findings.strangersFluency[limit] = fluency
        return fluency
    }

    /// Generates under the model after and scores under the model before, group by group.
    ///
    /// The answers are scored without their prompts: after the person's own prompt the model before
    /// expects the true value and would call every other answer unlikely, however fluent.
    private func generated(
        _ groups: [[CorpusRecord]], _ limit: Int, before: Scorer, after: Scorer
    ) throws -> [GeneratedAnswers] {
        let tokenizer = after.model.tokenizer
        let prompts = groups.joined().map { EncodedRecord($0, tokenizer: tokenizer).promptIDs }
        let answers = try after.generate(prompts, maximumTokenCount: limit)
        // The end token counts: to stop at once is an answer too, and one to be compared.
        let endings = answers.map { answer in
            answer.count < limit ? [tokenizer.endID].compactMap { $0 } : []
        }
        let sequences = prompts.indices.map { index in
            let ids = [tokenizer.beginID].compactMap { $0 } + answers[index] + endings[index]
            return ScoredSequence(ids: ids, scored: 1..<max(1, ids.count))
        }
        let scores = try before.score(sequences)
        var start = 0
        return groups.map { group in
            let range = start..<start + group.count
            start += group.count
            return GeneratedAnswers(
                tokens: Array(answers[range]),
                loss: meanLoss(scores[range].joined().map { Double($0.logProbability) }),
                repetition: mean(answers[range].map { repetition($0) }))
        }
    }
}
