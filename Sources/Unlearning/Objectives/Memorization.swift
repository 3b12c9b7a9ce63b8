import LanguageModels

/// How much of token sequences a model reproduces, as stop rules of methods (Jang et al. 2022, arXiv
/// 2210.01504, equations 2 and 3). The verifier measures on its own.
package enum Memorization {
    /// Sequences of unseen text that thresholds are measured on.
    static let unseenLimit = 16

    /// MA: share of tokens that are the model's first choice, mean over sequences.
    package static func accuracy(_ model: some ScoringModel, _ sequences: [[Int32]]) throws
        -> Double
    {
        let scored = sequences.filter { $0.count > 1 }.map {
            ScoredSequence(ids: $0, scored: 1..<$0.count)
        }
        let shares = try model.score(scored).map { scores in
            Double(scores.count { $0.isGreedyChoice }) / Double(scores.count)
        }
        return shares.isEmpty ? 0 : shares.reduce(0, +) / Double(shares.count)
    }

    /// EL_n: for every beginning of a sequence, the share of n-grams of its greedy continuation that
    /// stand in the true one; mean over beginnings and sequences.
    package static func extractionLikelihood(
        _ model: some ScoringModel, _ sequences: [[Int32]], n: Int
    ) throws -> Double {
        var total = 0.0
        var count = 0
        for sequence in sequences where sequence.count > n {
            let cuts = 1...(sequence.count - n)
            let continuations = try model.generate(
                cuts.map { Array(sequence[..<$0]) }, maximumTokenCount: sequence.count - 1)
            let shares = zip(cuts, continuations).map { cut, continuation in
                overlap(
                    Array(continuation.prefix(sequence.count - cut)), Array(sequence[cut...]), n: n)
            }
            total += shares.reduce(0, +) / Double(shares.count)
            count += 1
        }
        return count == 0 ? 0 : total / Double(count)
    }

    /// Share of a's n-grams found in b; 0 if a has none.
    package static func overlap(_ a: [Int32], _ b: [Int32], n: Int) -> Double {
        func grams(_ tokens: [Int32]) -> [[Int32]] {
            tokens.count < n ? [] : (0...(tokens.count - n)).map { Array(tokens[$0..<$0 + n]) }
        }
        let found = Set(grams(b))
        let own = grams(a)
        return own.isEmpty ? 0 : Double(own.count { found.contains($0) }) / Double(own.count)
    }
}
