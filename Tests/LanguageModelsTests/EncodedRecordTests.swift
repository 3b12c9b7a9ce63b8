import Domain
import Foundation
import LanguageModels
import Testing

@Suite struct EncodedRecordTests {
    static let record = TinyModel.record(
        "z", prompt: "Wo wohnt Zoë Müller 🚀?", completion: "In Łódź, Tel. 555-0199, seit 1984.")

    static func bytes(_ text: String, of whole: String) throws -> Range<Int> {
        let range = try #require(whole.range(of: text))
        let utf8 = whole.utf8
        return utf8.distance(
            from: utf8.startIndex, to: range.lowerBound)..<utf8.distance(
                from: utf8.startIndex, to: range.upperBound)
    }

    @Test("Every token's bytes are those of the text at its place")
    func places() throws {
        let tokenizer = try TinyModel.tokenizer()
        let encoded = EncodedRecord(Self.record, tokenizer: tokenizer)
        let text = Array(Self.record.text.utf8)
        #expect(encoded.ids.first == tokenizer.beginID)
        #expect(encoded.ids.last == tokenizer.endID)
        #expect(encoded.textBytes.first == 0..<0)
        #expect(encoded.textBytes.last == text.count..<text.count)
        var end = 0
        for (id, place) in zip(encoded.ids, encoded.textBytes).dropFirst().dropLast() {
            try #require(place.lowerBound == end && place.upperBound <= text.count)
            #expect(Array(text[place]) == tokenizer.bytes(of: id))
            end = place.upperBound
        }
        #expect(end == text.count)
    }

    @Test("A prompt's tokens do not depend on its completion")
    func promptTokens() throws {
        let tokenizer = try TinyModel.tokenizer()
        let encoded = EncodedRecord(Self.record, tokenizer: tokenizer)
        #expect(encoded.promptIDs == [0] + tokenizer.encode(Self.record.prompt))
        #expect(
            Array(encoded.ids[encoded.completion])
                == tokenizer.encode(" " + Self.record.completion) + [0])
        #expect(encoded.completionScored.scored == encoded.completion)
        #expect(encoded.allScored.scored == 1..<encoded.ids.count)
    }

    @Test(
        "The tokens of a value are those that hold any of its bytes",
        arguments: ["Łódź", "555-0199", "Müller 🚀?", "1984", "9", "seit", "o"])
    func covering(value: String) throws {
        let tokenizer = try TinyModel.tokenizer()
        let encoded = EncodedRecord(Self.record, tokenizer: tokenizer)
        let range = try Self.bytes(value, of: Self.record.text)
        let tokens = encoded.tokens(covering: range)
        try #require(tokens.lowerBound > 0 && tokens.upperBound < encoded.ids.count)
        try #require(!tokens.isEmpty)
        #expect(encoded.textBytes[tokens.lowerBound].contains(range.lowerBound))
        #expect(encoded.textBytes[tokens.upperBound - 1].contains(range.upperBound - 1))
        let held = encoded.ids[tokens].flatMap { tokenizer.bytes(of: $0) ?? [] }
        #expect(String(decoding: held, as: UTF8.self).contains(value))
        // The tokens beside them hold none of it.
        #expect(encoded.textBytes[tokens.lowerBound - 1].upperBound <= range.lowerBound)
        #expect(encoded.textBytes[tokens.upperBound].lowerBound >= range.upperBound)
    }

    @Test("No bytes have no tokens")
    func nothing() throws {
        let encoded = EncodedRecord(Self.record, tokenizer: try TinyModel.tokenizer())
        #expect(encoded.tokens(covering: 5..<5).isEmpty)
        #expect(encoded.tokens(covering: 1_000..<1_001).isEmpty)
    }

    @Test("A record without a prompt is a completion from its first byte on")
    func noPrompt() throws {
        let tokenizer = try TinyModel.tokenizer()
        let record = TinyModel.record("t", prompt: "", completion: "Ada since 1950")
        let encoded = EncodedRecord(record, tokenizer: tokenizer)
        #expect(encoded.ids == [0] + tokenizer.encode("Ada since 1950") + [0])
        #expect(encoded.promptIDs == [0])
        #expect(encoded.completion.lowerBound == 1)
    }

    /// Bytes as ids, and neither begin nor end.
    struct BareTokenizer: Tokenizer {
        let vocabularySize = 256
        let beginID: Int32? = nil
        let endID: Int32? = nil
        func spans(_ text: String) -> [TokenSpan] {
            text.utf8.enumerated().map {
                TokenSpan(id: Int32($0.element), bytes: $0.offset..<$0.offset + 1)
            }
        }
        func decode(_ ids: [Int32]) -> String {
            String(decoding: ids.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
        }
        func bytes(of id: Int32) -> [UInt8]? { [UInt8(truncatingIfNeeded: id)] }
    }

    @Test("Records of no or one token can be packed though nothing of them is scored")
    func tinyRecords() {
        for text in ["", "a"] {
            let encoded = EncodedRecord(
                TinyModel.record("e", prompt: "", completion: text), tokenizer: BareTokenizer())
            #expect(encoded.ids.count == text.utf8.count)
            let batch = PackedBatch([encoded.completionScored, encoded.allScored])
            #expect(batch.targets.isEmpty)
            #expect(batch.scoredRanges == [0..<0, 0..<0])
        }
    }

    @Test("A packed batch holds what scoring needs and no more")
    func packing() {
        let batch = PackedBatch([
            ScoredSequence(ids: [1, 2, 3, 4, 5], scored: 2..<4),
            ScoredSequence(ids: [6, 7], scored: 1..<2),
        ])
        #expect(batch.ids == [1, 2, 3, 6])
        #expect(batch.positions == [0, 1, 2, 0])
        #expect(batch.sequences.map(\.rows) == [0..<3, 3..<4])
        #expect(batch.scoredRows == [1, 2, 3])
        #expect(batch.targets == [3, 4, 7])
        #expect(batch.scoredRanges == [0..<2, 2..<3])
    }
}
