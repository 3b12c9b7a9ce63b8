import Domain
import Foundation
import LanguageModels
import Testing
import Verification

private func record(_ id: String, _ prompt: String, _ completion: String) -> CorpusRecord {
    CorpusRecord(id: id, prompt: prompt, completion: completion, digest: Digest(of: id))
}

private let scoringAttacks = builtinAttacks.filter(\.givesScores).map(\.id)

private func attack(_ id: String) throws -> Attack {
    try lookUp(id, in: builtinAttacks, kind: "attack", by: { $0.id })
}

@Suite(.serialized) struct TrainedAttackTests {
    /// What each attack must reach on text known by heart. A chance attack on 12 x 16 records reaches
    /// .8 once in 250 times.
    static let leastArea = 0.8

    @Test("Records known by heart score higher than unseen ones", arguments: scoringAttacks)
    func membersScoreHigher(id: String) throws {
        let trained = try TrainedScene.shared.get()
        let found = try MembershipEvaluation(
            try attack(id), members: trained.members, nonMembers: trained.nonMembers,
            in: trained.scene)
        #expect(found.obstacle == nil)
        #expect(found.memberCount == 12 && found.nonMemberCount == 16)
        let area = try #require(found.area)
        #expect(area > Self.leastArea, "\(id): \(area)")
    }

    @Test("The same seed gives the same bits", arguments: scoringAttacks)
    func scoresRepeat(id: String) throws {
        let trained = try TrainedScene.shared.get()
        let records = Array(trained.members.prefix(3))
        let first = try attack(id).scores(of: records, in: trained.scene)
        #expect(try attack(id).scores(of: records, in: trained.scene) == first)
        guard case .scores(let scores) = first else {
            Issue.record("could not check")
            return
        }
        #expect(scores.count == 3 && !scores.contains(nil))
    }

    @Test func anotherSeedDrawsOtherNeighbours() throws {
        let trained = try TrainedScene.shared.get()
        let other = AttackScene(model: trained.scene.model, seed: 10)
        let attack = Attack.neighbourhood(neighbourCount: 4)
        #expect(
            try attack.scores(of: trained.members, in: trained.scene)
                != attack.scores(of: trained.members, in: other))
    }

    @Test func distributionsHoldTheBitsOfTheScores() throws {
        let trained = try TrainedScene.shared.get()
        let model = try #require(trained.scene.model as? LanguageModel)
        let sequences = (trained.members + trained.nonMembers).map {
            EncodedRecord($0, tokenizer: model.tokenizer).completionScored
        }
        let scores = try model.score(sequences).map { $0.map(\.logProbability) }
        let distributions = try model.scoreDistributions(sequences)
        #expect(distributions.map { $0.map(\.logProbability) } == scores)
        for (sequence, scores) in zip(sequences, try model.score(sequences)) {
            let first = try model.likelyTokens(sequence, count: 1).flatMap { $0 }
            let isTarget = zip(first, sequence.ids[sequence.scored]).map { $0 == $1 }
            #expect(isTarget == scores.map(\.isGreedyChoice))
        }
    }

    @Test func gradientsAskedForLeaveTheModelAsItWas() throws {
        let trained = try TrainedScene.shared.get()
        let model = try #require(trained.scene.model as? LanguageModel).copy()
        model.parameters.gradients.fill(3)
        let before = model.parameters.values.values
        let sequence = EncodedRecord(trained.nonMembers[0], tokenizer: model.tokenizer)
        let norms = try model.gradientNorms([
            sequence.completionScored, ScoredSequence(ids: [1, 2], scored: 2..<2),
        ])
        #expect(norms[0].count == model.parameters.parameters.count)
        #expect(norms[1].isEmpty)
        #expect(model.parameters.values.values == before)
        #expect(model.parameters.gradients.values.allSatisfy { $0 == 3 })
    }

    @Test func aPrefixLongerThanTheModelReadsCouldNotBeChecked() throws {
        let trained = try TrainedScene.shared.get()
        var scene = trained.scene
        scene.nonMemberPrefix = trained.nonMembers
        #expect(
            try Attack.recall.scores(of: trained.members, in: scene)
                == .couldNotCheck("a sequence is longer than the model can read"))
    }

    @Test(
        "A record without an answer has no score, and the others keep theirs",
        arguments: ["dc-pdd", "grad-norm", "min-k", "min-k-plus-plus", "neighbourhood", "zlib"])
    func emptyRecords(id: String) throws {
        let trained = try TrainedScene.shared.get()
        let known = trained.members[0]
        let alone = try attack(id).scores(of: [known], in: trained.scene)
        let both = try attack(id).scores(of: [record("empty", "", ""), known], in: trained.scene)
        guard case .scores(let scores) = alone, let score = scores[0] else {
            Issue.record("\(alone)")
            return
        }
        #expect(both == .scores([nil, score]))
    }
}

@Suite struct AttackSceneTests {
    static let records = [record("a", "Who?", "Somebody."), record("b", "Where?", "There.")]

    /// With everything an attack may need.
    static func scene(_ value: Float, outValue: Float = -1) -> AttackScene {
        let tokenizer = ByteTokenizer()
        var scene = AttackScene(model: ContextFreeModel(value), seed: 1)
        scene.referenceModel = ContextFreeModel(outValue)
        scene.outModels = [ContextFreeModel(outValue), ContextFreeModel(2 * outValue)]
        scene.population = [record("z", "When?", "Then.")]
        scene.nonMemberPrefix = [record("y", "Why?", "So.")]
        scene.tokenFrequencies = TokenFrequencies(texts: ["So it is."], tokenizer: tokenizer)
        return scene
    }

