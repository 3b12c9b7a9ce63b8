import Domain

/// How a suite asks and how much. Stands in every result, since the numbers depend on it.
package struct EvaluationSettings: Sendable, Equatable, Codable {
    /// How a question is put; used where records are not prompts already. `{q}` is the question, and
    /// `{a}`, after a space and at the end, the answer. Default: TOFU's for models without a chat form.
    package var promptTemplate: String
    /// Tokens a generated answer may have; default 200, TOFU's.
    package var maximumNewTokenCount: Int
    /// The first so many questions or records of each set; nil means all, as in open-unlearning (TOFU's
    /// own code takes 300).
    package var maximumItemCount: Int?
    /// Whether the paraphrase metrics ask the paraphrased question rather than the trained one, which
    /// is open-unlearning's default. The truth ratio always asks the trained one.
    package var asksParaphrasedQuestion: Bool
    /// Tokens of the true text that verbatim extraction gives, default 50.
    package var extractionPrefixCount: Int
    /// Tokens that it asks for, default 50.
    package var extractionSuffixCount: Int
    /// n of EL_n, 10 in the paper; nil leaves it out, since it takes one generation for each token.
    package var extractionLikelihoodN: Int?
    /// EL_n asks every so many-th prefix; 1, the paper's, asks all.
    package var extractionLikelihoodStep: Int
    /// Whether divergences to a reference model are measured.
    package var measuresDivergence: Bool
    /// Ids of the membership attacks that are run; default: the four of open-unlearning's privacy score.
    package var attacks: [String]
    /// Of whatever attacks draw.
    package var seed: UInt64

    /// Four that need nothing but the model.
    package static let standardAttacks = ["loss", "min-k", "min-k-plus-plus", "zlib"]

    package init(
        promptTemplate: String = "Question: {q}\nAnswer: {a}", maximumNewTokenCount: Int = 200,
        maximumItemCount: Int? = nil, asksParaphrasedQuestion: Bool = false,
        extractionPrefixCount: Int = 50, extractionSuffixCount: Int = 50,
        extractionLikelihoodN: Int? = nil, extractionLikelihoodStep: Int = 1,
        measuresDivergence: Bool = true, attacks: [String] = standardAttacks, seed: UInt64 = 1
    ) {
        self.promptTemplate = promptTemplate
        self.maximumNewTokenCount = maximumNewTokenCount
        self.maximumItemCount = maximumItemCount
        self.asksParaphrasedQuestion = asksParaphrasedQuestion
        self.extractionPrefixCount = extractionPrefixCount
        self.extractionSuffixCount = extractionSuffixCount
        self.extractionLikelihoodN = extractionLikelihoodN
        self.extractionLikelihoodStep = extractionLikelihoodStep
        self.measuresDivergence = measuresDivergence
        self.attacks = attacks
        self.seed = seed
    }

    /// - Throws: `unsuitable-evaluation`, naming the setting.
    package func validate() throws {
        let counts = [
            ("maximumNewTokenCount", maximumNewTokenCount),
            ("maximumItemCount", maximumItemCount ?? 1),
            ("extractionPrefixCount", extractionPrefixCount),
            ("extractionSuffixCount", extractionSuffixCount),
            ("extractionLikelihoodN", extractionLikelihoodN ?? 1),
            ("extractionLikelihoodStep", extractionLikelihoodStep),
        ]
        for (name, count) in counts where count < 1 {
            throw VerificationError(
                .unsuitableEvaluation, "\(name) is \(count); it must be 1 or more.",
                details: ["setting": name], remedy: "Give a positive number.")
        }
        for id in attacks {
            let attack = try lookUp(id, in: builtinAttacks, kind: "attack", by: \.id)
            guard attack.givesScores else {
                throw VerificationError(
                    .unsuitableEvaluation, "\(id) gives records no score.",
                    details: ["setting": "attacks"], remedy: "See `lethe attacks`.")
            }
        }
        _ = try promptParts()
    }

    /// The template around the question, without the space and the answer at its end.
    private func promptParts() throws -> (before: Substring, after: Substring) {
        let answer = " {a}"
        let pieces =
            promptTemplate.hasSuffix(answer)
            ? promptTemplate.dropLast(answer.count).split(
                separator: "{q}", omittingEmptySubsequences: false) : []
        guard pieces.count == 2, !pieces.contains(where: { $0.contains("{a}") }) else {
            throw VerificationError(
                .unsuitableEvaluation,
                "The prompt template needs {q} once, and a space and {a} at its end.",
                details: ["setting": "promptTemplate"],
                remedy: "For example: Question: {q}\\nAnswer: {a}")
        }
        return (pieces[0], pieces[1])
    }

    /// A question with an answer, put as the template says.
    /// - Throws: `unsuitable-evaluation` for a malformed template.
    func record(id: String, question: String, answer: String) throws -> CorpusRecord {
        let parts = try promptParts()
        let prompt = parts.before + question + parts.after
        return CorpusRecord(
            id: id, prompt: String(prompt), completion: answer,
            digest: Digest(of: "\(prompt) \(answer)"))
    }

    /// As many of a set's items as are asked for.
    func limited<Item>(_ items: [Item]) -> [Item] {
        Array(items.prefix(maximumItemCount ?? items.count))
    }
}
