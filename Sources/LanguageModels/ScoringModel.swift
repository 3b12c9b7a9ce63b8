import Domain

/// A token sequence of which some tokens are scored.
package struct ScoredSequence: Sendable, Equatable {
    /// Token ids, 1 or more.
    package let ids: [Int32]
    /// Indices into `ids` of the tokens whose probability given everything before them is asked
    /// for. Within 1 ..< ids.count.
    package let scored: Range<Int>

    package init(ids: [Int32], scored: Range<Int>) {
        self.ids = ids
        self.scored = scored
    }
}

/// What a model says about one token.
package struct TokenScore: Sendable, Equatable {
    /// Log-probability in nats, at most 0.
    package let logProbability: Float
    /// The model's first choice at this place is this very token.
    package let isGreedyChoice: Bool

    package init(logProbability: Float, isGreedyChoice: Bool) {
        self.logProbability = logProbability
        self.isGreedyChoice = isGreedyChoice
    }
}

/// A language model seen from the outside: what a verifier may do with it. It says nothing about
/// how the model came to be.
package protocol ScoringModel: AnyObject {
    var digest: Digest { get }
    var tokenizer: any Tokenizer { get }

    /// Scores of the scored tokens of each sequence, in order; same shape as the request.
    /// Deterministic: equal requests on the same machine give equal bits.
    func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]]

    /// Greedy continuation of each prompt, without the prompt and without the end token.
    func generate(_ prompts: [[Int32]], maximumTokenCount: Int) throws -> [[Int32]]

    /// A copy of the model after `stepCount` full-batch AdamW steps (betas .9/.999, no decay) on the
    /// mean loss of the scored tokens. The receiver does not change.
    func relearned(
        on sequences: [ScoredSequence], stepCount: Int, learningRate: Float
    ) throws -> any ScoringModel
}
