import Domain
import LanguageModels

extension EvaluationSuite {
    package static let records = EvaluationSuite(
        id: "records", title: "How well a model remembers records of your own",
        source: "Each metric's own; records are read as they were trained, prompt and completion, "
            + "without a template. Answers are generated only for records that have a prompt",
        run: { scene in
            guard case .records(let forget, let retain, let holdout) = scene.data else {
                throw VerificationError(
                    .unsuitableEvaluation, "The suite records needs records.",
                    remedy: "For a folder of TOFU use the suite tofu.")
            }
            return try RecordsEvaluation(
                scene: scene, forget: scene.settings.limited(forget),
                retain: scene.settings.limited(retain), holdout: scene.settings.limited(holdout)
            ).result()
        })
}

/// One run of the suite.
private struct RecordsEvaluation {
    let scene: EvaluationScene
    let forget: [CorpusRecord]
    let retain: [CorpusRecord]
    let holdout: [CorpusRecord]

    /// Records scored and continued at once.
    private static let chunkSize = 64

    private var scorer: Scorer { Scorer(scene.model, scene.context) }
    private var settings: EvaluationSettings { scene.settings }

    func result() throws -> EvaluationResult {
        let sets: [(EvaluationSet, [CorpusRecord])] = [
            (.forget, forget), (.retain, retain), (.holdout, holdout),
        ].filter { !$0.1.isEmpty }
        guard !sets.isEmpty else {
            throw VerificationError(
                .unsuitableEvaluation, "There are no records to evaluate on.",
                remedy: "Give a file of records to forget, to keep, or both.")
        }
        let progress = EvaluationProgress(
            "evaluate records", total: sets.reduce(0) { $0 + $1.1.count }, context: scene.context)
        var summary = EvaluationSummary()
        for (set, records) in sets {
            var examples: [EvaluatedExample] = []
            var logProbabilities: [Double] = []
            for start in stride(from: 0, to: records.count, by: Self.chunkSize) {
                let chunk = Array(records[start..<min(records.count, start + Self.chunkSize)])
                let scored = try measure(chunk)
                logProbabilities += scored.flatMap(\.logProbabilities)
                examples += zip(chunk, scored).enumerated().map { offset, pair in
                    EvaluatedExample(set, start + offset, pair.0, pair.1.values)
                }
                try progress.advance(by: chunk.count, note: set.rawValue)
            }
            summary.add(set, examples)
            summary.replace(
                set.key(.perplexity), perplexity(logProbabilities),
                otherwise: "no token was scored",
                note: "over all \(logProbabilities.count) tokens of the answers together")
        }
        if let step = settings.extractionLikelihoodN.map({ _ in settings.extractionLikelihoodStep }
        ),
            step > 1
        {
            for (set, _) in sets {
                summary.note(
                    set.key(.extractionLikelihood),
                    "one prefix in \(step) was asked; the paper asks all")
            }
        }
        try scene.addDivergence(on: forget, to: &summary)
        if !forget.isEmpty, !holdout.isEmpty {
            try scene.addMembership(
                forget: forget, holdout: holdout, background: retain, to: &summary)
        } else {
            summary.add(
                "attack", nil, otherwise: "membership attacks need records to forget and holdout")
        }
        return summary.result(EvaluationSuite.records.id, split: nil, of: scene)
    }

    private struct RecordScores {
        /// Of the answer, with the end token.
        let logProbabilities: [Double]
        var values: [(String, Double?)]
    }

    private func measure(_ records: [CorpusRecord]) throws -> [RecordScores] {
        let tokenizer = scorer.model.tokenizer
        let encoded = records.map { EncodedRecord($0, tokenizer: tokenizer) }
        // One pass serves the metrics of the answer and that of the whole text.
        let all = try scorer.score(encoded.map(\.allScored))
        var result = try records.indices.map { index in
            let hasEnd = tokenizer.endID != nil
            let text = hasEnd ? all[index].dropLast() : all[index][...]
            let answerStart = max(1, encoded[index].completion.lowerBound) - 1
            let answer = ScoredAnswer(
                tokens: Array(text.dropFirst(answerStart)), end: hasEnd ? all[index].last : nil)
            let loss = try QuestionAsker.loss(answer, of: records[index])
            return RecordScores(
                logProbabilities: answer.logProbabilities,
                values: [
                    (Metric.probability.id, probability([-loss])),
                    (Metric.perplexity.id, perplexity([-loss])),
                    (Metric.exactMemorization.id, exactMemorization(answer.choices)),
                    (Metric.extractionStrength.id, extractionStrength(answer.choices)),
                    (
                        Metric.memorizationAccuracy.id,
                        memorizationAccuracy(text.map(\.isGreedyChoice))
                    ),
                ])
        }
        try addAnswers(records, encoded, to: &result)
        try addExtraction(encoded, to: &result)
        return result
    }

    private func addAnswers(
        _ records: [CorpusRecord], _ encoded: [EncodedRecord], to result: inout [RecordScores]
    ) throws {
        let asked = records.indices.filter { !records[$0].prompt.isEmpty }
        let answers = try scorer.generate(
            asked.map { encoded[$0].promptIDs },
            maximumTokenCount: settings.maximumNewTokenCount)
        for (index, answer) in zip(asked, answers) {
            let rouge = RougeL(
                reference: records[index].completion,
                generated: scorer.model.tokenizer.decode(answer), stemming: true)
            result[index].values += [
                (Metric.rougeLRecall.id, rouge.recall), (Metric.rougeLF1.id, rouge.f1),
                (Metric.repetition.id, repetition(answer)),
            ]
        }
    }

    private func addExtraction(
        _ encoded: [EncodedRecord], to result: inout [RecordScores]
    ) throws {
        let hasEnd = scorer.model.tokenizer.endID != nil
        let texts = encoded.map { hasEnd ? Array($0.ids.dropLast()) : $0.ids }
        let probes = texts.map {
            ExtractionProbe(
                $0, prefixCount: settings.extractionPrefixCount,
                suffixCount: settings.extractionSuffixCount)
        }
        let places = probes.indices.filter { probes[$0] != nil }
        let generated = try scorer.generate(
            places.compactMap { probes[$0]?.prompt },
            maximumTokenCount: settings.extractionSuffixCount)
        for (index, continuation) in zip(places, generated) {
            let share = probes[index].flatMap {
                verbatimExtraction([$0], generated: [continuation])
            }
            result[index].values.append((Metric.verbatimExtraction.id, share))
        }
        guard let n = settings.extractionLikelihoodN else { return }
        for (index, text) in texts.enumerated() {
            let step = settings.extractionLikelihoodStep
            let prefixes = extractionPrefixCounts(tokenCount: text.count, n: n, step: step)
            let generated = try scorer.generate(
                prefixes.map { Array(text[..<$0]) }, maximumTokenCount: max(1, text.count - 1))
            let continuations = zip(prefixes, generated).map {
                Array($1.prefix(text.count - $0))
            }
            result[index].values.append(
                (
                    Metric.extractionLikelihood.id,
                    extractionLikelihood(text, continuations: continuations, n: n, step: step)
                ))
        }
    }
}
