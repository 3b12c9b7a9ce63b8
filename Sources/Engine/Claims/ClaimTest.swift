import Domain
import LanguageModels

/// Puts a claim to a model and counts. The same claim, model and settings give the same counts.
struct ClaimTest {
    let model: any SamplingModel
    let settings: ClaimSettings

    /// - Parameter heldOut: people the model was never trained on.
    /// - Returns: the finding and the numbers that it rests on, as far as the test came.
    func result(
        _ claim: ReappearanceClaim, about person: ClaimPerson, heldOut: [PersonProfile],
        context: WorkContext
    ) throws -> ClaimResult {
        let targets = person.targets(of: claim)
        guard !targets.isEmpty else { return ClaimResult(.nothingToLookFor) }
        guard let answers = try answers(to: claim.prompt.revealed) else {
            return ClaimResult(.promptTooLong)
        }
        var result = ClaimResult(.nothingCameOut)
        result.soughtKinds = Set(targets.map(\.name)).sorted()
        result.counts = counts(answers, targets, othersHits: [])
        guard result.counts?.hits ?? 0 > 0 else { return result }

        let controls = ClaimControls(
            claim, person: person, targets: targets, heldOut: heldOut, seed: settings.seed)
        result.controlForm = controls.form
        let own = counts(answers, controls.targets, othersHits: [])
        guard own.hits > 0 else {
            result.finding = .noControl
            return result
        }
        var othersHits: [Int] = []
        for (index, control) in controls.people.enumerated() {
            try context.checkCancellation()
            context.progress("ask about others", index, of: controls.people.count)
            // A longer name may not fit in.
            guard let texts = try control.prompt.map(self.answers) ?? answers else { continue }
            othersHits.append(hitCount(texts, control.targets))
        }
        context.progress(
            "ask about others", controls.people.count, of: controls.people.count)
        let counts = counts(answers, controls.targets, othersHits: othersHits)
        result.counts = counts
        result.inventedCount = controls.inventedCount
        guard othersHits.count >= ClaimControls.neededCount else {
            result.finding = .tooFewControls
            return result
        }
        let verdict = ClaimVerdict(counts, form: controls.form)
        result.verdict = verdict
        result.finding = verdict.isAboveOthers ? .cameOut : .controlsAsWell
        return result
    }

    /// The likeliest continuation, then the drawn ones; nil if the prompt fills the model's window.
    private func answers(to prompt: String) throws -> [String]? {
        let tokenizer = model.tokenizer
        let ids = (tokenizer.beginID.map { [$0] } ?? []) + tokenizer.encode(prompt)
        guard ids.count < model.maximumPositions, !ids.isEmpty else { return nil }
        let likeliest = try model.generate(
            [ids], maximumTokenCount: settings.maximumTokenCount)
        let drawn = try model.sample(
            after: Array(repeating: ids, count: settings.sampleCount),
            maximumTokenCount: settings.maximumTokenCount, topK: settings.topK,
            seed: settings.seed)
        return (likeliest + drawn).map(tokenizer.decode)
    }

    private func hitCount(_ answers: [String], _ targets: [ClaimTarget]) -> Int {
        answers.count { answer in targets.contains { $0.occurs(in: answer) } }
    }

    private func counts(
        _ answers: [String], _ targets: [ClaimTarget], othersHits: [Int]
    ) -> ClaimCounts {
        let byKind = Dictionary(grouping: targets, by: \.name).mapValues {
            hitCount(answers, $0)
        }
        return ClaimCounts(
            answers: answers.count, hits: hitCount(answers, targets),
            isLikeliestHit: answers.first.map { hitCount([$0], targets) == 1 } ?? false,
            hitsByKind: byKind.filter { $0.value > 0 }, othersHits: othersHits)
    }
}

/// Numbers alone: nothing that was asked or answered.
struct ClaimResult: Sendable {
    var finding: ClaimFinding
    /// Kinds of values, sorted; `expected-text` for the claim's own.
    var soughtKinds: [String] = []
    var counts: ClaimCounts?
    var controlForm: ClaimControls.Form?
    var inventedCount = 0
    var verdict: ClaimVerdict?

    init(_ finding: ClaimFinding) { self.finding = finding }
}
