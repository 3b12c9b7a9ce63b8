import Domain
import LanguageModels

/// What a folder of the shelf holds: a model by itself, or several that answer as one.
enum StoredModel {
    case single(LanguageModel)
    case ensemble(EnsembleModel)

    /// What is asked and verified.
    var answering: any ScoringModel {
        switch self {
        case .single(let model): model
        case .ensemble(let ensemble): ensemble
        }
    }

    /// What answers are drawn from.
    var sampling: any SamplingModel {
        switch self {
        case .single(let model): model
        case .ensemble(let ensemble): ensemble
        }
    }

    var members: [LanguageModel] {
        switch self {
        case .single(let model): [model]
        case .ensemble(let ensemble): ensemble.members
        }
    }

    /// nil for a model by itself.
    var ensemble: EnsembleModel? {
        switch self {
        case .single: nil
        case .ensemble(let ensemble): ensemble
        }
    }

    /// nil for a model by itself.
    var memberCount: Int? { ensemble?.members.count }

    /// The one whose architecture and tokenizer all have.
    var first: LanguageModel {
        switch self {
        case .single(let model): model
        case .ensemble(let ensemble): ensemble.members[0]
        }
    }

    /// Of all members together.
    var parameterCount: Int { members.reduce(0) { $0 + $1.parameterCount } }

    /// Continues a prompt, as `LanguageModel.generate`.
    func generate(
        _ prompt: [Int32], maximumTokenCount: Int, sampler: Sampler,
        onToken: (_ token: Int32) -> Void
    ) throws -> [Int32] {
        switch self {
        case .single(let model):
            try model.generate(
                [prompt], maximumTokenCount: maximumTokenCount, sampler: sampler
            ) { onToken($1) }[0]
        case .ensemble(let ensemble):
            try ensemble.generate(
                [prompt], maximumTokenCount: maximumTokenCount, sampler: sampler
            ) { onToken($1) }[0]
        }
    }
}
