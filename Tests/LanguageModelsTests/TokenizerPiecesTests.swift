import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing

@Suite struct TokenizerPiecesTests {
    static let family = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#
    static let rest = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    static let llama3 = family + #"\p{N}{1,3}"# + rest
    static let qwen2 = family + #"\p{N}"# + rest
    static let known: [[String]] = [
        [PreTokenizer.byteLevelPattern], [llama3], [qwen2], [PreTokenizer.singleDigitPattern],
        [PreTokenizer.digitRunPattern],
        [PreTokenizer.singleDigitPattern, PreTokenizer.byteLevelPattern], [#"\p{N}"#, llama3],
    ]

    @Test("Pieces equal the tokenizers library's, by scanner and by regular expression")
    func libraryPieces() throws {
        let json = try JSONParser.parse(
            DurableFile.read(Fixtures.root.appendingPathComponent("tokenizers/pieces.json")))
        var count = 0
        for split in try #require(json["splits"]?.items) {
            let patterns = try #require(split["patterns"]?.items).compactMap(\.text)
            for usesScanners in [true, false] {
                let preTokenizer = try PreTokenizer(patterns: patterns, usesScanners: usesScanners)
                for item in try #require(split["cases"]?.items) {
                    let pieces = try #require(item["pieces"]?.items).map {
                        Array((($0.text) ?? "").utf8)
                    }
                    #expect(preTokenizer.pieces(try #require(item["text"]?.text)) == pieces)
                    count += 1
                }
            }
        }
        #expect(count == 2 * 7 * 150)
    }

    /// A small generator with fixed numbers on every platform (SplitMix64).
    struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static func randomTexts(_ count: Int, seed: UInt64) -> [String] {
        var numbers = Numbers(state: seed)
        let frequent = Array(
            "   \n\n\r\t\u{85}\u{b}\u{a0}\u{2028}'''sStTmMdDrReEvVlL\u{17f}019ab.!\u{2581}"
                .unicodeScalars)
        return (0..<count).map { _ in
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 1...30, using: &numbers) {
                let kind = Int.random(in: 0..<10, using: &numbers)
                // Two thirds in the Basic Multilingual Plane, the rest anywhere.
                let top: UInt32 = kind < 8 ? 0xFFFF : 0x10FFFF
                let value = UInt32.random(in: 0...top, using: &numbers)
                if kind > 3, let scalar = Unicode.Scalar(value) {
                    text.append(scalar)
                } else {
                    text.append(frequent[Int.random(in: 0..<frequent.count, using: &numbers)])
                }
            }
            return String(text)
        }
    }

    @Test("Scanners cut as the regular expressions they stand for", arguments: known)
    func scanners(patterns: [String]) throws {
        let scanner = try PreTokenizer(patterns: patterns)
        let expression = try PreTokenizer(patterns: patterns, usesScanners: false)
        var texts = try TokenizerTests.cases("llama3-style").1.map(\.text)
        texts += Self.randomTexts(2_000, seed: 7)
        for text in texts {
            let pieces = scanner.pieces(text)
            #expect(pieces == expression.pieces(text))
            #expect(pieces.joined().elementsEqual(text.utf8))
        }
    }
}
