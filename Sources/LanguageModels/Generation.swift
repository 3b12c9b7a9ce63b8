import Domain
import Foundation
import TensorCore

/// How the next token is chosen.
package struct Sampler: Sendable {
    /// 0 takes the most likely token.
    package var temperature: Double
    /// Only the k most likely tokens; nil means all.
    package var topK: Int?
    /// Only the smallest set of likely tokens with this probability together, (0, 1]; nil means all.
    package var topP: Double?
    package var seed: UInt64

    package init(
        temperature: Double = 0, topK: Int? = nil, topP: Double? = nil, seed: UInt64 = 0
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.seed = seed
    }

    package static let greedy = Sampler()

    /// Chooses from one row of logits. Ties go to the smaller id, as in PyTorch's argmax.
    func choose(_ logits: UnsafeBufferPointer<Float>, random: inout RandomNumbers) -> Int32 {
        if temperature <= 0 {
            var best = 0
            for index in 1..<max(1, logits.count) where logits[index] > logits[best] {
                best = index
            }
            return Int32(best)
        }
        var order = Array(logits.indices)
        order.sort { (logits[$0], $1) > (logits[$1], $0) }
        if let topK { order = Array(order.prefix(max(1, topK))) }
        let top = Double(logits[order[0]])
        var weights = order.map { exp((Double(logits[$0]) - top) / temperature) }
        if let topP {
            let total = weights.reduce(0, +)
            var sum = 0.0
            let cut = weights.firstIndex {
                sum += $0
                return sum >= topP * total
            }
            weights = Array(weights.prefix((cut ?? weights.count - 1) + 1))
        }
        var point = random.uniform() * weights.reduce(0, +)
        for (index, weight) in weights.enumerated() {
            point -= weight
            if point < 0 { return Int32(order[index]) }
        }
        return Int32(order[weights.count - 1])
    }
}

extension LanguageModel {
    /// Continues each prompt until the end token, `maximumTokenCount` tokens or the longest position.
    ///
    /// Prompts run side by side with cached keys and values; each has a random stream of its own, so
    /// its text does not depend on the others.
    /// - Returns: new tokens only, without the end token.
    package func generate(
        _ prompts: [[Int32]], maximumTokenCount: Int, sampler: Sampler, stopAtEnd: Bool = true,
        onToken: (_ prompt: Int, _ token: Int32) -> Void = { _, _ in }
    ) throws -> [[Int32]] {
        try withoutActuallyEscaping(onToken) { report in
            try Continuation(
                predictors: [self], maximumTokenCount: maximumTokenCount, sampler: sampler,
                stopAtEnd: stopAtEnd, onToken: report
            ).texts(after: prompts)
        }
    }
}

/// Writes on after prompts with one model, or with several whose probabilities are averaged before
/// each choice.
struct Continuation {
    /// 1 or more, of one vocabulary.
    let predictors: [LanguageModel]
    let maximumTokenCount: Int
    let sampler: Sampler
    let stopAtEnd: Bool
    let onToken: (_ prompt: Int, _ token: Int32) -> Void

    func texts(after prompts: [[Int32]]) throws -> [[Int32]] {
        var result = prompts.map { _ in [Int32]() }
        guard maximumTokenCount > 0 else { return result }
        // At most 64 at a time bounds the memory of the caches.
        for start in stride(from: 0, to: prompts.count, by: 64) {
            let group = start..<min(prompts.count, start + 64)
            try write(after: prompts, group, &result)
        }
        return result
    }

    private func write(
        after prompts: [[Int32]], _ group: Range<Int>, _ result: inout [[Int32]]
    ) throws {
        guard group.allSatisfy({ !prompts[$0].isEmpty }) else {
            throw ModelError(
                .sequenceTooLong, "A prompt without any token cannot be continued.",
                remedy: "Give some text, or use a tokenizer with a begin token.")
        }
        let positions = predictors.map(\.architecture.maximumPositions).min() ?? 0
        let capacity = min(
            positions,
            (group.map { prompts[$0].count }.max() ?? 0) + min(maximumTokenCount, positions))
        let caches = predictors.map { model in
            (0..<model.architecture.layerCount).map { _ in
                KeyValueCache(
                    sequenceCount: group.count, capacity: capacity,
                    shape: model.architecture.attention)
            }
        }
        var active = Array(group)
        var randoms = active.map { RandomNumbers(seed: sampler.seed, stream: "prompt \($0)") }
        var batch = PackedBatch()
        for index in active { batch.appendRows(prompts[index], from: 0) }
        while true {
            let lastRows = batch.sequences.map { $0.rows.upperBound - 1 }
            let logits = try logits(of: batch, caches: caches, rows: lastRows)
            // Every cache has taken in the same rows.
            let lengths = caches.first?.first?.lengths ?? []
            var survivors: [Int] = []
            var next = PackedBatch()
            for (slot, index) in active.enumerated() {
                let row = UnsafeBufferPointer(
                    start: logits.pointer + slot * logits.width, count: logits.width)
                let token = sampler.choose(row, random: &randoms[slot])
                if stopAtEnd, token == predictors.first?.tokenizer.endID { continue }
                result[index].append(token)
                onToken(index, token)
                let position = lengths[slot]
                if result[index].count < maximumTokenCount, position < capacity {
                    survivors.append(slot)
                    next.appendRows([token], from: position)
                }
            }
            if survivors.isEmpty { return }
            if survivors.count < active.count {
                for cache in caches.joined() { cache.keep(survivors) }
                active = survivors.map { active[$0] }
                randoms = survivors.map { randoms[$0] }
            }
            batch = next
        }
    }

    /// One model's logits; of several, the mean probabilities, or their logarithms for sampling.
    func logits(
        of batch: PackedBatch, caches: [[KeyValueCache]], rows: [Int]
    ) throws -> Tensor {
        let each = try zip(predictors, caches).map {
            try $0.logits(of: batch, caches: $1, rows: rows)
        }
        if each.count == 1 { return each[0] }
        for logits in each { logits.softmaxRows() }
        let mean = EnsembleModel.mean(of: each)
        // A greedy choice compares the probabilities as scoring does, ties and all.
        if sampler.temperature > 0 {
            for index in 0..<mean.count { mean.pointer[index] = log(mean.pointer[index]) }
        }
        return mean
    }
}
