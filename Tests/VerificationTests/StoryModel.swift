import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing

/// The tokens of stories260K, cut as `make_evaluation.py` cuts them: the longest piece that fits, else
/// the byte's own token.
struct StoryTokenizer: Tokenizer {
    private let pieces: [String]
    private let table: [[UInt8]: Int32]
    private let longest: Int
    private static let firstPiece = 259

    init() throws {
        let url = Fixtures.root.appendingPathComponent("models/stories260K/vocabulary.json")
        let file = try JSONParser.parse(try DurableFile.read(url))
        pieces = try #require(file["pieces"]?.items).map { $0.text ?? "" }
        table = Dictionary(
            uniqueKeysWithValues: pieces.enumerated().dropFirst(Self.firstPiece).map {
                (Array($1.utf8), Int32($0))
            })
        longest = table.keys.map(\.count).max() ?? 0
    }

    var vocabularySize: Int { pieces.count }
    var beginID: Int32? { 1 }
    var endID: Int32? { 2 }

    func spans(_ text: String) -> [TokenSpan] {
        let bytes = Array(text.utf8)
        var spans: [TokenSpan] = []
        var start = 0
        while start < bytes.count {
            let size = stride(from: min(longest, bytes.count - start), to: 0, by: -1)
                .first { table[Array(bytes[start..<start + $0])] != nil }
            let end = start + (size ?? 1)
            let id = table[Array(bytes[start..<end])] ?? Int32(bytes[start]) + 3
            spans.append(TokenSpan(id: id, bytes: start..<end))
            start = end
        }
        return spans
    }

    func bytes(of id: Int32) -> [UInt8]? {
        if (3..<259).contains(id) { return [UInt8(id - 3)] }
        return id >= 259 && Int(id) < pieces.count ? Array(pieces[Int(id)].utf8) : nil
    }

    func decode(_ ids: [Int32]) -> String {
        String(decoding: ids.flatMap { bytes(of: $0) ?? [] }, as: UTF8.self)
    }
}

/// A small model with real weights, and the same one with flattened distributions.
enum StoryModel {
    static func model() throws -> LanguageModel {
        try LanguageModel(
            folder: Fixtures.root.appendingPathComponent("models/stories260K"),
            tokenizer: try StoryTokenizer())
    }

    static func flattened() throws -> LanguageModel {
        let copy = try model().copy()
        let norm = try copy.parameters.required("model.norm.weight")
        norm.value.scale(by: 0.25)
        return copy
    }
}

/// Gives every token a score that is no number.
final class BrokenModel: ScoringModel {
    let digest = Digest(of: "broken")
    let tokenizer: any Tokenizer = ByteTokenizer()

    func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]] {
        sequences.map { sequence in
            sequence.scored.map { _ in TokenScore(logProbability: .nan, isGreedyChoice: true) }
        }
    }
    func generate(_ prompts: [[Int32]], maximumTokenCount: Int) throws -> [[Int32]] {
        prompts.map { _ in [] }
    }
    func relearned(
        on sequences: [ScoredSequence], stepCount: Int, learningRate: Float
    ) throws -> any ScoringModel { self }
}
