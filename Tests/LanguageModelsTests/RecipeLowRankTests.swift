import Domain
import Foundation
import LanguageModels
import StrictYAML
import TestSupport
import Testing

@Suite struct RecipeLowRankTests {
    /// hashlib: SHA-256 of the recipe's values as JSON with sorted keys and no spaces.
    @Test("A recipe without adapters has the digest it always had")
    func oldDigest() throws {
        let recipe = try RecipeFile.read(
            Fixtures.repository.appendingPathComponent("Samples/recipe.yaml"))
        #expect(
            try recipe.digest().hexadecimal
                == "e40deb83c14452233c4549b182ae3c17cff67506e138a026e544da6c7a7c09ec")
    }

    @Test("A stored recipe without the newer keys reads as one that does without them")
    func oldRecipe() throws {
        let text = """
            {"batchSize":8,"beta1":0.9,"beta2":0.95,"checkpointEverySteps":200,"clipNorm":1,\
            "epochs":3,"finalLearningRateShare":0.05,"learningRate":0.1,"loss":"all-tokens",\
            "schedule":"cosine","seed":1,"warmupShare":0.05,"weightDecay":0}
            """
        let recipe = try CanonicalJSON.decode(TrainingRecipe.self, from: Data(text.utf8))
        #expect(recipe == TrainingRecipe(epochs: 3, learningRate: 0.1))
        #expect(recipe.lowRank == nil)
        #expect(!recipe.checkpointsLayers)
        #expect(try CanonicalJSON.compact(recipe) == Data(text.utf8))
    }

    static func parse(_ lines: String) throws -> TrainingRecipe {
        try RecipeFile.parse(RecipeTests.least + lines + "\n")
    }

    @Test("Adapters are read with rank, alpha and targets")
    func lowRank() throws {
        let some = try Self.parse("low-rank: {rank: 8, alpha: 16, targets: [q_proj, v_proj]}")
        #expect(
            some.lowRank == LowRankSettings(rank: 8, alpha: 16, targets: ["q_proj", "v_proj"]))
        let all = try Self.parse("low-rank: {rank: 4, alpha: 2.5}")
        #expect(all.lowRank == LowRankSettings(rank: 4, alpha: 2.5, targets: ["all-linear"]))
        let spelt = try Self.parse("low-rank: {rank: 4, alpha: 2.5, targets: all-linear}")
        #expect(spelt == all)
        let stored = try CanonicalJSON.decode(
            TrainingRecipe.self, from: CanonicalJSON.compact(some))
        #expect(stored == some)
    }

    @Test("Adapters and checkpointing count in the digest where they are switched on")
    func digest() throws {
        let digests = try [
            "", "gradient-checkpointing: true", "low-rank: {rank: 8, alpha: 16}",
            "low-rank: {rank: 8, alpha: 8}", "low-rank: {rank: 8, alpha: 16, targets: [q_proj]}",
        ].map { try Self.parse($0).digest() }
        #expect(Set(digests).count == 5)
        #expect(try Self.parse("gradient-checkpointing: false").digest() == digests[0])
        #expect(try Self.parse("gradient-checkpointing: true").checkpointsLayers)
    }

    @Test(
        "What does not make adapters is refused with the reason",
        arguments: [
            ("low-rank: 8", "low-rank must be a mapping"),
            ("low-rank: {alpha: 8}", "rank is missing"),
            ("low-rank: {rank: 8}", "alpha is missing"),
            ("low-rank: {rank: 0, alpha: 8}", "rank must be a whole number in 1...4096"),
            ("low-rank: {rank: 8, alpha: -1}", "alpha must be a positive number"),
            ("low-rank: {rank: 8, alpha: 8, targets: []}", "targets must be a list of names"),
            ("low-rank: {rank: 8, alpha: 8, targets: q_proj}", "targets must be a list of names"),
            ("low-rank: {rank: 8, alpha: 8, targets: [[a]]}", "targets must be a list of names"),
            ("gradient-checkpointing: often", "gradient-checkpointing must be true or false"),
            (
                "family: llama\nmodel: {hidden-size: 8, intermediate-size: 8, layers: 1, heads: 1}\n"
                    + "low-rank: {rank: 8, alpha: 8}",
                "low-rank adapts a model that is there"
            ),
        ])
    func refused(lines: String, message: String) {
        let error = #expect(throws: YAMLError.self) { try Self.parse(lines) }
        #expect(error?.code == .malformedDocument)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
}
