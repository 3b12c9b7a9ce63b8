import Domain
import LanguageModels
import TensorCore

// Mattern et al. 2023, arXiv 2305.18462: score = mean over neighbours of loss(neighbour) - loss(x); a
// neighbour is the text with words replaced by likely others.
// Deviations: the model under attack proposes the replacements itself (a token's likely alternatives
// after what stands before it), not a masked language model; neighbours are drawn, by seed and record
// id, from all replacements of one answer token, not taken by rank.

extension Attack {
    /// A member is a peak among texts like it: the loss of neighbours that differ in one likely token,
    /// less the loss of the text itself.
    /// - Parameters:
    ///   - neighbourCount: at most; 1 or more. Default 25, the least the paper tries.
    ///   - proposalCount: likely tokens considered at each place; 1 or more.
    package static func neighbourhood(
        neighbourCount: Int = 25, proposalCount: Int = 10
    ) -> Attack {
        Attack(
            id: "neighbourhood", title: "Is the person's text likelier than texts like it?",
            source:
                "Mattern et al. 2023, arXiv 2305.18462; one token is replaced, by one of the 10 "
                + "likeliest others of the model itself; 25 seeded neighbours; end token included",
            needs: [.distributions],
            sceneScores: { records, scene in
                guard let model = scene.model as? any DistributionModel else {
                    return records.map { _ in nil }
                }
                let scorer = Scorer(model, scene.context)
                return try records.map { record in
                    try scene.context.checkCancellation()
                    let text = EncodedRecord(record, tokenizer: model.tokenizer).completionScored
                    var generator = RandomNumbers(
                        seed: scene.seed, stream: "neighbourhood \(record.id)")
                    let replaceable = scene.answerWithoutEnd(record).scored
                    let neighbours = try model.neighbours(
                        of: text, replacing: replaceable, count: neighbourCount,
                        proposalCount: proposalCount, generator: &generator)
                    guard !neighbours.isEmpty else { return nil }
                    let losses = try scorer.score([text] + neighbours).map {
                        meanLoss($0.map(\.logProbability))
                    }
                    return losses.dropFirst().reduce(0, +) / Double(neighbours.count) - losses[0]
                }
            })
    }
}

extension DistributionModel {
    /// Texts that differ from `text` in one token, a likely one at its place; drawn without
    /// replacement.
    /// - Parameters: places are indices of tokens with one before them.
    fileprivate func neighbours(
        of text: ScoredSequence, replacing places: Range<Int>, count: Int, proposalCount: Int,
        generator: inout RandomNumbers
    ) throws -> [ScoredSequence] {
        let specials = [tokenizer.beginID, tokenizer.endID].compactMap { $0 }
        // The token itself and the special ones may be among the likeliest.
        let likely = try likelyTokens(
            ScoredSequence(ids: text.ids, scored: places),
            count: proposalCount + 1 + specials.count)
        var replacements: [(place: Int, id: Int32)] = []
        for (place, ids) in zip(places, likely) {
            replacements += ids.filter { $0 != text.ids[place] && !specials.contains($0) }
                .prefix(proposalCount).map { (place, $0) }
        }
        return (0..<min(count, replacements.count)).map { drawn in
            replacements.swapAt(
                drawn, drawn + generator.integer(below: replacements.count - drawn))
            var ids = text.ids
            ids[replacements[drawn].place] = replacements[drawn].id
            return ScoredSequence(ids: ids, scored: text.scored)
        }
    }
}
