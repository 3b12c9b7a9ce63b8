import Domain
import LanguageModels

extension UnlearningMethod {
    /// A default with its source.
    struct Default {
        let value: Double
        let source: String

        init(
            _ value: Double, _ source: String = "own; Documentation/Methods.md says what it reached"
        ) {
            self.value = value
            self.source = source
        }
    }

    /// A method that is one descent loop: terms on forgotten and retained records, in every step.
    ///
    /// Its parameters are `learning-rate`, `steps`, `forget-batch`, `retain-batch` where records are
    /// retained, `low-rank`, `low-rank-alpha`, and its own.
    /// - Parameters:
    ///   - retains: whether a term reads retained records.
    ///   - readsReference: whether every step runs the original too, for the cost.
    ///   - forgetSequenceCount: sequences made of a forgotten record in a step, for the cost.
    ///   - configure: changes the loop, e.g. adds a stop rule.
    static func descending(
        id: String, title: String, summary: String, methodClass: MethodClass = .approximate,
        source: String, deviations: String = "", needs: Set<MethodNeed> = [.retainSet],
        learningRate: Default, steps: Default, forgetBatch: Default = .init(6),
        retainBatch: Default = .init(32), retains: Bool = true, readsReference: Bool = false,
        forgetSequenceCount: Double = 1, parameters own: [ParameterDescription] = [],
        changes: (@Sendable (MethodParameters, any DecoderArchitecture) -> Set<String>)? = nil,
        configure: @escaping @Sendable (inout DescentLoop, MethodRun) throws -> Void = { _, _ in },
        terms: @escaping @Sendable (MethodRun) throws -> [LossTerm]
    ) -> UnlearningMethod {
        let parameters =
            own
            + stepParameters(
                learningRate: learningRate, steps: steps, forgetBatch: forgetBatch,
                retainBatch: retains ? retainBatch : nil)
            + LowRankParameters.descriptions
        return UnlearningMethod(
            id: id, title: title, summary: summary, methodClass: methodClass, source: source,
            deviations: deviations, needs: needs, parameters: parameters, changes: changes,
            cost: { basis, parameters in
                let forget = basis.forgetTokens(of: parameters) * forgetSequenceCount
                let retain = retains ? basis.retainTokens(of: parameters) : 0
                return .descent(
                    steps: parameters["steps"], tokens: forget + retain,
                    referenceTokens: readsReference ? forget + retain : 0,
                    extraModels: readsReference ? 1 : 0)
            },
            run: { run in
                var loop = DescentLoop(terms: try terms(run), run, retains: retains)
                if let changes {
                    let names = changes(run.parameters, run.task.original.architecture)
                    loop.changes = { names.contains($0) }
                }
                try configure(&loop, run)
                let model = run.task.original.copy()
                let result = try loop.run(on: model, run)
                return UnlearningOutcome(model: model, facts: result.facts)
            })
    }
}

extension UnlearningMethod {
    /// The parameters of a descent: `learning-rate`, `steps`, `forget-batch` and, where records are
    /// retained, `retain-batch`.
    static func stepParameters(
        learningRate: Default, steps: Default, forgetBatch: Default = .init(6),
        retainBatch: Default? = .init(32)
    ) -> [ParameterDescription] {
        func batch(_ name: String, _ records: String, _ size: Default) -> ParameterDescription {
            ParameterDescription(
                name, size.value, in: 1...4_096, isWhole: true, "\(records) records a step",
                source: size.source)
        }
        return [
            ParameterDescription(
                "learning-rate", learningRate.value, in: 1e-7...0.1,
                "highest learning rate, cosine to zero", source: learningRate.source),
            ParameterDescription(
                "steps", steps.value, in: 1...100_000, isWhole: true, "optimiser steps",
                source: steps.source),
            batch("forget-batch", "forgotten", forgetBatch),
        ] + (retainBatch.map { [batch("retain-batch", "retained", $0)] } ?? [])
    }
}

