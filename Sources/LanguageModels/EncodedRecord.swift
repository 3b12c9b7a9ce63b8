import Domain

/// A record as a model reads it: `[begin] prompt, " " + completion [end]`.
///
/// Prompt and completion are encoded separately, so that a prompt's tokens do not depend on what
/// follows, and a generated answer starts where a trained one does.
package struct EncodedRecord: Sendable {
    package let ids: [Int32]
    /// Where the completion's tokens (and the end token) stand in `ids`.
    package let completion: Range<Int>
    /// For each token, the bytes of `CorpusRecord.text` it covers; empty for begin and end.
    package let textBytes: [Range<Int>]

    package init(_ record: CorpusRecord, tokenizer: some Tokenizer) {
        var ids: [Int32] = []
        var textBytes: [Range<Int>] = []
        func append(_ text: String, at offset: Int) {
            for span in tokenizer.spans(text) {
                ids.append(span.id)
                textBytes.append(span.bytes.lowerBound + offset..<span.bytes.upperBound + offset)
            }
        }
        func appendSpecial(_ id: Int32?, at offset: Int) {
            guard let id else { return }
            ids.append(id)
            textBytes.append(offset..<offset)
        }
        appendSpecial(tokenizer.beginID, at: 0)
        append(record.prompt, at: 0)
        let start = ids.count
        let promptBytes = record.prompt.utf8.count
        append(record.prompt.isEmpty ? record.completion : " " + record.completion, at: promptBytes)
        appendSpecial(tokenizer.endID, at: record.text.utf8.count)
        self.ids = ids
        self.textBytes = textBytes
        completion = start..<ids.count
    }

    /// The prompt's tokens, from which an answer is generated.
    package var promptIDs: [Int32] { Array(ids[..<completion.lowerBound]) }

    /// Every token that has one before it.
    package var allScored: ScoredSequence {
        ScoredSequence(ids: ids, scored: min(1, ids.count)..<ids.count)
    }

    /// The completion's tokens only, as far as they have one before them.
    package var completionScored: ScoredSequence {
        let end = ids.count
        return ScoredSequence(ids: ids, scored: min(end, max(1, completion.lowerBound))..<end)
    }

    /// Indices of the tokens that touch these bytes of the record's text.
    package func tokens(covering bytes: Range<Int>) -> Range<Int> {
        let touched = textBytes.indices.filter {
            textBytes[$0].lowerBound < bytes.upperBound
                && textBytes[$0].upperBound > bytes.lowerBound
        }
        guard let first = touched.first, let last = touched.last else { return 0..<0 }
        return first..<last + 1
    }
}
