import Domain
import LanguageModels

extension EvaluationSuite {
    package static let tofu = EvaluationSuite(
        id: "tofu",
        title: "TOFU: fictitious authors to forget, with forget quality and model utility",
        source:
            "Maini et al. 2024, arXiv 2401.06121, with the aggregates of open-unlearning, arXiv "
            + "2506.12618. Deviations: a plain prompt template instead of each model's chat form; "
            + "all questions of a set unless limited (TOFU's code takes 300); greedy answers of at "
            + "most 200 tokens; extraction strength may reach 0",
        run: { scene in
            guard case .tofu(let folder, let split) = scene.data else {
                throw VerificationError(
                    .unsuitableEvaluation, "The suite tofu needs a folder with TOFU's files.",
                    remedy: "For records of your own use the suite records.")
            }
            let data = try TOFUFolder(folder, split: split, settings: scene.settings)
            return try TOFUEvaluation(scene: scene, data: data, split: split).result()
        })
}

/// One run of the suite.
private struct TOFUEvaluation {
    let scene: EvaluationScene
    let data: TOFUFolder
    let split: String

    func result() throws -> EvaluationResult {
        let known = [data.retain, data.realAuthors, data.worldFacts]
        let total =
            known.reduce(data.forget.count) { $0 + $1.count }
            + (scene.reference == nil ? 0 : data.forget.count)
        let progress = EvaluationProgress("evaluate tofu", total: total, context: scene.context)
        let asker = QuestionAsker(
            scorer: Scorer(scene.model, scene.context), settings: scene.settings, progress: progress
        )
        var summary = EvaluationSummary()

        let forget = try asker.ask(data.forget, generates: true, note: "forget")
        let examples = forget.map(\.example)
        summary.add(.forget, examples)
        addRatios(.forget, examples, .closerToOne, &summary)
        for questions in known {
            guard let set = questions.first?.set else { continue }
            let examples = try asker.ask(questions, generates: true, note: set.rawValue)
                .map(\.example)
            summary.add(set, examples)
            addRatios(set, examples, .trueBetter, &summary)
        }
        addUtility(&summary)
        addMemorization(&summary)
        try addForgetQuality(examples, progress, &summary)
        try scene.addDivergence(on: data.forget.map(\.record), to: &summary)
        try scene.addMembership(
            forget: data.forget.map(\.record), holdout: data.holdout,
            background: data.retain.map(\.record), to: &summary)
        return summary.result(EvaluationSuite.tofu.id, split: split, of: scene)
    }

    private func ratios(_ examples: [EvaluatedExample], _ metric: Metric) -> [Double]? {
        let values = examples.compactMap { $0.values[metric.id] }
        return values.count == examples.count ? values : nil
    }

    /// TOFU's own form of the aggregate for its own ratio, open-unlearning's for the other.
    private func aggregated(
        _ examples: [EvaluatedExample], _ metric: Metric, _ aggregate: TruthRatioAggregate
    ) -> Double? {
        let epsilon = metric.id == Metric.truthRatioArithmetic.id ? 0 : openUnlearningEpsilon
        return ratios(examples, metric).flatMap { aggregate.value(of: $0, epsilon: epsilon) }
    }

    /// The aggregate of the set in place of the plain mean of its ratios, which one outlier decides.
    private func addRatios(
        _ set: EvaluationSet, _ examples: [EvaluatedExample], _ aggregate: TruthRatioAggregate,
        _ summary: inout EvaluationSummary
    ) {
        for metric in [Metric.truthRatioArithmetic, .truthRatioGeometric] {
            summary.replace(
                set.key(metric), aggregated(examples, metric, aggregate),
                otherwise: "a question has no finite ratio",
                note: "aggregated as \(aggregate.rawValue)")
        }
    }

    private func addUtility(_ summary: inout EvaluationSummary) {
        let values = summary.values
        func part(_ set: EvaluationSet, _ form: Metric) -> UtilityComponents.Part? {
            let isChoice = set != .retain
            guard
                let probability = values[
                    set.key(isChoice ? "choice-probability" : Metric.probability.id)],
                let rouge = values[set.key(.rougeLRecall)], let ratio = values[set.key(form)]
            else { return nil }
            return UtilityComponents.Part(
                probability: probability, rougeLRecall: rouge, truthRatio: ratio)
        }
        for (key, form) in [
            (Metric.modelUtility.id, Metric.truthRatioGeometric),
            ("\(Metric.modelUtility.id)/arithmetic", .truthRatioArithmetic),
        ] {
            var utility: Double?
            if let retain = part(.retain, form), let authors = part(.realAuthors, form),
                let facts = part(.worldFacts, form)
            {
                utility = modelUtility(
                    UtilityComponents(retain: retain, realAuthors: authors, worldFacts: facts))
            }
            summary.add(key, utility, otherwise: "one of the nine components is missing")
            summary.note(key, "with \(form.id), true-better")
        }
    }

    private func addMemorization(_ summary: inout EvaluationSummary) {
        func value(_ metric: Metric) -> Double? { summary.values[EvaluationSet.forget.key(metric)] }
        var score: Double?
        if let strength = value(.extractionStrength), let exact = value(.exactMemorization),
            let paraphrase = value(.paraphraseProbability),
            let ratio = value(.truthRatioProbability)
        {
            score = memorizationScore(
                extractionStrength: strength, exactMemorization: exact,
                paraphraseProbability: paraphrase, truthRatioProbability: ratio)
        }
        summary.add("open-unlearning/memorization", score, otherwise: "a component is missing")
        summary.note("open-unlearning/memorization", "higher = less is remembered")
    }

    private func addForgetQuality(
        _ examples: [EvaluatedExample], _ progress: EvaluationProgress,
        _ summary: inout EvaluationSummary
    ) throws {
        let id = Metric.forgetQuality.id
        let keys = ["", "/statistic", "/effect-size", "/statistic-upper-bound"].map { id + $0 }
        guard let reference = scene.reference else {
            for key in keys {
                summary.add(
                    key, nil, otherwise: "no reference model, trained without the data, was given")
            }
            return
        }
        let asker = QuestionAsker(
            scorer: Scorer(reference, scene.context), settings: scene.settings, progress: progress)
        let referenceExamples = try asker.ask(
            data.forget, generates: false, note: "forget, reference"
        ).map(\.example)
        let quality = ratios(examples, .truthRatioGeometric).flatMap { own in
            ratios(referenceExamples, .truthRatioGeometric).flatMap {
                ForgetQuality(ratios: own, reference: $0)
            }
        }
        let values = [
            quality?.pValue, quality?.test.statistic, quality?.effectSize,
            quality?.statisticUpperBound,
        ]
        for (key, value) in zip(keys, values) {
            summary.add(key, value, otherwise: "a question has no finite ratio")
        }
        summary.note(
            id,
            "exact two-sample Kolmogorov-Smirnov test of \(Metric.truthRatioGeometric.id) on "
                + "\(examples.count) questions"
                + (quality?.largestPassingStatistic.map {
                    "; any statistic up to \(($0 * 1000).rounded() / 1000) has p > .05, so a high "
                        + "p-value is no proof of equality"
                } ?? ""))
        for metric in [Metric.truthRatioArithmetic, .truthRatioGeometric] {
            summary.add(
                "reference/\(EvaluationSet.forget.key(metric))",
                aggregated(referenceExamples, metric, .closerToOne),
                otherwise: "a question has no finite ratio")
        }
    }
}
