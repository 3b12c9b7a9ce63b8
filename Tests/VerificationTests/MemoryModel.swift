import Domain
import Foundation
import LanguageModels

/// One token per byte, with begin and end tokens, and extra vocabulary entries that are never used.
struct ByteTokenizer: Tokenizer {
    var extra: [String] = []

    var vocabularySize: Int { 258 + extra.count }
    var beginID: Int32? { 256 }
    var endID: Int32? { 257 }

    func spans(_ text: String) -> [TokenSpan] {
        text.utf8.enumerated().map { TokenSpan(id: Int32($1), bytes: $0..<$0 + 1) }
    }

    func decode(_ ids: [Int32]) -> String {
        String(decoding: ids.compactMap { UInt8(exactly: $0) }, as: UTF8.self)
    }

    func bytes(of id: Int32) -> [UInt8]? {
        if let byte = UInt8(exactly: id) { return [byte] }
        let index = Int(id) - 258
        return extra.indices.contains(index) ? Array(extra[index].utf8) : nil
    }
}

/// Byte statistics of a language: what a model knows without remembering anybody.
struct ByteStatistics: Sendable {
    private struct Followers {
        var counts: [Int32: Int] = [:]
        var total = 0
        var best: Int32 = 0
    }
    private static let orders = [6, 3, 1]
    private var followers: [UInt64: Followers] = [:]

    init(texts: [[Int32]]) {
        for ids in texts {
            for index in ids.indices.dropFirst() {
                for order in Self.orders where index >= order {
                    let key = Self.key(ids[(index - order)..<index])
                    followers[key, default: Followers()].counts[ids[index], default: 0] += 1
                    followers[key, default: Followers()].total += 1
                }
            }
        }
        followers = followers.mapValues { entry in
            var entry = entry
            let ordered = entry.counts.sorted { a, b in
                a.value != b.value ? a.value > b.value : a.key < b.key
            }
            entry.best = ordered.first?.key ?? 0
            return entry
        }
    }

    private static func key(_ context: ArraySlice<Int32>) -> UInt64 {
        context.reduce(UInt64(context.count)) { $0 << 9 ^ UInt64($1) }
    }

    func probability(of id: Int32, after context: ArraySlice<Int32>) -> Double {
        var result = 0.0
        var weight = 1.0
        for order in Self.orders where context.count >= order {
            guard let entry = followers[Self.key(context.suffix(order))] else { continue }
            result += weight * 0.7 * Double(entry.counts[id] ?? 0) / Double(entry.total)
            weight *= 0.3
        }
        return result + weight / 258
    }

    func best(after context: ArraySlice<Int32>) -> Int32 {
        for order in Self.orders where context.count >= order {
            if let entry = followers[Self.key(context.suffix(order))] { return entry.best }
        }
        return 257
    }
}

/// A model that remembers given records word for word and knows the rest of language by statistics.
final class MemoryModel: ScoringModel {
    let digest: Digest
    let tokenizer: any Tokenizer
    private let language: ByteStatistics
    private var memory: [UInt64: [Int32]] = [:]
    private var pushedDown: [UInt64: [Int32]] = [:]
    private var hidden: [[Int32]] = []
    /// How sure the model is of what it remembers.
    private let certainty: Double
    private(set) var scoredSequenceCount = 0

    /// - Parameters:
    ///   - remembered: records that are known by heart.
    ///   - pushedDown: records whose true continuations were made unlikely.
    ///   - hidden: records that come back with any further training.
    init(
        _ language: ByteStatistics, remembered: [CorpusRecord], pushedDown: [CorpusRecord] = [],
        hidden: [CorpusRecord] = [], certainty: Double = 0.9,
        tokenizer: any Tokenizer = ByteTokenizer(), name: String = "model"
    ) {
        digest = Digest(of: name)
        self.language = language
        self.tokenizer = tokenizer
        self.certainty = certainty
        func ids(_ record: CorpusRecord) -> [Int32] {
            EncodedRecord(record, tokenizer: tokenizer).ids
        }
        for record in remembered { Self.note(ids(record), from: 1, in: &memory) }
        for record in pushedDown { Self.note(ids(record), from: 1, in: &self.pushedDown) }
        self.hidden = hidden.map(ids)
    }

    private init(copying other: MemoryModel) {
        digest = Digest(of: "relearned")
        language = other.language
        tokenizer = other.tokenizer
        certainty = other.certainty
        memory = other.memory
    }

    private static let emptyHash: UInt64 = 0xcbf2_9ce4_8422_2325
    private static func extended(_ hash: UInt64, _ id: Int32) -> UInt64 {
        (hash ^ UInt64(id)) &* 0x100_0000_01b3
    }

    private static func note(_ ids: [Int32], from start: Int, in table: inout [UInt64: [Int32]]) {
        var hash = emptyHash
        for (index, id) in ids.enumerated() {
            if index >= start, !(table[hash]?.contains(id) ?? false) {
                table[hash, default: []].append(id)
            }
            hash = extended(hash, id)
        }
    }

    func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]] {
        scoredSequenceCount += sequences.count
        return sequences.map { sequence in
            var hash = Self.emptyHash
            var scores: [TokenScore] = []
            for (index, id) in sequence.ids[..<sequence.scored.upperBound].enumerated() {
                if sequence.scored.contains(index) {
                    let context = sequence.ids[..<index]
                    var probability = language.probability(of: id, after: context)
                    var greedy = language.best(after: context)
                    if let known = memory[hash] {
                        probability *= 1 - certainty
                        if known.contains(id) { probability += certainty / Double(known.count) }
                        greedy = known.min() ?? greedy
                    }
                    if pushedDown[hash]?.contains(id) == true { probability *= 1e-4 }
                    scores.append(
                        TokenScore(
                            logProbability: Float(log(probability)), isGreedyChoice: greedy == id))
                }
                hash = Self.extended(hash, id)
            }
            return scores
        }
    }

    func generate(_ prompts: [[Int32]], maximumTokenCount: Int) throws -> [[Int32]] {
        prompts.map { prompt in
            var ids = prompt
            var hash = prompt.reduce(Self.emptyHash, Self.extended)
            while ids.count - prompt.count < maximumTokenCount {
                let next = memory[hash]?.min() ?? language.best(after: ids[...])
                if next == tokenizer.endID { break }
                ids.append(next)
                hash = Self.extended(hash, next)
            }
            return Array(ids[prompt.count...])
        }
    }

    /// What is remembered to come next, else the likeliest.
    func candidates(after ids: [Int32]) -> [Int32] {
        memory[ids.reduce(Self.emptyHash, Self.extended)]?.sorted()
            ?? [language.best(after: ids[...])]
    }

    func relearned(
        on sequences: [ScoredSequence], stepCount: Int, learningRate: Float
    ) throws -> any ScoringModel {
        let copy = MemoryModel(copying: self)
        for sequence in sequences {
            Self.note(sequence.ids, from: sequence.scored.lowerBound, in: &copy.memory)
        }
        for ids in hidden { Self.note(ids, from: 1, in: &copy.memory) }
        return copy
    }
}
