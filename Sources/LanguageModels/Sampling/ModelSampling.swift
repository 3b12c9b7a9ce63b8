import Foundation
import TensorCore

extension LanguageModel: SamplingModel {
    package var maximumPositions: Int { architecture.maximumPositions }

    package func nextTokens(after prefixes: [[Int32]], count: Int) throws -> [[NextToken]] {
        try BeamSearch(predictors: [self]).nextTokens(after: prefixes, count: count)
    }

    package func beams(
        after prompts: [[Int32]], width: Int, maximumTokenCount: Int
    ) throws -> [[Beam]] {
        try BeamSearch(predictors: [self]).beams(
            after: prompts, width: width, maximumTokenCount: maximumTokenCount)
    }

    package func sample(
        after prompts: [[Int32]], maximumTokenCount: Int, topK: Int, seed: UInt64
    ) throws -> [[Int32]] {
        try generate(
            prompts, maximumTokenCount: maximumTokenCount,
            sampler: Sampler(temperature: 1, topK: topK, seed: seed))
    }
}

extension EnsembleModel: SamplingModel {
    package var maximumPositions: Int { members.map(\.maximumPositions).min() ?? 0 }

    package func nextTokens(after prefixes: [[Int32]], count: Int) throws -> [[NextToken]] {
        try BeamSearch(predictors: members).nextTokens(after: prefixes, count: count)
    }

    package func beams(
        after prompts: [[Int32]], width: Int, maximumTokenCount: Int
    ) throws -> [[Beam]] {
        try BeamSearch(predictors: members).beams(
            after: prompts, width: width, maximumTokenCount: maximumTokenCount)
    }

    package func sample(
        after prompts: [[Int32]], maximumTokenCount: Int, topK: Int, seed: UInt64
    ) throws -> [[Int32]] {
        try generate(
            prompts, maximumTokenCount: maximumTokenCount,
            sampler: Sampler(temperature: 1, topK: topK, seed: seed))
    }
}

/// Beam search with cached keys and values, by one model or by the mean distribution of several.
struct BeamSearch {
    /// 1 or more, of one vocabulary.
    let predictors: [LanguageModel]

    /// Rows in one step, which bounds the memory of the caches.
    private static let rowsPerStep = 64

    /// Reads logits as generation does; the sampler only says that probabilities are wanted.
    private var reader: Continuation {
        Continuation(
            predictors: predictors, maximumTokenCount: 1, sampler: Sampler(temperature: 1),
            stopAtEnd: true, onToken: { _, _ in })
    }

    func nextTokens(after prefixes: [[Int32]], count: Int) throws -> [[NextToken]] {
        var result: [[NextToken]] = []
        for start in stride(from: 0, to: prefixes.count, by: Self.rowsPerStep) {
            let group = Array(prefixes[start..<min(start + Self.rowsPerStep, prefixes.count)])
            let caches = try caches(for: group, newTokenCount: 0)
            result += try step(prompts(group), caches, count: count)
        }
        return result
    }

    func beams(
        after prompts: [[Int32]], width: Int, maximumTokenCount: Int
    ) throws -> [[Beam]] {
        var result: [[Beam]] = []
        let step = max(1, Self.rowsPerStep / max(1, width))
        for start in stride(from: 0, to: prompts.count, by: step) {
            result += try search(
                after: Array(prompts[start..<min(start + step, prompts.count)]), width: width,
                maximumTokenCount: maximumTokenCount)
        }
        return result
    }

    private func search(
        after prompts: [[Int32]], width: Int, maximumTokenCount: Int
    ) throws -> [[Beam]] {
        let endID = predictors.first?.tokenizer.endID
        var frontiers = prompts.map { _ in BeamFrontier(width: width, endID: endID) }
        guard maximumTokenCount > 0, !prompts.isEmpty else { return frontiers.map(\.beams) }
        let caches = try caches(for: prompts, newTokenCount: maximumTokenCount)
        var batch = self.prompts(prompts)
        // For each prompt that goes on, the caches' sequences of its open beams.
        var slots = prompts.indices.map { (prompt: $0, sequences: [$0]) }
        for written in 1...maximumTokenCount {
            let next = try step(batch, caches, count: width)
            batch = PackedBatch()
            var kept: [Int] = []
            var open: [(prompt: Int, sequences: [Int])] = []
            for (prompt, sequences) in slots {
                let before = frontiers[prompt].open
                let parents = frontiers[prompt].extend(by: sequences.map { next[$0] })
                let position = prompts[prompt].count + written - 1
                guard position < positionLimit, !parents.isEmpty else { continue }
                let first = kept.count
                for (index, parent) in zip(frontiers[prompt].open, parents) {
                    guard let place = before.firstIndex(of: parent) else { continue }
                    kept.append(sequences[place])
                    batch.appendRows(
                        frontiers[prompt].beams[index].tokens.suffix(1), from: position)
                }
                open.append((prompt, Array(first..<kept.count)))
            }
            if kept.isEmpty { break }
            for cache in caches.joined() { cache.keep(kept) }
            slots = open
        }
        return frontiers.map(\.beams)
    }

    private var positionLimit: Int {
        predictors.map(\.maximumPositions).min() ?? 0
    }

    private func prompts(_ prompts: [[Int32]]) -> PackedBatch {
        prompts.reduce(into: PackedBatch()) { $0.appendRows($1, from: 0) }
    }

    /// For each predictor one cache per layer, with room for the prompts and what is written.
    /// - Throws: `sequence-too-long` for a prompt without a token.
    private func caches(
        for prompts: [[Int32]], newTokenCount: Int
    ) throws -> [[KeyValueCache]] {
        guard prompts.allSatisfy({ !$0.isEmpty }) else {
            throw ModelError(
                .sequenceTooLong, "A prompt without any token cannot be continued.",
                remedy: "Give some text, or use a tokenizer with a begin token.")
        }
        let longest = prompts.map(\.count).max() ?? 0
        let capacity = max(longest, min(positionLimit, longest + newTokenCount))
        return predictors.map { model in
            (0..<model.architecture.layerCount).map { _ in
                KeyValueCache(
                    sequenceCount: prompts.count, capacity: capacity,
                    shape: model.architecture.attention)
            }
        }
    }

    /// The likeliest tokens after the last row of each of the batch's sequences.
    private func step(
        _ batch: PackedBatch, _ caches: [[KeyValueCache]], count: Int
    ) throws -> [[NextToken]] {
        let rows = batch.sequences.map { $0.rows.upperBound - 1 }
        let logits = try reader.logits(of: batch, caches: caches, rows: rows)
        return rows.indices.map { row in
            likeliest(
                count,
                of: UnsafeBufferPointer(
                    start: logits.pointer + row * logits.width, count: logits.width))
        }
    }
}

/// The tokens with the largest logits, with their log-probabilities; where the logits are no numbers,
/// these are none either.
func likeliest(_ count: Int, of logits: UnsafeBufferPointer<Float>) -> [NextToken] {
    var best: [Int] = []
    for index in logits.indices {
        guard best.count < count || logits[index] > logits[best[best.count - 1]] else { continue }
        if best.count == count { best.removeLast() }
        let place = best.firstIndex { logits[$0] < logits[index] } ?? best.count
        best.insert(index, at: place)
    }
    // Summed over all, so that one value that is no number shows in every answer.
    let top = best.first.map { Double(logits[$0]) } ?? 0
    let total = logits.reduce(0.0) { $0 + exp(Double($1) - top) }
    return best.map {
        NextToken(id: Int32($0), logProbability: Double(logits[$0]) - top - log(total))
    }
}
