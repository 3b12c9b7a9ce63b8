import Domain
import LanguageModels

/// Something an attack cannot do without. Where it is missing, the attack could not be checked; no
/// default takes its place.
package enum AttackNeed: Sendable, Hashable {
    case referenceModel
    case outModels(minimum: Int)
    case population
    case nonMemberPrefix
    case tokenFrequencies
    /// The model shows its whole distribution over the vocabulary.
    case distributions
    /// The attacker holds the weights.
    case gradients

    /// Permanent kebab-case id.
    package var id: String {
        switch self {
        case .referenceModel: "reference-model"
        case .outModels: "out-models"
        case .population: "population"
        case .nonMemberPrefix: "non-member-prefix"
        case .tokenFrequencies: "token-frequencies"
        case .distributions: "distributions"
        case .gradients: "gradients"
        }
    }

    /// Why the scene does not meet the need; nil if it does.
    package func obstacle(in scene: AttackScene, records: [CorpusRecord]) -> String? {
        switch self {
        case .referenceModel:
            guard let reference = scene.referenceModel else { return "no reference model" }
            return sharesTokens(reference, scene, records)
                ? nil : "the reference model has another tokenizer than the model"
        case .outModels(let minimum):
            let count = scene.outModels.count
            guard count >= minimum else {
                return count == 0
                    ? "no OUT models" : "only \(count) of the \(minimum) OUT models needed"
            }
            return scene.outModels.allSatisfy { sharesTokens($0, scene, records) }
                ? nil : "an OUT model has another tokenizer than the model"
        case .population: return scene.population.isEmpty ? "no population records" : nil
        case .nonMemberPrefix:
            return scene.nonMemberPrefix.isEmpty ? "no non-member prefix" : nil
        case .tokenFrequencies:
            guard let frequencies = scene.tokenFrequencies else { return "no token frequencies" }
            return frequencies.vocabularySize == scene.model.tokenizer.vocabularySize
                ? nil : "the token frequencies are those of another vocabulary"
        case .distributions:
            return scene.model is any DistributionModel
                ? nil : "the model does not show its distribution over the vocabulary"
        case .gradients:
            return scene.model is any GradientScoringModel
                ? nil : "the model does not give gradients"
        }
    }
}

/// Log-probabilities per token can be compared between models of one tokenizer only. Looks at the
/// sizes and at a few of the records.
private func sharesTokens(
    _ other: any ScoringModel, _ scene: AttackScene, _ records: [CorpusRecord]
) -> Bool {
    let (a, b) = (scene.model.tokenizer, other.tokenizer)
    return a.vocabularySize == b.vocabularySize
        && records.prefix(16).allSatisfy { record in
            EncodedRecord(record, tokenizer: a).ids == EncodedRecord(record, tokenizer: b).ids
        }
}
