/// One of the tokens that may come next.
package struct NextToken: Sendable, Equatable {
    package let id: Int32
    /// Log-probability in nats, at most 0.
    package let logProbability: Double

    package init(id: Int32, logProbability: Double) {
        self.id = id
        self.logProbability = logProbability
    }
}

/// One of the likeliest continuations of a prompt.
package struct Beam: Sendable, Equatable {
    /// New tokens, without the end token.
    package var tokens: [Int32] = []
    /// Of the new tokens together, nats; with the end token's where there is one.
    package var logProbability: Double = 0
    /// The model ended the text here.
    package var isEnded = false

    package init() {}
}

/// A model that tells more than its first choice: what an attacker with the usual access to it asks
/// for.
package protocol SamplingModel: ScoringModel {
    /// Longest sequence the model can read, in tokens.
    var maximumPositions: Int { get }

    /// The `count` likeliest next tokens after each prefix of 1 or more tokens, likeliest first; of
    /// equal ones the smaller id comes first. Fewer where the vocabulary is smaller.
    func nextTokens(after prefixes: [[Int32]], count: Int) throws -> [[NextToken]]

    /// The likeliest continuations of each prompt that beam search finds, likeliest first.
    /// - Parameters:
    ///   - width: continuations kept at each step, 1 or more.
    ///   - maximumTokenCount: after so many tokens a continuation is left as it is.
    func beams(
        after prompts: [[Int32]], width: Int, maximumTokenCount: Int
    ) throws -> [[Beam]]

    /// Draws one continuation of each prompt at temperature 1 from the `topK` likeliest tokens.
    /// Each prompt has a random stream of its own, named by its place. Equal requests, equal texts.
    /// - Returns: new tokens only, without the end token.
    func sample(
        after prompts: [[Int32]], maximumTokenCount: Int, topK: Int, seed: UInt64
    ) throws -> [[Int32]]
}

extension SamplingModel {
    /// By reading every prefix anew; for models that keep nothing of what they have read.
    package func beams(
        after prompts: [[Int32]], width: Int, maximumTokenCount: Int
    ) throws -> [[Beam]] {
        var frontiers = prompts.map { _ in BeamFrontier(width: width, endID: tokenizer.endID) }
        for _ in 0..<maximumTokenCount {
            let open = frontiers.indices.flatMap { prompt in
                frontiers[prompt].open.map { (prompt, $0) }
            }
            if open.isEmpty { break }
            let next = try nextTokens(
                after: open.map { prompts[$0] + frontiers[$0].beams[$1].tokens }, count: width)
            var rest = next[...]
            for prompt in frontiers.indices {
                let count = frontiers[prompt].open.count
                frontiers[prompt].extend(by: Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
        }
        return frontiers.map(\.beams)
    }
}

/// The continuations of one prompt that beam search holds: at each step the `width` likeliest of all
/// extensions, where one that has ended stands for itself. Without a length penalty: the values looked
/// for are short, and what ended early has been read all the same.
struct BeamFrontier: Sendable {
    let width: Int
    let endID: Int32?
    /// Likeliest first.
    private(set) var beams = [Beam()]

    init(width: Int, endID: Int32?) {
        self.width = max(1, width)
        self.endID = endID
    }

    /// Indices of the beams that go on.
    var open: [Int] { beams.indices.filter { !beams[$0].isEnded } }

    /// - Parameter next: for each open beam its likeliest next tokens, `width` or more.
    /// - Returns: for each beam that is open now, which of those before it continues.
    @discardableResult
    mutating func extend(by next: [[NextToken]]) -> [Int] {
        var candidates: [(beam: Beam, parent: Int)] = []
        var answers = next[...]
        for (index, beam) in beams.enumerated() {
            if beam.isEnded {
                candidates.append((beam, index))
                continue
            }
            for token in answers.popFirst() ?? [] {
                var longer = beam
                longer.logProbability += token.logProbability
                if token.id == endID {
                    longer.isEnded = true
                } else {
                    longer.tokens.append(token.id)
                }
                candidates.append((longer, index))
            }
        }
        let order = candidates.indices.sorted { a, b in
            let (x, y) = (candidates[a].beam.logProbability, candidates[b].beam.logProbability)
            // What is not a number comes first, so that nobody takes the answer for a good one.
            if x.isNaN != y.isNaN { return x.isNaN }
            return x != y && !x.isNaN ? x > y : a < b
        }
        let kept = order.prefix(width).map { candidates[$0] }
        beams = kept.map(\.beam)
        return kept.filter { !$0.beam.isEnded }.map(\.parent)
    }
}
