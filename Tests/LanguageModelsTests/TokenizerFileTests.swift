import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing

@Suite struct TokenizerFileTests {
    /// Reads a file and uses what it describes, as the fuzzer does.
    static func exercise(_ data: Data) throws {
        let tokenizer = try readTokenizer(file: data)
        for text in ["The number 12's,  <s>\r\n näh e\u{301} 你🚀.", "\u{2581} \0", ""] {
            let spans = tokenizer.spans(text)
            #expect(spans.map(\.id) == tokenizer.encode(text))
            #expect(spans.isEmpty || spans.last?.bytes.upperBound == text.utf8.count)
            _ = tokenizer.decode(spans.map(\.id) + [.min, .max, -1])
        }
        for id in Int32(-1)...Int32(tokenizer.vocabularySize) { _ = tokenizer.bytes(of: id) }
    }

    @Test("The small tokenizers that fuzzing starts from are read, and give text back")
    func seeds() throws {
        let files = try Fixtures.files(in: "tokenizers/seeds", extension: "json")
        #expect(files.count == 6)
        for file in files {
            let data = try DurableFile.read(file)
            try Self.exercise(data)
            let tokenizer = try readTokenizer(file: data)
            let text = "One plain line, in 1987."
            #expect(tokenizer.decode(tokenizer.encode(text)) == text)
        }
    }

    @Test("Files that once made the reader fail end in an error or a tokenizer")
    func hostileFiles() throws {
        let files = try Fixtures.files(in: "tokenizers/hostile", extension: "json")
        #expect(!files.isEmpty)
        for file in files {
            do { try Self.exercise(DurableFile.read(file)) } catch let error as ModelError {
                #expect(error.code == .malformedTokenizer)
            }
        }
    }

    @Test("A file cut short is refused wherever it ends")
    func truncated() throws {
        let file = Fixtures.root.appendingPathComponent("tokenizers/seeds/llama2-style.json")
        let data = try DurableFile.read(file)
        for count in stride(from: 0, to: data.count, by: 11) {
            let error = #expect(throws: ModelError.self) {
                try readTokenizer(file: data.prefix(count))
            }
            #expect(error?.code == .malformedTokenizer)
        }
    }

    struct Malformed: Sendable, CustomTestStringConvertible {
        /// Members of the model, and of the document beside it.
        var model = #""vocab": {"a": 0}, "merges": []"#
        var members = ""
        let reason: String

        var testDescription: String { reason }
        var file: Data {
            Data("{\"model\": {\(model)}\(members.isEmpty ? "" : ", " + members)}".utf8)
        }
    }

    static let malformed = [
        Malformed(model: #""merges": []"#, reason: "no vocabulary"),
        Malformed(model: #""vocab": {"a": 0}"#, reason: "no merges"),
        Malformed(model: #""type": "Unigram", "vocab": []"#, reason: "its model is Unigram"),
        Malformed(model: #""vocab": {"a": 3999999}, "merges": []"#, reason: "no valid id"),
        Malformed(model: #""vocab": {"a": 9223372036854775807}"#, reason: "no valid id"),
        Malformed(model: #""vocab": {"a": 99999999999999999999}"#, reason: "no valid id"),
        Malformed(model: #""vocab": {"a": -1}, "merges": []"#, reason: "no valid id"),
        Malformed(model: #""vocab": {"a": 0, "b": 0}"#, reason: "two entries have id 0"),
        Malformed(model: #""vocab": {"a": 0}, "merges": ["a a"]"#, reason: "not in the vocabulary"),
        Malformed(model: #""vocab": {"a": 0}, "merges": ["a"]"#, reason: "not a pair"),
        Malformed(
            model: #""vocab": {"a": 0}, "merges": [], "end_of_word_suffix": "</w>""#,
            reason: "end_of_word_suffix"),
        Malformed(
            model: #""vocab": {"a": 0}, "merges": [], "dropout": 0.1"#, reason: "at random"),
        Malformed(
            model: #""vocab": {"a": 0}, "merges": [], "byte_fallback": true"#,
            members: #""pre_tokenizer": {"type": "ByteLevel"}"#, reason: "lacks bytes"),
        Malformed(
            members: #""added_tokens": [{"id": -1, "content": "b"}]"#, reason: "no valid id"),
        Malformed(
            members: #""added_tokens": [{"id": 3999999, "content": "b"}]"#, reason: "no valid id"),
        Malformed(
            members: #""added_tokens": [{"id": 1, "content": ""}]"#, reason: "lacks id or content"),
        Malformed(members: #""normalizer": {"type": "Lowercase"}"#, reason: "Lowercase"),
        Malformed(
            members:
                #""normalizer": {"type": "Replace", "pattern": {"String": ""}, "content": "x"}"#,
            reason: "empty text"),
        Malformed(members: #""pre_tokenizer": {"type": "Whitespace"}"#, reason: "Whitespace"),
        Malformed(
            members: #""pre_tokenizer": {"type": "Split", "pattern": {"Regex": "("}, "#
                + #""behavior": "Isolated"}"#, reason: "regular expression"),
        Malformed(members: #""decoder": {"type": "CTC"}"#, reason: "CTC"),
    ]

    @Test("What cannot be used is refused with its reason", arguments: malformed)
    func refusals(_ malformed: Malformed) {
        let error = #expect(throws: ModelError.self) { try readTokenizer(file: malformed.file) }
        #expect(error?.code == .malformedTokenizer)
        #expect(error?.message.contains(malformed.reason) == true, "\(error?.message ?? "")")
    }

    @Test("Replacements that feed one another cannot fill the memory")
    func growth() {
        let steps = (0..<60).map { _ in
            #"{"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaaaaaaaaa"}"#
        }.joined(separator: ",")
        let model = #""model": {"vocab": {"a": 0}, "merges": []}"#
        for part in ["normalizer", "decoder"] {
            let file =
                #"{"\#(part)": {"type": "Sequence", "\#(part)s": [\#(steps)]}, \#(model)}"#
            let error = #expect(throws: ModelError.self) {
                try readTokenizer(file: Data(file.utf8))
            }
            #expect(error?.message.contains("more than") == true)
        }
    }

    @Test("Characters without token become the unknown token, which covers them in the text")
    func unknownCharacters() throws {
        // Expected: tokenizers 0.23.3 with this file.
        let file = Data(
            #"""
            {"model": {"type": "BPE", "vocab": {"<unk>": 0, "a": 1, "b": 2, "ab": 3}, "merges": ["a b"],
             "unk_token": "<unk>", "fuse_unk": true}, "added_tokens": [], "normalizer": null,
             "pre_tokenizer": null, "decoder": null}
            """#.utf8)
        let tokenizer = try readTokenizer(file: file)
        #expect(tokenizer.encode("ab你éab") == [3, 0, 3])
        #expect(tokenizer.spans("ab你éab").map(\.bytes) == [0..<2, 2..<7, 7..<9])
        #expect(tokenizer.decode([3, 0, 1]) == "ab <unk> a")
    }
}
