import Domain
import LanguageModels

/// Knowledge unlearning by ascent with a stop rule (Jang et al. 2022, arXiv 2210.01504): `L = -CE(forget)`
/// over whole records until both extraction likelihood (EL) and memorisation accuracy (MA) of the forgotten
/// records are below the averages of text the model never saw.
///
/// Deviations: batches instead of all records at once where there are many; the unseen text is the
/// held-out people given, not a benchmark's validation set.
enum JangAscent {
    static let method = UnlearningMethod.descending(
        id: "jang-ascent", title: "Gradient ascent with a measured end",
        summary:
            "Raises the loss on the person's records until they are extracted no better than text "
            + "the model never saw. Approximate, without anything that keeps the rest.",
        source: "Jang et al. 2022, arXiv 2210.01504, sections 3.1 and 3.2.",
        deviations: "Unseen text is the held-out people given.", needs: [.unseenSet],
        learningRate: .init(0.0003), steps: .init(60),
        forgetBatch: .init(32, "paper: all at once"), retains: false,
        parameters: [
            .init(
                "n-gram", 10, in: 1...100, isWhole: true, "tokens of the n-grams of EL",
                source: "paper"),
            .init(
                "check-every", 2, in: 1...10_000, isWhole: true, "steps between two measurements",
                source: "own; paper: every epoch"),
        ],
        configure: { loop, run in
            let n = run.parameters.integer("n-gram")
            let tokenizer = run.task.original.tokenizer
            func tokens(_ records: some Sequence<CorpusRecord>) -> [[Int32]] {
                records.map { EncodedRecord($0, tokenizer: tokenizer).ids }
            }
            let forget = tokens(run.task.forget)
            let unseen = tokens(run.task.unseen.prefix(Memorization.unseenLimit))
            let original = run.task.original
            let accuracy = try Memorization.accuracy(original, unseen)
            let likelihood = try Memorization.extractionLikelihood(original, unseen, n: n)
            loop.stopRule = StopRule(everySteps: run.parameters.integer("check-every")) {
                model, _ in
                // The cheap one first.
                try Memorization.accuracy(model, forget) < accuracy
                    && Memorization.extractionLikelihood(model, forget, n: n) <= likelihood
            }
        }
    ) { run in
        let tokenizer = run.task.original.tokenizer
        return [
            LossTerm(
                "forget", on: .forget, weight: 1, .ascent,
                run.task.forget.map { MaskedSequence(allOf: $0, tokenizer: tokenizer) })
        ]
    }
}
