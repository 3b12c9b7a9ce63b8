import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing
import Unlearning

/// The reference program with PyTorch and transformers, where a Python that has them is named.
@Suite("External executor: reference program")
struct ExternalReferenceTests {
    private static let python = ProcessInfo.processInfo.environment["LETHE_EXTERNAL_PYTHON"]
    private static let program = Fixtures.repository.appendingPathComponent(
        "Samples/external/unlearn_external.py")
    /// Of losses in float32, by two implementations of the model.
    private static let tolerance = 1e-4

    private static func retainLoss(_ model: LanguageModel) throws -> Double {
        let sequences = TinyPeople.retain.map {
            MaskedSequence(allOf: $0, tokenizer: model.tokenizer).sequence
        }
        let scores = try model.score(sequences).flatMap { $0 }
        return -scores.reduce(0) { $0 + Double($1.logProbability) } / Double(scores.count)
    }

    @Test(
        "it forgets and keeps, and Lethe computes the losses that it reports",
        .enabled(if: python != nil, "LETHE_EXTERNAL_PYTHON names a Python with transformers"),
        arguments: [
            ("npo", ["steps": 60, "learning-rate": 0.002]),
            ("gradient-difference", ["steps": 20, "learning-rate": 0.001, "alpha": 3]),
        ])
    func reference(_ method: String, _ parameters: [String: Double]) throws {
        let scratch = try ScratchFolder()
        let task = try TinyPeople.task(folder: scratch.url.appendingPathComponent("task"))
        let outcome = try ExternalExecutor(
            command: try #require(Self.python), arguments: [Self.program.path]
        ).unlearn(task, methodID: method, parameters: parameters, context: WorkContext())
        func reported(_ name: String) throws -> Double {
            try #require(outcome.facts["program.\(name)"].flatMap(Double.init))
        }
        let forgetBefore = try TinyPeople.loss(task.original, TinyPeople.forget)
        let forgetAfter = try TinyPeople.loss(outcome.model, TinyPeople.forget)
        let retainBefore = try Self.retainLoss(task.original)
        let retainAfter = try Self.retainLoss(outcome.model)
        print(
            "\(method): forget \(forgetBefore) -> \(forgetAfter), retain \(retainBefore) -> "
                + "\(retainAfter), reported \(outcome.facts.filter { $0.key.contains("loss") })")
        #expect(abs(try reported("forget-loss-before") - forgetBefore) < Self.tolerance)
        #expect(abs(try reported("forget-loss-after") - forgetAfter) < Self.tolerance)
        #expect(abs(try reported("retain-loss-before") - retainBefore) < Self.tolerance)
        #expect(abs(try reported("retain-loss-after") - retainAfter) < Self.tolerance)
        #expect(forgetAfter > forgetBefore + 1)
        #expect(retainAfter < retainBefore + 0.1)
        #expect(outcome.facts["external-unread-lines"] == "0")
        #expect(outcome.facts["external-steps"] == "\(Int(parameters["steps"] ?? 0))")
    }
}
