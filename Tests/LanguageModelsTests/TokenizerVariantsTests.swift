import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing

@Suite struct TokenizerVariantsTests {
    static func read(_ name: String) throws -> Data {
        try DurableFile.read(Fixtures.root.appendingPathComponent("tokenizers/\(name)"))
    }

    /// The document with other values for some members.
    static func replacing(_ changes: JSONValue, in document: JSONValue) -> JSONValue {
        .object((document.members ?? []).map { .init($0.key, changes[$0.key] ?? $0.value) })
    }

    @Test("Spellings of newer and rarer files give the tokenizers library's ids and text")
    func variants() throws {
        let json = try JSONParser.parse(Self.read("variants.json"))
        let variants = try #require(json["variants"]?.items)
        #expect(variants.count == 10)
        for variant in variants {
            let name = try #require(variant["name"]?.text)
            let base = try JSONParser.parse(
                Self.read("\(try #require(variant["base"]?.text))/tokenizer.json"))
            let document = Self.replacing(try #require(variant["changes"]), in: base)
            let tokenizer = try readTokenizer(file: document.serialized())
            for item in try #require(variant["cases"]?.items) {
                let text = try #require(item["text"]?.text)
                let ids = try #require(item["ids"]?.items).compactMap { $0.integer.map(Int32.init) }
                #expect(tokenizer.encode(text) == ids, "\(name): \(text.debugDescription)")
                #expect(
                    tokenizer.decode(ids).utf8.elementsEqual(
                        try #require(item["decoded"]?.text).utf8), "\(name): \(ids)")
                let spans = tokenizer.spans(text)
                #expect(spans.map(\.id) == ids)
                #expect(
                    zip(spans, spans.dropFirst()).allSatisfy {
                        $0.bytes.upperBound == $1.bytes.lowerBound
                    })
                #expect(spans.isEmpty || spans.first?.bytes.lowerBound == 0)
                #expect(spans.isEmpty || spans.last?.bytes.upperBound == text.utf8.count)
            }
        }
    }

    @Test("With byte fallback a token's place is that of its characters in the original text")
    func places() throws {
        let tokenizer = try TokenizerTests.cases("llama2-style").0
        let text = "The  café 你<s> of"
        let bytes = Array(text.utf8)
        for span in tokenizer.spans(text) where span.id != 1 {
            let held = try #require(tokenizer.bytes(of: span.id))
            // A space before the text is held by the first token and by the one after <s>.
            let place = Array(bytes[span.bytes])
            #expect(place == held || [0x20] + place == held)
        }
        #expect(tokenizer.bytes(of: 1) == nil, "a special token stands for no bytes")
        #expect(tokenizer.bytes(of: 3 + 0xC3) == [0xC3], "a byte token stands for its byte")
    }

    @Test("A piece of 100 000 equal letters is encoded in far less than quadratic time")
    func longPieces() throws {
        for name in ["gpt2", "llama2-style"] {
            let tokenizer = try TokenizerTests.cases(name).0
            for letters in ["x", "ab", "é"] {
                let text = String(repeating: letters, count: 100_000)
                var ids: [Int32] = []
                let duration = ContinuousClock().measure { ids = tokenizer.encode(text) }
                #expect(tokenizer.decode(ids) == text)
                // Takes about 0.1 s; quadratic merging takes minutes.
                #expect(duration < .seconds(10))
            }
        }
    }

    @Test("Merging by heap equals merging by search")
    func heap() throws {
        let tokenizer = try TokenizerTests.cases("gpt2").0
        let text = "internationalizationofabracadabra"
        let naive = try NaiveMerging(TokenizerVariantsTests.read("gpt2/tokenizer.json"))
        for count in [1, 2, 3, 10] {
            let long = String(repeating: text, count: count)
            #expect(tokenizer.encode(long) == naive.encode(long))
        }
    }

    @Test("Threads that encode at the same time get the same ids")
    func threads() async throws {
        let (tokenizer, cases) = try TokenizerTests.cases("smollm2")
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    cases.count(where: { tokenizer.encode($0.text) != $0.ids })
                }
            }
            for await wrong in group { #expect(wrong == 0) }
        }
    }

    @Test("Merges of a SentencePiece vocabulary come in the order of its scores")
    func scores() {
        // Expected: what generate_merges of Hugging Face transformers does with these.
        let tokens = ["a", "b", "c", "ab", "bc", "abc"]
        let merges = TokenizerFile.merges(tokens: tokens, scores: [0, 0, 0, -2, -1, -3])
        #expect(merges == ["b c", "a b", "ab c", "a bc"])
    }

    @Test("A tokenizer.json built from parts reads back as the tokenizer it describes")
    func writing() throws {
        let bytes = (0..<256).map { "<0x\(hexadecimalText([UInt8($0)]).uppercased())>" }
        let tokens = ["<unk>", "<s>", "</s>"] + bytes + ["\u{2581}", "h", "i", "hi", "\u{2581}hi"]
        let file = TokenizerFile.byteFallbackJSON(
            tokens: tokens, merges: ["h i", "\u{2581} hi"],
            specials: [
                SpecialToken(content: "<unk>", id: 0), SpecialToken(content: "<s>", id: 1),
                SpecialToken(content: "</s>", id: 2),
            ], unknown: "<unk>")
        let tokenizer = try readTokenizer(file: file)
        #expect(tokenizer.encode("hi  hi<s>é") == [263, 259, 263, 1, 259, 3 + 0xC3, 3 + 0xA9])
        #expect(tokenizer.decode([263, 263, 3 + 0xC3, 3 + 0xA9]) == "hi hié")
        #expect(tokenizer.decode([3 + 0xC3, 263]) == "\u{FFFD} hi")
        #expect(tokenizer.beginID == 1)
        #expect(tokenizer.endID == 2)
    }
}

/// Byte-pair merging as its definition says, for one piece of ASCII letters.
private struct NaiveMerging {
    var ids: [String: Int32] = [:]
    var ranks: [String: Int] = [:]

    init(_ file: Data) throws {
        let model = try #require(JSONParser.parse(file)["model"])
        for member in model["vocab"]?.members ?? [] {
            ids[member.key] = member.value.integer.map(Int32.init)
        }
        for (rank, item) in (model["merges"]?.items ?? []).enumerated() {
            ranks[item.text ?? (item.items ?? []).compactMap(\.text).joined(separator: " ")] = rank
        }
    }

    func encode(_ piece: String) -> [Int32] {
        var parts = piece.map { String($0) }
        while let best = parts.indices.dropLast().min(by: { rank(parts, $0) < rank(parts, $1) }),
            rank(parts, best) < .max
        {
            parts.replaceSubrange(best...best + 1, with: [parts[best] + parts[best + 1]])
        }
        return parts.compactMap { ids[$0] }
    }

    private func rank(_ parts: [String], _ index: Int) -> Int {
        ranks[parts[index] + " " + parts[index + 1]] ?? .max
    }
}
