import Foundation
import LanguageModels

/// A `tokenizer.json`: read, a short text encoded with and without places, and decoded again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTokenizerFile(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let data = start.map { Data(bytes: $0, count: count) } ?? Data()
    guard let tokenizer = try? readTokenizer(file: data) else { return 0 }
    for text in [
        "The number 12's,  <s> <|end|>\r\n n\u{e4}h e\u{301} \u{4f60}\u{1f680}.", "\u{2581} \0",
    ] {
        let spans = tokenizer.spans(text)
        let ids = tokenizer.encode(text)
        precondition(spans.map(\.id) == ids)
        precondition(spans.isEmpty || spans.first?.bytes.lowerBound == 0)
        precondition(spans.isEmpty || spans.last?.bytes.upperBound == text.utf8.count)
        for (left, right) in zip(spans, spans.dropFirst()) {
            precondition(left.bytes.upperBound == right.bytes.lowerBound)
        }
        _ = tokenizer.decode(ids)
    }
    let ids = (-2..<Int32(clamping: min(tokenizer.vocabularySize, 2_000) + 2)).map { $0 }
    _ = tokenizer.decode(ids + [.min, .max])
    for id in ids { _ = tokenizer.bytes(of: id) }
    return 0
}
