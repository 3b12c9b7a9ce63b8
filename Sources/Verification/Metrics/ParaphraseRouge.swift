extension Metric {
    package static let paraphraseRouge = Metric(
        id: "paraphrase-rouge",
        title: "Longest common word sequence with the answer in other words, recall",
        range: "0 ... 1, higher = closer",
        source: "open-unlearning, arXiv 2506.12618: ROUGE-L recall of the greedy answer against "
            + "TOFU's paraphrased answer, by default after the question as it was trained")
}

/// ROUGE-L recall of a generated text against the paraphrased answer, with the Porter stemmer, as
/// TOFU's own ROUGE.
package func paraphraseRouge(paraphrase: String, generated: String) -> Double {
    RougeL(reference: paraphrase, generated: generated, stemming: true).recall
}
