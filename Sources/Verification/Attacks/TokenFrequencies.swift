import Domain
import Foundation
import LanguageModels

/// How often each token occurs in a corpus, for calibrating what a model expects anyway.
package struct TokenFrequencies: Sendable, Equatable {
    package let vocabularySize: Int
    /// Tokens counted, special ones left out.
    package let tokenCount: Int
    private let counts: [Int32: Int]

    /// - Parameter texts: of the kind of the training, without the records under attack.
    package init(texts: some Sequence<String>, tokenizer: any Tokenizer) {
        var counts: [Int32: Int] = [:]
        for text in texts {
            for id in tokenizer.encode(text) { counts[id, default: 0] += 1 }
        }
        self.init(counts: counts, vocabularySize: tokenizer.vocabularySize)
    }

    /// - Parameter counts: by token id; tokens that do not occur may be left out.
    package init(counts: [Int32: Int], vocabularySize: Int) {
        self.counts = counts
        self.vocabularySize = vocabularySize
        tokenCount = counts.values.reduce(0, +)
    }

    /// `log((count + 1) / (tokens + vocabulary))`, Laplace's smoothing, nats: never infinite.
    package func logFrequency(of id: Int32) -> Double {
        log(Double((counts[id] ?? 0) + 1)) - log(Double(tokenCount + max(1, vocabularySize)))
    }
}
