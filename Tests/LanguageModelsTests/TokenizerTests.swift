import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing

@Suite struct TokenizerTests {
    struct Case {
        let text: String
        let ids: [Int32]
        let decoded: String
    }

    static func cases(_ name: String) throws -> (any Tokenizer, [Case]) {
        let folder = Fixtures.root.appendingPathComponent("tokenizers/\(name)")
        let tokenizer = try readTokenizer(
            file: DurableFile.read(folder.appendingPathComponent("tokenizer.json")))
        let json = try JSONParser.parse(
            DurableFile.read(folder.appendingPathComponent("cases.json")))
        let cases = try #require(json["cases"]?.items).map { item in
            Case(
                text: try #require(item["text"]?.text),
                ids: try #require(item["ids"]?.items).compactMap { $0.integer.map(Int32.init) },
                decoded: try #require(item["decoded"]?.text))
        }
        return (tokenizer, cases)
    }

    @Test(
        "Ids and decoded text equal the tokenizers library's",
        arguments: [
            "gpt2", "smollm2", "llama2-style", "llama3-style", "qwen2-style", "tofu-bytelevel-2048",
        ])
    func golden(name: String) throws {
        let (tokenizer, cases) = try Self.cases(name)
        #expect(cases.count == 247)
        for item in cases {
            let spans = tokenizer.spans(item.text)
            #expect(spans.map(\.id) == item.ids)
            #expect(tokenizer.encode(item.text) == item.ids)
            #expect(tokenizer.decode(item.ids).utf8.elementsEqual(item.decoded.utf8))
            // The spans cover the text without gaps, also where bytes have no token.
            var end = 0
            for span in spans {
                #expect(span.bytes.lowerBound == end)
                end = span.bytes.upperBound
            }
            #expect(spans.isEmpty || end == item.text.utf8.count)
        }
    }

    @Test("A trained tokenizer has the size asked for and gives every text back")
    func training() throws {
        let texts = (0..<200).map {
            "Person number \($0) lives at \($0 * 37) West Street, naïve café."
        }
        let tokenizer = try TokenizerTraining.train(
            on: texts, vocabularySize: 290, splitDigits: true)
        #expect(tokenizer.vocabularySize == 290)
        for text in texts + ["Ünïcödé 你好 🚀 12345"] {
            #expect(tokenizer.decode(tokenizer.encode(text)) == text)
        }
        for id in 0..<290 {
            let digits = (tokenizer.bytes(of: Int32(id)) ?? []).filter { (48...57).contains($0) }
            #expect(digits.count <= 1, "no token holds two digits")
        }
        let again = try TokenizerTraining.train(
            on: texts, vocabularySize: 290, splitDigits: true)
        #expect(again.file == tokenizer.file)
    }

    @Test("Training finds the merges of a worked example")
    func workedExample() throws {
        // Counts: (l,o) 5, (o,w) 5, (w,e) 2, ... ; lo comes first (smaller ids), then low.
        let tokenizer = try TokenizerTraining.train(
            on: ["low", "low", "low", "lower", "lower"], vocabularySize: 259, splitDigits: false)
        #expect(tokenizer.bytes(of: 257) == Array("lo".utf8))
        #expect(tokenizer.bytes(of: 258) == Array("low".utf8))
        #expect(tokenizer.encode("low") == [258])
    }

    @Test("A tokenizer of another kind is refused by name")
    func refusals() {
        let error = #expect(throws: ModelError.self) {
            try readTokenizer(
                file: Data(#"{"model": {"type": "Unigram", "vocab": []}}"#.utf8))
        }
        #expect(error?.code == .malformedTokenizer)
        #expect(error?.message.contains("Unigram") == true)
    }
}
