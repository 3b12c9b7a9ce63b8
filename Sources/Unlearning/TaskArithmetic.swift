import LanguageModels
import TensorCore

/// Weight arithmetic: `theta0 - s (theta1 - theta0)` takes back what a training from theta0 to theta1
/// learned (Ilharco et al. 2022, arXiv 2212.04089).
enum TaskArithmetic {
    static let scale = ParameterDescription(
        "scale", 1, in: 0.01...100, "largest multiple of the learned change that is taken back",
        source: "paper: tuned on held-out data")
    static let retainLossRise = ParameterDescription(
        "retain-loss-rise", 0.05, in: 0...100,
        "rise of the retained records' loss, nats a token, up to which a multiple is taken",
        source: "own")

    /// Multiples that are tried, from the largest down.
    private static let shares = [1, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1, 0.05]
    /// Retained records that the loss is measured on.
    private static let recordLimit = 64

    /// The largest multiple whose retained loss stays within bounds; the smallest if none does.
    static func negated(
        _ trained: LanguageModel, _ run: MethodRun
    ) throws -> (model: LanguageModel, scale: Double) {
        let (model, scale) = try largest(of: -run.parameters["scale"], toward: trained, run)
        return (model, -scale)
    }

    /// `theta0 + s (theta1 - theta0)` with the largest share s of a multiple whose retained loss stays
    /// within bounds; the smallest if none does.
    /// - Parameters:
    ///   - multiple: s at most; negative to go away from theta1.
    ///   - moved: theta1, with the original's parameters.
    static func largest(
        of multiple: Double, toward moved: LanguageModel, _ run: MethodRun
    ) throws -> (model: LanguageModel, scale: Double) {
        let original = run.task.original
        let sequences = run.retainSequences.prefix(recordLimit).map(\.sequence)
        func loss(_ model: LanguageModel) throws -> Double {
            meanLoss(try model.score(sequences).flatMap { $0.map(\.logProbability) })
        }
        let bound = try loss(original) + run.parameters["retain-loss-rise"]
        let model = original.copy()
        var scale = 0.0
        for share in shares {
            try run.context.checkCancellation()
            scale = share * multiple
            let (old, new) = (original.parameters.values, moved.parameters.values)
            for index in 0..<old.count {
                model.parameters.values.pointer[index] =
                    old.pointer[index] + Float(scale) * (new.pointer[index] - old.pointer[index])
            }
            if try loss(model) <= bound { break }
        }
        return (model, scale)
    }
}