extension CostBasis {
    /// Tokens of the forgotten records in a step.
    func forgetTokens(of parameters: MethodParameters) -> Double {
        min(parameters["forget-batch"], Double(forgetRecordCount)) * forgetTokens
    }

    /// Tokens of the retained records in a step.
    func retainTokens(of parameters: MethodParameters) -> Double {
        min(parameters["retain-batch"], Double(retainRecordCount)) * retainTokens
    }
}

extension DescentLoop {
    /// A loop by the parameters of `UnlearningMethod.descending`.
    init(terms: [LossTerm], _ run: MethodRun, retains: Bool) {
        let parameters = run.parameters
        self.init(
            terms: terms, stepCount: parameters.integer("steps"),
            learningRate: parameters["learning-rate"],
            batchSizes: [
                .forget: parameters.integer("forget-batch"),
                .retain: retains ? parameters.integer("retain-batch") : 0,
                .unseen: parameters.integer("forget-batch"),
            ],
            counts: [
                .forget: run.task.forget.count, .retain: run.task.retain.count,
                .unseen: run.task.unseen.count,
            ],
            lowRank: LowRankParameters.settings(parameters))
    }
}

/// The parameters by which adapters are trained instead of the weights.
enum LowRankParameters {
    static let descriptions = [
        ParameterDescription(
            "low-rank", 0, in: 0...Double(LowRankSettings.ranks.upperBound), isWhole: true,
            "rank of adapters on all linear matrices, trained instead of the weights; 0 trains all",
            source: "Hu et al. 2021, arXiv 2106.09685, for the adapters"),
        ParameterDescription(
            "low-rank-alpha", 16, in: 0.001...65_536,
            "the adapters' product is scaled by alpha / rank",
            source: "Dettmers et al. 2023, arXiv 2305.14314"),
    ]

    /// What these two parameters ask for; nil for all weights.
    static func settings(_ parameters: MethodParameters) -> LowRankSettings? {
        let rank = parameters.integer("low-rank")
        return rank == 0
            ? nil : LowRankSettings(rank: rank, alpha: parameters["low-rank-alpha"])
    }
}

extension LossTerm {
    /// The mean loss of retained records, all tokens.
    static func retained(_ run: MethodRun, weight: Double) -> LossTerm {
        LossTerm("retain", on: .retain, weight: weight, .crossEntropy, run.retainSequences)
    }

    /// `mean KL(original || current)` on retained records, all tokens.
    static func retainedDivergence(_ run: MethodRun, weight: Double) -> LossTerm {
        let sequences = run.retainSequences
        let teacher = TeacherLogits(run.task.original, sequences: sequences)
        return LossTerm(
            "retain-divergence", on: .retain, weight: weight,
            .logits { logits, batch in
                Objectives.divergence(
                    from: try teacher.logits(of: batch), logits, mask: batch.mask)
            }, sequences)
    }

    /// An objective on the forgotten records' values.
    static func forgotten(
        _ run: MethodRun, weight: Double = 1, _ objective: TermObjective
    ) -> LossTerm {
        LossTerm("forget", on: .forget, weight: weight, objective, run.forgetSequences)
    }
}

extension ParameterDescription {
    /// Weight of the forget loss.
    static func gamma(_ value: Double, source: String) -> ParameterDescription {
        ParameterDescription(
            "gamma", value, in: 0...1_000, "weight of the forget loss", source: source)
    }

    /// Weight of the retain loss.
    static func alpha(_ value: Double, source: String) -> ParameterDescription {
        ParameterDescription(
            "alpha", value, in: 0...1_000, "weight of the retain loss", source: source)
    }

    static func beta(
        _ value: Double, _ meaning: String = "inverse temperature", source: String
    ) -> ParameterDescription {
        ParameterDescription("beta", value, in: 0.001...100, meaning, source: source)
    }
}
