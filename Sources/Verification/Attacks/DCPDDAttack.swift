import Foundation
import LanguageModels

// Zhang et al. 2024, arXiv 2409.14781 (DC-PDD), equations 4-7:
//   alpha_i = min(-p(x_i) log f(x_i), a),  f the smoothed frequency of the token in a corpus;
//   score = mean of alpha_i over the first occurrences of the tokens in the text.

extension Attack {
    /// Frequent tokens are expected by any model: the probability of each token is weighted by how
    /// rare it is, cut off, and averaged over the first occurrences.
    /// - Parameter bound: the cut, a; above 0. Default .01 as in the authors' code.
    package static func dcPDD(bound: Double = 0.01) -> Attack {
        Attack(
            id: "dc-pdd", title: "Are rare tokens of the person's text expected?",
            source: "Zhang et al. 2024, arXiv 2409.14781, a = .01; the end token is left out",
            needs: [.tokenFrequencies],
            sceneScores: { records, scene in
                guard let frequencies = scene.tokenFrequencies else {
                    return records.map { _ in nil }
                }
                let sequences = records.map(scene.answerWithoutEnd)
                let scores = try Scorer(scene.model, scene.context).score(sequences)
                return zip(sequences, scores).map { sequence, scores in
                    dcPDDScore(
                        ids: Array(sequence.ids[sequence.scored]),
                        logProbabilities: scores.map { Double($0.logProbability) },
                        frequencies: frequencies, bound: bound)
                }
            })
    }
}

/// The score of one answer; nil for no token.
/// - Parameters: ids and logProbabilities belong together, one for each token.
package func dcPDDScore(
    ids: [Int32], logProbabilities: [Double], frequencies: TokenFrequencies, bound: Double
) -> Double? {
    // The cut would hide a number that is none.
    guard logProbabilities.allSatisfy(\.isFinite) else { return .nan }
    var seen: Set<Int32> = []
    var sum = 0.0
    for (id, logProbability) in zip(ids, logProbabilities) where seen.insert(id).inserted {
        sum += min(-exp(logProbability) * frequencies.logFrequency(of: id), bound)
    }
    return seen.isEmpty ? nil : sum / Double(seen.count)
}
