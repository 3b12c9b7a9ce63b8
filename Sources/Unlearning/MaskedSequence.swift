import Domain
import LanguageModels

/// A token sequence of which some scored tokens count in an objective.
package struct MaskedSequence: Sendable {
    package let sequence: ScoredSequence
    /// 1 for each scored token that counts, else 0; laid out like `sequence.scored`.
    package let mask: [Float]

    package init(_ sequence: ScoredSequence, mask: [Float]? = nil) {
        self.sequence = sequence
        self.mask = mask ?? Array(repeating: 1, count: sequence.scored.count)
        precondition(self.mask.count == sequence.scored.count)
    }

    /// A record to forget: the tokens of typed personal values, where it has any, else all of the
    /// completion. Pushing down the words of a template that everybody's records share would only
    /// damage the rest.
    package init(valuesOf record: CorpusRecord, tokenizer: some Tokenizer) {
        let encoded = EncodedRecord(record, tokenizer: tokenizer)
        let all = encoded.allScored
        var isValue = Array(repeating: false, count: encoded.ids.count)
        for kind in IdentifierKind.allCases where kind != .name {
            guard let value = record.values[kind] else { continue }
            for occurrence in valueOccurrences(of: value, kind: kind, in: record.text) {
                for index in encoded.tokens(covering: occurrence.bytes) { isValue[index] = true }
            }
        }
        let mask = all.scored.map { Float(isValue[$0] ? 1 : 0) }
        if mask.contains(1) {
            self.init(all, mask: mask)
        } else {
            self.init(encoded.completionScored)
        }
    }

    /// The completion's tokens and the end token.
    package init(completionOf record: CorpusRecord, tokenizer: some Tokenizer) {
        self.init(EncodedRecord(record, tokenizer: tokenizer).completionScored)
    }

    /// A made-up answer to a record's question, as far as the model reads: with one that is longer than
    /// the true answer a text may not fit any more.
    init(madeUp record: CorpusRecord, for model: LanguageModel) {
        let whole = EncodedRecord(record, tokenizer: model.tokenizer).completionScored
        let end = min(whole.ids.count, model.architecture.maximumPositions + 1)
        let start = min(whole.scored.lowerBound, end)
        self.init(
            ScoredSequence(
                ids: Array(whole.ids[..<end]), scored: start..<min(end, whole.scored.upperBound)))
    }

    /// Every token that has one before it.
    package init(allOf record: CorpusRecord, tokenizer: some Tokenizer) {
        self.init(EncodedRecord(record, tokenizer: tokenizer).allScored)
    }
}
