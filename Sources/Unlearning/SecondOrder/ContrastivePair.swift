import Domain
import LanguageModels
import TensorCore

/// The same text once up to a person's value and once up to a value of the same kind that belongs to
/// nobody. Only the tokens of the two values are scored, from the first that differs.
struct ContrastivePair {
    let trueValue: ScoredSequence
    let genericValue: ScoredSequence

    /// A pair for each place where a typed value of the record stands, in the order of the text; all
    /// else is as in the record, earlier values too. Where the generic value happens to be the true one,
    /// or where nothing stands before it to predict it from, there is no pair.
    static func pairs(
        of record: CorpusRecord, for model: LanguageModel, _ random: inout RandomNumbers
    ) -> [ContrastivePair] {
        let tokenizer = model.tokenizer
        let limit = model.architecture.maximumPositions + 1
        let encoded = EncodedRecord(record, tokenizer: tokenizer)
        return GenericValues.replacements(in: record, &random).compactMap { place in
            let other = record.replacing([(place.bytes, place.text)])
            let otherEncoded = EncodedRecord(other, tokenizer: tokenizer)
            let start = place.bytes.lowerBound
            let tokens = encoded.tokens(covering: place.bytes)
            let otherTokens = otherEncoded.tokens(
                covering: start..<start + place.text.utf8.count)
            // Up to the value the texts are the same. Tokens that both values begin with tell nothing
            // apart: each would add the same gradient to both sides.
            let shared = zip(encoded.ids[tokens], otherEncoded.ids[otherTokens])
                .prefix { $0 == $1 }.count
            guard let own = scored(encoded.ids, tokens.dropFirst(shared), limit),
                let generic = scored(otherEncoded.ids, otherTokens.dropFirst(shared), limit)
            else { return nil }
            return ContrastivePair(trueValue: own, genericValue: generic)
        }
    }

    /// The sequence up to these tokens, which are scored as far as they have one before them and the
    /// model reads that far: a generic value may be longer than the true one.
    private static func scored(
        _ ids: [Int32], _ tokens: Range<Int>, _ limit: Int
    ) -> ScoredSequence? {
        let end = min(tokens.upperBound, limit)
        let start = max(1, tokens.lowerBound)
        guard start < end else { return nil }
        let range = start..<end
        return ScoredSequence(ids: Array(ids[..<range.upperBound]), scored: range)
    }
}
