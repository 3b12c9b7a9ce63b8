import Domain
import LanguageModels
import Testing
import Unlearning

@Suite struct ShardPlacementTests {
    static let settings = ShardingSettings(shards: 5, slices: 3)

    static func record(_ id: String, _ subjects: String...) -> CorpusRecord {
        CorpusRecord(
            id: id, prompt: "", completion: id, subjects: subjects, digest: Digest(of: id))
    }

    /// By Python: `int(sha256("sisa/7/person/Ada").hexdigest()[:16], 16) * 5 >> 64`, and so on.
    @Test("A place is the hash of seed and person, or of the record where there is no person")
    func hash() {
        let placement = ShardPlacement(
            of: [Self.record("a", "Ada"), Self.record("z", "Zoë"), Self.record("x-1")],
            settings: Self.settings, seed: 7)
        #expect(
            placement.places == [
                "a": .init(shard: 3, slice: 1), "z": .init(shard: 3, slice: 0),
                "x-1": .init(shard: 4, slice: 1),
            ])
    }

    @Test("All records of a person stand in one slice", arguments: [1, 2, 3] as [UInt64])
    func together(seed: UInt64) {
        let places = ShardPlacement(of: TinyPeople.records, settings: Self.settings, seed: seed)
            .places
        for person in ShardedScene.people {
            #expect(Set(ShardedScene.ids(person).map { places[$0] }).count == 1)
        }
        #expect(Set(places.values).count > 3)
    }

    @Test("Leaving a person out moves nobody else")
    func stable() {
        for seed in 1...20 as ClosedRange<UInt64> {
            let all = ShardPlacement(of: TinyPeople.records, settings: Self.settings, seed: seed)
            for person in ShardedScene.people {
                let rest = ShardPlacement(
                    of: ShardedScene.without(person), settings: Self.settings, seed: seed)
                #expect(rest == all.without(ShardedScene.ids(person)))
            }
        }
    }

    @Test("People who share records stand where the first of them by hash would stand alone")
    func groups() throws {
        let settings = ShardingSettings(shards: 64, slices: 64)
        func place(_ person: String) -> ShardPlacement.Place? {
            ShardPlacement(of: [Self.record("r", person)], settings: settings, seed: 3)
                .places["r"]
        }
        let records = [
            Self.record("1", "A"), Self.record("2", "B", "A"), Self.record("3", "C"),
            Self.record("4", "D", "C"), Self.record("5", "C", "B"), Self.record("6", "E"),
        ]
        let places = ShardPlacement(of: records, settings: settings, seed: 3).places
        let group = Set(["1", "2", "3", "4", "5"].map { places[$0] })
        #expect(group.count == 1)
        let first = try #require(
            ["A", "B", "C", "D"].min {
                Digest(of: "sisa/3/person/\($0)") < Digest(of: "sisa/3/person/\($1)")
            })
        #expect(group == [place(first)])
        #expect(places["6"] == place("E"))
        #expect(!group.contains(places["6"]))
    }

    /// 6,400 people in 16 cells: 400 expected, standard deviation 19.4.
    @Test("Chance balances the slices")
    func balance() {
        let settings = ShardingSettings(shards: 4, slices: 4)
        let records = (0..<6_400).map { Self.record("r\($0)", "person \($0)") }
        let places = ShardPlacement(of: records, settings: settings, seed: 1).places
        let counts = Dictionary(grouping: places.values) { $0 }.mapValues(\.count)
        #expect(counts.count == 16)
        #expect(counts.values.allSatisfy { abs($0 - 400) < 5 * 20 })
    }

    @Test("A recipe says how many shards and slices, and one that does not keeps its digest")
    func recipe() throws {
        let text = "lethe-recipe: 1\nepochs: 3\nlearning-rate: 0.1\n"
        let plain = try RecipeFile.parse(text)
        let sharded = try RecipeFile.parse(text + "sisa: {shards: 4, slices: 3}\n")
        #expect(plain.sisa == nil)
        #expect(sharded.sisa == ShardingSettings(shards: 4, slices: 3))
        #expect(
            try !String(decoding: CanonicalJSON.compact(plain), as: UTF8.self).contains("sisa"))
        #expect(try plain.digest() != sharded.digest())
        for section in [
            "{shards: 0, slices: 3}", "{shards: 4}", "{shards: 4, slices: 3, vote: 1}", "4",
        ] {
            #expect(throws: (any Error).self, "\(section)") {
                try RecipeFile.parse(text + "sisa: \(section)\n")
            }
        }
    }

    /// 2 e / (R + 1): the sum over stages of r / R of the data, times this, is e.
    @Test("Epochs of a stage keep the tokens read at those of the recipe's epochs")
    func epochs() {
        #expect(ShardingSettings(shards: 9, slices: 1).epochsPerSlice(epochs: 30) == 30)
        #expect(ShardingSettings(shards: 1, slices: 4).epochsPerSlice(epochs: 30) == 12)
        #expect(ShardingSettings(shards: 1, slices: 100).epochsPerSlice(epochs: 3) == 1)
    }
}
