import Domain
import Foundation
import LanguageModels
import Synchronization
import TestSupport
import Testing
import Verification

/// Losses of float32 models in two implementations, passed through exp.
private let tolerance = 1e-3

@Suite struct TOFUSuiteTests {
    private static let folder = Fixtures.root.appendingPathComponent("metrics/tofu-tiny")

    /// Those of `make_evaluation.py`.
    private static var settings: EvaluationSettings {
        EvaluationSettings(
            promptTemplate: "{q} {a}", maximumNewTokenCount: 40, attacks: ["loss", "min-k"])
    }

    private func scene(
        _ model: any ScoringModel, reference: (any ScoringModel)? = nil,
        folder: URL = TOFUSuiteTests.folder, split: String = "forget01",
        settings: EvaluationSettings = TOFUSuiteTests.settings, context: WorkContext = WorkContext()
    ) -> EvaluationScene {
        EvaluationScene(
            model: model, reference: reference, data: .tofu(folder: folder, split: split),
            settings: settings, context: context)
    }

    private func close(_ a: Double, _ b: Double) -> Bool {
        abs(a - b) <= tolerance * max(abs(b), 1e-3)
    }

    @Test func everyNumberEqualsTheProtocolInPyTorchScipyAndRougeScore() throws {
        let expected = try MetricFixture.json("evaluation.json")
        let result = try EvaluationSuite.tofu.evaluate(
            scene(try StoryModel.model(), reference: try StoryModel.flattened()))
        let summary = try #require(expected["summary"]?.members)
        #expect(summary.count > 40)
        for entry in summary {
            let found = try #require(result.summary[entry.key], "\(entry.key)")
            let wanted = try #require(entry.value.real)
            #expect(close(found, wanted), "\(entry.key): \(found), expected \(wanted)")
        }
        // open-unlearning's sign: an area A of ours is 1 - A there.
        for attack in ["loss", "min-k"] {
            let own = try #require(expected.at("summary", "attack/\(attack)/auc")?.real)
            let base = try #require(expected.at("summary", "reference/attack/\(attack)/auc")?.real)
            let leak = ((1 - own) - (1 - base)) / (1 - base + 1e-10) * 100
            let found = try #require(result.summary["attack/\(attack)/priv-leak"])
            #expect(abs(found - leak) < 1e-6 * max(1, abs(leak)))
        }
        #expect(
            Set(result.summary.keys.filter { !$0.hasSuffix("priv-leak") })
                == Set(summary.map(\.key)))
        #expect(result.notComputed.isEmpty)
        for set in try #require(expected["examples"]?.members) {
            for (index, item) in try #require(set.value.items).enumerated() {
                let example = try #require(
                    result.perExample.first { $0.set == set.key && $0.index == index })
                for value in try #require(item.members) {
                    let found = try #require(example.values[value.key], "\(set.key) \(value.key)")
                    let wanted = try #require(value.value.real)
                    #expect(
                        close(found, wanted),
                        "\(example.recordID) \(value.key): \(found), \(wanted)")
                }
                #expect(example.values.count == item.members?.count)
            }
        }
        #expect(
            result.itemCounts == ["forget": 4, "retain": 2, "real-authors": 2, "world-facts": 2])
    }

    @Test func theParaphrasedQuestionIsAskedWhereTheSettingsSaySo() throws {
        var settings = Self.settings
        settings.asksParaphrasedQuestion = true
        let result = try EvaluationSuite.tofu.evaluate(
            scene(try StoryModel.model(), settings: settings))
        let expected = try MetricFixture.json("evaluation.json")
        for metric in ["paraphrase-probability", "paraphrase-rouge"] {
            let found = try #require(result.summary["forget/\(metric)"])
            #expect(close(found, try #require(expected.at("asked", metric)?.real)))
        }
        let ratio = try #require(result.summary["forget/truth-ratio-geometric"])
        let plain = expected.at("summary", "forget/truth-ratio-geometric")?.real
        #expect(close(ratio, try #require(plain)))
    }

    @Test func withoutAReferenceComparisonsAreNotComputedAndSayWhy() throws {
        var settings = Self.settings
        settings.maximumItemCount = 1
        settings.maximumNewTokenCount = 5
        let result = try EvaluationSuite.tofu.evaluate(
            scene(try StoryModel.model(), settings: settings))
        for key in [
            "forget-quality", "forget/kl-divergence", "forget/js-divergence",
            "open-unlearning/privacy",
        ] {
            #expect(result.summary[key] == nil)
            #expect(result.notComputed[key]?.contains("no reference model") == true)
        }
        #expect(result.itemCounts["forget"] == 1)
        #expect(result.reference == nil)
    }

    @Test func theSameEvaluationGivesTheSameBytesWhichHoldNoText() throws {
        var settings = Self.settings
        settings.maximumItemCount = 2
        settings.maximumNewTokenCount = 8
        let runs = try (0..<2).map { _ in
            try EvaluationSuite.tofu.evaluate(scene(try StoryModel.model(), settings: settings))
        }
        let bytes = try CanonicalJSON.compact(runs[0])
        #expect(bytes == (try CanonicalJSON.compact(runs[1])))
        #expect(try CanonicalJSON.decode(EvaluationResult.self, from: bytes) == runs[0])
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("lethe.evaluation.v1"))
        for word in ["Lily", "park", "ball"] { #expect(!text.contains(word)) }
    }

    @Test(arguments: [
        "forget01.json", "forget01_perturbed.json", "retain_perturbed.json",
        "real_authors_perturbed.json", "world_facts_perturbed.json", "holdout01.json",
    ])
    func aMissingFileIsNamed(name: String) throws {
        let scratch = try ScratchFolder()
        for file in try Fixtures.files(in: "metrics/tofu-tiny", extension: "json")
        where file.lastPathComponent != name {
            try FileManager.default.copyItem(
                at: file, to: scratch.url.appendingPathComponent(file.lastPathComponent))
        }
        let error = #expect(throws: VerificationError.self) {
            try EvaluationSuite.tofu.evaluate(scene(try StoryModel.model(), folder: scratch.url))
        }
        #expect(error?.code == .malformedEvaluationData)
        #expect(error?.message.contains(name) == true)
    }

    @Test(arguments: [
        ("holdout01.json", "{\"question\": \"Secret?\"}\n", "entry 1"),
        ("holdout01.json", "\n", "no questions"), ("holdout01.json", "[1", "JSON array"),
        ("holdout01.json", "{\"question\": \"Secret?\", \"answer\": \"a\"}\n{Secret", "line 2"),
        ("retain_perturbed.json", "{\"question\": \"Secret?\", \"answer\": \"a\"}\n", "entry 1"),
        (
            "forget01.json", "{\"question\": \"Secret?\", \"answer\": \"a\"}\n",
            "same questions"
        ),
    ])
    func aMalformedFileIsNamedWithoutItsContent(name: String, content: String, part: String) throws
    {
        let scratch = try ScratchFolder()
        for file in try Fixtures.files(in: "metrics/tofu-tiny", extension: "json") {
            try FileManager.default.copyItem(
                at: file, to: scratch.url.appendingPathComponent(file.lastPathComponent))
        }
        _ = try scratch.file(name, content)
        let error = #expect(throws: VerificationError.self) {
            try EvaluationSuite.tofu.evaluate(scene(try StoryModel.model(), folder: scratch.url))
        }
        #expect(error?.code == .malformedEvaluationData)
        #expect(error?.message.contains(name) == true)
        #expect(error?.message.contains(part) == true)
        #expect(error?.message.contains("Secret") == false)
    }

    @Test func unsuitableSettingsAndSplitsAreRefused() throws {
        let model = try StoryModel.model()
        func code(_ scene: EvaluationScene) -> VerificationErrorCode? {
            #expect(throws: VerificationError.self) {
                try EvaluationSuite.tofu.evaluate(scene)
            }?.code
        }
        #expect(code(scene(model, split: "forget50")) == .unsuitableEvaluation)
        for template in ["{q}{a}", "{a} {q}", "Question {a}", "{q} {q} {a}", "{q} {a} {a}", ""] {
            let settings = EvaluationSettings(promptTemplate: template)
            #expect(code(scene(model, settings: settings)) == .unsuitableEvaluation, "\(template)")
        }
        let none = EvaluationSettings(maximumNewTokenCount: 0)
        #expect(code(scene(model, settings: none)) == .unsuitableEvaluation)
        let records = EvaluationScene(
            model: model, data: .records(forget: [], retain: [], holdout: []))
        #expect(code(records) == .unsuitableEvaluation)
    }

    @Test func progressReachesItsTotalAndAStopIsHeeded() throws {
        let updates = Mutex<[ProgressUpdate]>([])
        var settings = Self.settings
        settings.maximumNewTokenCount = 2
        let model = try StoryModel.model()
        _ = try EvaluationSuite.tofu.evaluate(
            scene(
                model, reference: try StoryModel.flattened(), settings: settings,
                context: WorkContext(report: { update in updates.withLock { $0.append(update) } })))
        let last = try #require(updates.withLock { $0.last })
        #expect(last.completed == 14)
        #expect(last.total == 14)
        let error = #expect(throws: DomainError.self) {
            try EvaluationSuite.tofu.evaluate(
                scene(model, settings: settings, context: WorkContext(isCancelled: { true })))
        }
        #expect(error?.code == .interrupted)
    }

    @Test func aModelWithoutFiniteScoresIsAnErrorThatNamesTheRecord() throws {
        let error = #expect(throws: VerificationError.self) {
            try EvaluationSuite.tofu.evaluate(scene(BrokenModel()))
        }
        #expect(error?.code == .degenerateScores)
        #expect(error?.details["record"] == "forget01/0")
    }
}
