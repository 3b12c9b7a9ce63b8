import Domain
import LanguageModels
import TestSupport
import Testing
import Unlearning

@Suite struct ShardedCostTests {
    static func records(_ count: Int) -> [CorpusRecord] {
        (0..<count).map {
            CorpusRecord(
                id: "r\($0)", prompt: "", completion: "It is \($0).", subjects: ["p\($0)"],
                digest: Digest(of: "\($0)"))
        }
    }

    /// A manifest needs a training; one step of it is enough where the batch is large.
    static func manifest(
        _ records: [CorpusRecord], batchSize: Int, placement: ShardPlacement? = nil,
        shards: Int, slices: Int
    ) throws -> ShardManifest {
        let scene = try ShardedScene(shards: shards, slices: slices)
        defer { withExtendedLifetime(scene) {} }
        var recipe = scene.recipe
        recipe.epochs = 1
        recipe.batchSize = batchSize
        let scratch = try ScratchFolder()
        defer { withExtendedLifetime(scratch) {} }
        let training = try ShardedTraining(recipe, start: scene.start, folder: scratch.url)
        return try training.train(on: records, placement: placement, context: WorkContext())
    }

    /// Slices of n records, one each step, e epochs a stage. A record of slice r0 (from 1) costs
    /// `sum over r >= r0 of (r n - 1)` of `S sum over r of r n` steps.
    @Test("Steps of a deletion are those that a hand calculation gives")
    func byHand() throws {
        let (shards, slices, each) = (2, 4, 5)
        let records = Self.records(shards * slices * each)
        let placement = ShardPlacement(
            places: Dictionary(
                uniqueKeysWithValues: records.enumerated().map { index, record in
                    (record.id, .init(shard: index % 2, slice: index / 2 % 4))
                }))
        let manifest = try Self.manifest(
            records, batchSize: 1, placement: placement, shards: shards, slices: slices)
        #expect(manifest.epochsPerSlice == 1)
        var total = 0.0
        for (index, record) in records.enumerated() {
            let slice = index / 2 % 4 + 1
            let steps = (slice...4).reduce(0) { $0 + $1 * each - 1 }
            let cost = manifest.cost(ofDeleting: [record.id])
            #expect(
                cost.parts == [
                    ShardedCost.Part(shard: index % 2, firstSlice: slice - 1, stepCount: steps)
                ])
            #expect(cost.totalStepCount == 2 * 50)
            #expect(cost.stepCount == steps)
            let perStep = try #require(manifest.secondsPerStep)
            #expect(perStep > 0)
            #expect(cost.seconds == perStep * Double(steps))
            total += cost.share
        }
        // By hand: (46 + 42 + 33 + 19) / 4 = 35 of 100; without the dropped record itself the rule
        // (1/S)(2/3 + 1/(3R)) = 0.375.
        #expect(abs(total / Double(records.count) - 0.35) < 1e-12)
        let two = manifest.cost(ofDeleting: ["r6", "r7", "unknown"])
        #expect(two.parts.map(\.shard) == [0, 1] && two.stepCount == 38)
        #expect(manifest.cost(ofDeleting: ["unknown"]).parts.isEmpty)
    }

    /// 600 people where chance puts them: the mean over people of a share that is itself a ratio of sums
    /// of random sizes stays within a few percent.
    @Test(
        "Over all people a deletion takes about (1/S)(2/3 + 1/(3R)) of the training",
        arguments: [(4, 1), (4, 4), (2, 6)])
    func expected(shards: Int, slices: Int) throws {
        let records = Self.records(600)
        let manifest = try Self.manifest(records, batchSize: 8, shards: shards, slices: slices)
        let mean =
            records.reduce(0.0) { $0 + manifest.cost(ofDeleting: [$1.id]).share }
            / Double(records.count)
        let rule = (2.0 / 3 + 1 / (3 * Double(slices))) / Double(shards)
        #expect(abs(mean / rule - 1) < 0.08)
    }
}