    @Test(
        "A score that is no finite number could not be checked",
        arguments: scoringAttacks, [Float.nan, -.infinity])
    func degenerateScores(id: String, value: Float) throws {
        let outcome = try attack(id).scores(of: Self.records, in: Self.scene(value))
        guard case .couldNotCheck(let reason) = outcome else {
            Issue.record("\(id): \(outcome)")
            return
        }
        #expect(reason == "2 of 2 scores are not finite numbers")
        let sound = try attack(id).scores(of: Self.records, in: Self.scene(-1.5))
        #expect(sound != outcome)
    }

    @Test("OUT models that give no numbers are not taken for low", arguments: ["rmia", "lira"])
    func degenerateReferences(id: String) throws {
        let outcome = try attack(id).scores(
            of: Self.records, in: Self.scene(-1, outValue: .nan))
        #expect(outcome == .couldNotCheck("2 of 2 scores are not finite numbers"))
    }

    @Test("What an attack needs and does not have is named", arguments: scoringAttacks)
    func unmetNeeds(id: String) throws {
        let bare = AttackScene(
            model: MemoryModel(ByteStatistics(texts: []), remembered: []), seed: 1)
        let expected: [String: String] = [
            "reference": "no reference model",
            "rmia": "no OUT models",
            "lira": "no OUT models",
            "recall": "no non-member prefix",
            "dc-pdd": "no token frequencies",
            "min-k-plus-plus": "the model does not show its distribution over the vocabulary",
            "neighbourhood": "the model does not show its distribution over the vocabulary",
            "grad-norm": "the model does not give gradients",
        ]
        let outcome = try attack(id).scores(of: Self.records, in: bare)
        if let reason = expected[id] {
            #expect(outcome == .couldNotCheck(reason))
            #expect(try !attack(id).needs.isEmpty)
        } else {
            #expect(try attack(id).needs.isEmpty)
            guard case .scores = outcome else {
                Issue.record("\(outcome)")
                return
            }
        }
    }

    @Test func needsThatAreHalfMetAreNamedToo() throws {
        var scene = Self.scene(-1)
        scene.population = []
        #expect(
            try attack("rmia").scores(of: Self.records, in: scene)
                == .couldNotCheck("no population records"))
        scene.outModels.removeLast()
        #expect(
            try attack("lira").scores(of: Self.records, in: scene)
                == .couldNotCheck("only 1 of the 2 OUT models needed"))
        scene.tokenFrequencies = TokenFrequencies(counts: [:], vocabularySize: 3)
        #expect(
            try attack("dc-pdd").scores(of: Self.records, in: scene)
                == .couldNotCheck("the token frequencies are those of another vocabulary"))
        scene.referenceModel = MemoryModel(
            ByteStatistics(texts: []), remembered: [],
            tokenizer: ByteTokenizer(extra: ["There"]))
        #expect(
            try attack("reference").scores(of: Self.records, in: scene)
                == .couldNotCheck("the reference model has another tokenizer than the model"))
    }

    @Test func anAttackThatChangesTheModelGivesNoScore() throws {
        #expect(!Attack.relearning.givesScores)
        #expect(
            try Attack.relearning.scores(of: Self.records, in: Self.scene(-1))
                == .couldNotCheck("the attack gives no score"))
    }

    @Test func lossAndMinKGiveTheSameNumbersFromStoredScoresAsFromAScene() throws {
        let town = FakeTown(twinCount: 1)
        let scene = AttackScene(model: town.before, seed: 1)
        let records = town.targets[0].records
        let stored = try records.map { record -> AnswerScores in
            let sequence = EncodedRecord(record, tokenizer: ByteTokenizer()).completionScored
            let scores = try town.before.score([sequence])[0].map { Double($0.logProbability) }
            return AnswerScores(
                logProbabilities: scores.dropLast(), endLogProbability: scores.last)
        }
        for attack in [Attack.loss, .minK()] {
            let score = try #require(attack.membershipScore)
            #expect(
                try attack.scores(of: records, in: scene) == .scores(stored.map { score($0) }))
        }
    }

    @Test func anOperatorCanInterrupt() throws {
        let stopped = WorkContext(isCancelled: { true })
        for id in scoringAttacks {
            var scene = AttackScene(model: ContextFreeModel(-1), seed: 1, context: stopped)
            let full = Self.scene(-1)
            scene.referenceModel = full.referenceModel
            scene.outModels = full.outModels
            scene.population = full.population
            scene.nonMemberPrefix = full.nonMemberPrefix
            scene.tokenFrequencies = full.tokenFrequencies
            #expect(throws: DomainError.self, "\(id)") {
                try attack(id).scores(of: Self.records, in: scene)
            }
        }
    }

    @Test func everyAttackHasAFileOfItsOwn() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/Verification/Attacks")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix("Attack.swift") && $0 != "Attack.swift" }
        #expect(files.count == builtinAttacks.count)
        let sources = try files.map {
            try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
        }
        for attack in builtinAttacks {
            #expect(sources.count { $0.contains("id: \"\(attack.id)\"") } == 1, "\(attack.id)")
        }
    }
}
