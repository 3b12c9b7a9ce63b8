import Casework
import Domain
import Foundation
import LanguageModels
import Unlearning

/// What methods would take for a case, from what the workspace knows of the training.
extension UnlearnStep {
    var exactMethods: [String] { builtinMethods.filter { $0.methodClass == .exact }.map(\.id) }

    func forecasts(_ input: ForecastInput) throws -> [MethodForecast] {
        try input.rungs.map { rung in
            let method = try RungMethod(rung)
            do {
                let prepared = try PreparedUnlearning(
                    UnlearnInput(
                        cases: input.cases, modelName: input.modelName,
                        baseModel: input.baseModel, rung: rung, rungIndex: 0,
                        policyDigest: Digest(of: "forecast")), in: workspace)
                return try forecast(rung, prepared)
            } catch let error as any ReportableError where error.kind != .interrupted {
                // Damaged checkpoints, for instance: no reason not to use another method.
                return MethodForecast(
                    rung: rung, methodClass: method.methodClass, obstacle: error.message)
            } catch let error as UnsuitableRung {
                return MethodForecast(
                    rung: rung, methodClass: method.methodClass, obstacle: error.cause.message)
            }
        }
    }

    private func forecast(
        _ rung: PolicyRung, _ prepared: PreparedUnlearning
    ) throws -> MethodForecast {
        let (method, task) = (prepared.method, prepared.task)
        if method.needs.contains(.trainingJournal), let url = task.journal {
            let cost = try TrainingJournal(folder: url).cost(ofForgetting: task.forget)
            return MethodForecast(
                rung: rung, methodClass: method.methodClass,
                shareOfTraining: Double(cost.replayedStepCount) / Double(max(1, cost.stepCount)),
                stepCount: cost.replayedStepCount, seconds: cost.seconds, extraModels: 0)
        }
        if method.needs.contains(.shardedTraining), let url = task.shards {
            let cost = try ShardManifest(folder: url).cost(
                ofDeleting: Set(task.forget.map(\.id)))
            return MethodForecast(
                rung: rung, methodClass: method.methodClass, shareOfTraining: cost.share,
                stepCount: cost.stepCount, seconds: cost.seconds, extraModels: 0)
        }
        guard let recipe = task.recipe else {
            return MethodForecast(rung: rung, methodClass: method.methodClass)
        }
        let basis = Self.basis(task, recipe)
        guard let estimate = method.cost(basis) else {
            return MethodForecast(rung: rung, methodClass: method.methodClass)
        }
        let parameterCount = task.original.parameterCount
        // The original training, with the records.
        let whole = CostEstimate.descent(steps: basis.epochs, tokens: basis.epochTokens)
            .operations(parameterCount: parameterCount)
        let share = estimate.operations(parameterCount: parameterCount) / whole
        return MethodForecast(
            rung: rung, methodClass: method.methodClass, shareOfTraining: share,
            seconds: prepared.runFile?.seconds.map { $0 * share },
            extraModels: estimate.extraModels)
    }

    private static func basis(_ task: UnlearningTask, _ recipe: TrainingRecipe) -> CostBasis {
        let forget = meanTokens(task.forget, task.original.tokenizer)
        let retain = meanTokens(task.retain, task.original.tokenizer)
        return CostBasis(
            forgetRecordCount: task.forget.count, retainRecordCount: task.retain.count,
            forgetTokens: forget, retainTokens: retain,
            epochTokens: forget * Double(task.forget.count) + retain * Double(task.retain.count),
            epochs: Double(recipe.epochs))
    }

    /// Over at most 200 records, spread evenly: enough for an estimate.
    private static func meanTokens(
        _ records: [CorpusRecord], _ tokenizer: any Tokenizer
    ) -> Double {
        let step = max(1, records.count / 200)
        let sample = stride(from: 0, to: records.count, by: step).map { records[$0] }
        let counts = sample.map { EncodedRecord($0, tokenizer: tokenizer).ids.count }
        return Double(counts.reduce(0, +)) / Double(max(1, counts.count))
    }
}
