import Domain
import Foundation
import TensorCore

/// A model of which whole next-token distributions can be had, not only the scored tokens'
/// log-probabilities: what divergences between models and some attacks need.
package protocol DistributionModel: ScoringModel {
    /// The model's distribution at each scored place of a sequence, given everything before it.
    ///
    /// All rows exist at once, 4 bytes for each of scored x vocabulary: a caller with long sequences
    /// scores them in pieces. The distribution agrees with `score`: the entry of a scored token is its
    /// `logProbability` up to float32 rounding.
    /// - Parameter sequence: as for `score`.
    /// - Returns: natural logarithms of probabilities, [scored, vocabulary]; -infinity for probability 0.
    /// - Throws: `sequence-too-long`, `vocabulary-mismatch`.
    func nextTokenLogProbabilities(of sequence: ScoredSequence) throws -> Tensor

    /// The log-probabilities of `score`, each with mean and variance of the log-probability over the
    /// vocabulary at its place; one pass gives all. Same shape as the request.
    func scoreDistributions(_ sequences: [ScoredSequence]) throws -> [[TargetDistribution]]

    /// For each scored place the `count` tokens the model expects most there, the likeliest first, of
    /// equal ones the smallest id; fewer if the vocabulary has no more.
    func likelyTokens(_ sequence: ScoredSequence, count: Int) throws -> [[Int32]]
}

/// From the whole distributions, for models that have no shorter way.
extension DistributionModel {
    package func scoreDistributions(
        _ sequences: [ScoredSequence]
    ) throws -> [[TargetDistribution]] {
        try sequences.map { sequence in
            let rows = try nextTokenLogProbabilities(of: sequence)
            return withExtendedLifetime(rows) {
                sequence.scored.enumerated().map { row, place in
                    let values = UnsafeBufferPointer(
                        start: rows.pointer + row * rows.width, count: rows.width)
                    return TargetDistribution(
                        logProbabilities: values, target: Int(sequence.ids[place]))
                }
            }
        }
    }

    package func likelyTokens(_ sequence: ScoredSequence, count: Int) throws -> [[Int32]] {
        guard !sequence.scored.isEmpty, count > 0 else { return sequence.scored.map { _ in [] } }
        let rows = try nextTokenLogProbabilities(of: sequence)
        return withExtendedLifetime(rows) {
            (0..<sequence.scored.count).map { index in
                largestIndices(
                    UnsafeBufferPointer(
                        start: rows.pointer + index * rows.width, count: rows.width),
                    count: count)
            }
        }
    }
}

extension TargetDistribution {
    /// - Parameter logProbabilities: natural logarithms over the vocabulary; -infinity for 0.
    fileprivate init(logProbabilities: UnsafeBufferPointer<Float>, target: Int) {
        var (mean, square) = (0.0, 0.0)
        for value in logProbabilities where value > -.infinity {
            let probability = exp(Double(value))
            mean += probability * Double(value)
            square += probability * Double(value) * Double(value)
        }
        self.init(
            logProbability: logProbabilities[target], meanLogProbability: Float(mean),
            logProbabilityVariance: Float(max(0, square - mean * mean)))
    }
}

extension LanguageModel: DistributionModel {
    package func nextTokenLogProbabilities(of sequence: ScoredSequence) throws -> Tensor {
        guard !sequence.scored.isEmpty else { return Tensor([0, architecture.vocabularySize]) }
        let batch = PackedBatch([sequence])
        let rows = try logits(of: batch, rows: batch.scoredRows)
        let probabilities = rows.copy()
        let sums = probabilities.softmaxRows()
        for (row, sum) in sums.enumerated() {
            let values = rows.pointer + row * rows.width
            for column in 0..<rows.width { values[column] -= sum }
        }
        return rows
    }

    package func scoreDistributions(
        _ sequences: [ScoredSequence]
    ) throws -> [[TargetDistribution]] {
        var result = sequences.map { _ in [TargetDistribution]() }
        let batches = SharedPrefixBatch.batches(
            sequences, tokenLimit: Self.tokensPerPass,
            shortestNode: SharedPrefixBatch.shortestNode(parameterCount: parameterCount))
        for part in batches where !part.batch.targets.isEmpty {
            let tape = Tape(recording: false)
            let distributions = tape.targetDistributions(
                hidden: try hiddenStates(of: part.batch, tape: tape),
                head: try parameters.required(architecture.headName), bias: try headBias(),
                rows: part.batch.scoredRows, targets: part.batch.targets)
            for (sequence, indices) in part.targets {
                result[sequence] = indices.map { distributions[$0] }
            }
        }
        return result
    }
}

extension EnsembleModel: DistributionModel {
    /// Logarithms of the mean of the members' distributions, added up in double precision.
    package func nextTokenLogProbabilities(of sequence: ScoredSequence) throws -> Tensor {
        let each = try members.map { try $0.nextTokenLogProbabilities(of: sequence) }
        let result = each[0]
        guard each.count > 1 else { return result }
        for index in 0..<result.count {
            var top = -Float.infinity
            for member in each { top = max(top, member.pointer[index]) }
            guard top.isFinite else { continue }
            var sum = 0.0
            for member in each { sum += exp(Double(member.pointer[index] - top)) }
            result.pointer[index] = top + Float(log(sum / Double(each.count)))
        }
        return result
    }
}

/// Places of the largest elements, the largest first.
private func largestIndices(_ row: UnsafeBufferPointer<Float>, count: Int) -> [Int32] {
    var best: [Int32] = []
    for (index, value) in row.enumerated() {
        if best.count == count, let last = best.last, !(value > row[Int(last)]) { continue }
        // An equal one that came before keeps its place.
        let place = best.firstIndex { value > row[Int($0)] } ?? best.endIndex
        best.insert(Int32(index), at: place)
        if best.count > count { best.removeLast() }
    }
    return best
}
