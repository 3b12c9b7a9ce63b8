import Domain
import LanguageModels
import TensorCore
import Testing
import Verification

/// Small transformers trained on invented persons, with and without one of them.
struct TrainedTown {
    let target: PersonProfile
    let retained: [PersonProfile]
    let strangers: [PersonProfile]
    let before: LanguageModel
    let retrained: LanguageModel

    init() throws {
        var random = RandomNumbers(seed: 12)
        func digits(_ count: Int) -> String {
            (0..<count).map { _ in "\(random.integer(below: 10))" }.joined()
        }
        func person(_ number: Int) -> PersonProfile {
            let syllables = ["ba", "dor", "fen", "gil", "jor", "ka", "lum", "mi", "nor", "pe"]
            let name = (0..<2).map { _ in
                let word = (0..<2).map { _ in syllables[random.integer(below: 10)] }.joined()
                return word.prefix(1).uppercased() + word.dropFirst()
            }.joined(separator: " ")
            let (phone, national) = (digits(8), digits(8))
            let texts = [
                ("\(name) phone", phone), ("Call \(name) at", phone),
                ("\(name) number", national), ("Register: \(name) has", national),
            ]
            let subject = "person-\(number)"
            return PersonProfile(
                subject: subject,
                records: texts.enumerated().map { index, text in
                    CorpusRecord(
                        id: "\(subject)-\(index)", prompt: text.0, completion: text.1,
                        subjects: [subject],
                        values: [.name: name, .phone: phone, .nationalID: national],
                        digest: Digest(of: "\(subject)-\(index)"))
                })
        }
        target = person(0)
        retained = (1...11).map(person)
        strangers = (12...560).map(person)
        let recipe = try RecipeFile.parse(
            """
            lethe-recipe: 1
            family: llama
            model: {hidden-size: 48, intermediate-size: 96, layers: 2, heads: 4,
                    maximum-positions: 160}
            epochs: 1
            learning-rate: 0.01
            """)
        let tokenizer = try TokenizerTraining.train(
            on: strangers.suffix(40).flatMap(\.records).map(\.text), vocabularySize: 290,
            splitDigits: true)
        func train(on persons: [PersonProfile]) throws -> LanguageModel {
            let model = try LanguageModel(
                configuration: try recipe.configuration(
                    vocabularySize: tokenizer.vocabularySize, endID: tokenizer.endID),
                tokenizer: tokenizer, seed: 4)
            let training = TrainingRecipe(
                epochs: 60, batchSize: 4, learningRate: 0.006, seed: 5)
            _ = try Trainer(training).train(
                model, on: persons.flatMap(\.records), context: WorkContext())
            return model
        }
        before = try train(on: [target] + retained)
        retrained = try train(on: retained)
    }

    func report(
        _ after: any ScoringModel, _ checks: [String] = RequiredChecks.known
    ) throws -> VerificationReport {
        var policy = GatePolicy()
        var required = RequiredChecks(checks)
        required.sampleCount = 64
        required.sampleTokenCount = 24
        required.strangerCount = 8
        required.unrelatedRecordCount = 16
        policy.requiredChecks = required
        let gate = Gate(
            before: before, after: after, twins: Array(strangers.prefix(505)),
            neverTrained: Array(strangers.suffix(44)), retained: retained, generalRecords: [],
            tokenizerText: nil, policy: policy, policyDigest: Digest(of: "policy"), seed: 3,
            twinSource: "invented persons", environment: [:],
            reference: GateReference(model: retrained, origin: "Trained without the person."))
        return try #require(try gate.reports(for: [target], context: WorkContext()).first)
    }

    /// A copy of `before` in which the person's values became unlikely, while every weight stayed
    /// within its step of 4 bits: rounding undoes the change.
    func hiddenBelowFourBits(group: Int) throws -> LanguageModel {
        let grid = try #require(try before.rounded(bits: 4, group: group) as? LanguageModel)
        let student = grid.copy()
        let sequences = target.records.map {
            EncodedRecord($0, tokenizer: student.tokenizer).completionScored
        }
        let batch = PackedBatch(sequences)
        for _ in 0..<12 {
            student.parameters.zeroGradients()
            // Downhill in the log-probability of the true values.
            try student.accumulateGradient(
                of: batch, weights: Array(repeating: 1, count: batch.targets.count))
            for (place, parameter) in zip(grid.parameters.parameters, student.parameters.parameters)
            where place.value.shape.count == 2 {
                let slopes = parameter.gradient
                move(parameter.value, from: place.value, against: slopes, group: group)
            }
        }
        return student
    }

    /// A tenth of a step for each weight, at most .4 of one in all; the largest of each group, which
    /// fixes the step, stays.
    private func move(_ values: Tensor, from start: Tensor, against slopes: Tensor, group: Int) {
        let width = start.width
        for row in 0..<start.rowCount {
            for first in stride(from: 0, to: width, by: group) {
                let places = row * width + first..<row * width + min(width, first + group)
                let step = (places.map { abs(start.pointer[$0]) }.max() ?? 0) / 7
                for place in places where abs(start.pointer[place]) < 6.5 * step {
                    let sign: Float = slopes.pointer[place] > 0 ? 1 : -1
                    let moved = values.pointer[place] - 0.1 * step * sign
                    values.pointer[place] = min(
                        start.pointer[place] + 0.4 * step,
                        max(start.pointer[place] - 0.4 * step, moved))
                }
            }
        }
    }
}
