// Sample and rank (Carlini et al. 2021, arXiv 2012.07805, sections 4 and 5): texts are drawn from the
// 40 likeliest tokens at each place and ranked by perplexity and by the ratio of the log-perplexity to
// the size that zlib makes of the text. Deviations: half of the texts begin with the person's name, since
// one person is looked for; the verdict counts hits over all texts, of which an attacker would read the
// first in rank, and holds them against the twins' hits in the same texts; ranks are information.

import Domain
import LanguageModels
import TensorCore

/// A text that a model drew, with how remembered it looks.
struct DrawnText: Sendable {
    let text: String
    /// Mean negative log-likelihood, nats per token.
    let loss: Double
    /// The same by bytes of the compressed text.
    var lossByCompression: Double {
        loss / Double(max(1, zlibByteCount(of: text) ?? text.utf8.count))
    }
}

extension Gate {
    static let sampledTopK = 40

    /// Draws texts and looks for the person's values in them.
    func sampledReconstruction(
        _ subject: GateSubject, _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> CheckResult {
        let check = GateCheck.reconstructionSampled
        if let obstacle = subject.obstacle { return check.couldNotCheck(obstacle) }
        return try check.fromScores {
            let texts = try freeTexts(scorer) + namedTexts(subject, scorer)
            guard !texts.isEmpty else { return check.couldNotCheck("the model drew no text") }
            let extraction = Extraction(
                answers: texts.map { .init(kinds: subject.fields, texts: [$0.text]) })
            let hits = texts.map { drawn in
                subject.fields.contains { kind in
                    mentions(subject.person.values[kind] ?? "", kind, in: drawn.text)
                }
            }
            func bestRank(_ score: (DrawnText) -> Double) -> Double? {
                let order = texts.indices.sorted { a, b in
                    let (x, y) = (score(texts[a]), score(texts[b]))
                    return x != y ? x < y : a < b
                }
                return order.firstIndex { hits[$0] }.map { Double($0 + 1) }
            }
            return check.result([
                extraction.p(subject).measurement("p-reconstructed", share: budget.other),
                Measurement(
                    "hit-count", Double(hits.count { $0 }),
                    note: "of \(texts.count) texts that hold a value of the person"),
                Measurement(
                    "best-rank-perplexity", bestRank(\.loss), note: "of the texts that hold one"),
                Measurement(
                    "best-rank-zlib", bestRank(\.lossByCompression),
                    note: "of the texts that hold one"),
            ])
        }
    }

    /// Texts without a prompt; the same for every person.
    private func freeTexts(_ scorer: Scorer) throws -> [DrawnText] {
        if let known = findings.freeTexts { return known }
        guard let begin = scorer.model.tokenizer.beginID else { return [] }
        let texts = try drawn(after: [begin], stream: "free texts", scorer)
        findings.freeTexts = texts
        return texts
    }

    /// Texts that begin with the person's name, or with their records as far as no value is shown.
    private func namedTexts(_ subject: GateSubject, _ scorer: Scorer) throws -> [DrawnText] {
        let tokenizer = scorer.model.tokenizer
        let stream = "named texts \(subject.person.subject)"
        guard let name = subject.person.values[.name] else {
            let prompts = PromptForm.records.prompts(
                subject, fields: subject.fields, asksForNames: false, tokenizer: tokenizer)
            guard let shortest = prompts.min(by: { $0.ids.count < $1.ids.count }) else { return [] }
            return try drawn(after: shortest.ids, stream: stream, scorer)
        }
        let ids = [tokenizer.beginID].compactMap { $0 } + tokenizer.encode(name)
        return try drawn(after: ids, stream: stream, scorer)
    }

    private func drawn(
        after prompt: [Int32], stream: String, _ scorer: Scorer
    ) throws -> [DrawnText] {
        guard let required = policy.requiredChecks else { return [] }
        var generator = RandomNumbers(seed: seed, stream: "reconstruction \(stream)")
        let prompts = Array(repeating: prompt, count: max(1, required.sampleCount / 2))
        let samples = try scorer.samples(
            prompts, required.sampleTokenCount, topK: Self.sampledTopK, seed: generator.next())
        return zip(samples, try scorer.losses(of: samples, after: prompts)).compactMap {
            tokens, loss in
            loss.map { DrawnText(text: scorer.model.tokenizer.decode(tokens), loss: $0) }
        }
    }
}
