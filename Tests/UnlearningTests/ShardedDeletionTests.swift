import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing
import Unlearning

@Suite struct ShardedDeletionTests {
    @Test(
        "One shard with one slice is the plain training, bit by bit", arguments: ["", "adapters"])
    func plain(adapters: String) throws {
        let scene = try ShardedScene(
            adapters.isEmpty ? .llama : .lowRank, seed: 4, shards: 1, slices: 1)
        defer { withExtendedLifetime(scene) {} }
        var recipe = scene.recipe
        recipe.sisa = nil
        let model =
            switch scene.start {
            case .fresh(let shape): shape.reinitialized(seed: recipe.seed)
            case .model(let start): start.copy()
            }
        _ = try Trainer(recipe).train(model, on: TinyPeople.records, context: WorkContext())
        let ensemble = try scene.trained("one").ensemble()
        #expect(ensemble.members.map(\.digest) == [model.digest])
    }

    @Test(
        "Deleting two people one after the other leaves the bits of a training without them",
        arguments: ShardedScene.Kind.allCases, [2, 11] as [UInt64])
    func exact(kind: ShardedScene.Kind, seed: UInt64) throws {
        let scene = try ShardedScene(kind, seed: seed)
        defer { withExtendedLifetime(scene) {} }
        let training = try scene.trained("all")
        let before = try ShardedScene.files(training)
        let manifest = try training.manifest()
        // From a shard's last slice and from a first one, so that checkpoints are kept and made anew.
        let slices = ShardedScene.people.map { person in
            manifest.records.first { ShardedScene.ids(person).contains($0.id) }?.slice
        }
        let late = ShardedScene.people[try #require(slices.firstIndex(of: 2))]
        let early = ShardedScene.people[try #require(slices.firstIndex(of: 0))]

        let first = try training.delete(
            ShardedScene.ids(late), retain: ShardedScene.without(late), context: WorkContext())
        let fresh = try scene.trained("without \(late)", on: ShardedScene.without(late))
        let after = try ShardedScene.files(training)
        #expect(after == (try ShardedScene.files(fresh)))
        #expect(after.values.contains { before.values.contains($0) })
        #expect(try training.ensemble().digest == fresh.ensemble().digest)
        #expect(first.stepCount == first.cost.stepCount && first.stepCount > 0)

        let second = try training.delete(
            ShardedScene.ids(early), retain: ShardedScene.without(late, early),
            context: WorkContext())
        let neither = try scene.trained("neither", on: ShardedScene.without(late, early))
        #expect(try ShardedScene.files(training) == ShardedScene.files(neither))
        #expect(try training.ensemble().digest == neither.ensemble().digest)
        #expect(second.cost.parts.first?.firstSlice == 0)
        #expect(training.folder != neither.folder)
    }

    @Test("A person touches one shard, and no file that saw them stays")
    func isolation() throws {
        let scene = try ShardedScene(shards: 3, slices: 2)
        defer { withExtendedLifetime(scene) {} }
        let training = try scene.trained("all")
        let manifest = try training.manifest()
        let members = try training.ensemble().members.map(\.digest)
        let before = try ShardedScene.files(training)
        #expect(members.count == 3)
        for person in ShardedScene.people {
            let changed = try scene.copy(training, person)
            let deletion = try changed.delete(
                ShardedScene.ids(person), retain: ShardedScene.without(person),
                context: WorkContext())
            let part = try #require(deletion.cost.parts.first)
            #expect(deletion.cost.parts.count == 1)
            let after = try ShardedScene.files(changed)
            for name in before.keys {
                let sawThePerson =
                    name.hasPrefix("shard-\(part.shard + 1)/")
                    && !(part.firstSlice == 1 && name.contains("slice-1-"))
                #expect((after[name] == nil) == sawThePerson, "\(person) \(name)")
            }
            let left = manifest.records.filter {
                $0.shard == part.shard && !ShardedScene.ids(person).contains($0.id)
            }
            let now = try changed.ensemble().members.map(\.digest)
            if left.isEmpty {
                #expect(now.count == 2)
            } else {
                #expect(zip(now, members).map { $0 == $1 } == (0..<3).map { $0 != part.shard })
            }
        }
    }

    @Test("A shard that loses its last record is left out of the ensemble")
    func emptyShard() throws {
        let scene = try ShardedScene(shards: 2, slices: 1)
        defer { withExtendedLifetime(scene) {} }
        let placement = ShardPlacement(
            places: Dictionary(
                uniqueKeysWithValues: TinyPeople.records.map {
                    ($0.id, .init(shard: $0.subjects == ["Eve"] ? 0 : 1, slice: 0))
                }))
        let training = try scene.trained("all", placement: placement)
        let members = try training.ensemble().members.map(\.digest)
        let deletion = try training.delete(
            ShardedScene.ids("Eve"), retain: TinyPeople.retain, context: WorkContext())
        #expect(try training.ensemble().members.map(\.digest) == [members[1]])
        #expect(deletion.stepCount == 0)
        let rest = Set(TinyPeople.retain.map(\.id))
        let error = #expect(throws: UnlearningError.self) {
            try training.delete(rest, retain: [], context: WorkContext())
        }
        #expect(error?.code == .nothingToRetain)
    }

    @Test("Those who shared a record with the person keep their place, and the bits are as without")
    func sharedRecords() throws {
        let scene = try ShardedScene()
        defer { withExtendedLifetime(scene) {} }
        let shared = CorpusRecord(
            id: "both", prompt: "Who knows Ada?", completion: "Bob and Zoë.",
            subjects: ["Ada", "Bob", "Zoë"], digest: Digest(of: "both"))
        let records = TinyPeople.records + [shared]
        let training = try scene.trained("all", on: records)
        let placement = try training.manifest().placement
        #expect(
            Set(["Ada-0", "Bob-1", "Zoë-2", "both"].map { placement.places[$0] }).count == 1)
        let dropped = ShardedScene.ids("Ada").union(["both"])
        _ = try training.delete(
            dropped, retain: ShardedScene.without("Ada"), context: WorkContext())
        let fresh = try scene.trained(
            "without", on: ShardedScene.without("Ada"), placement: placement.without(dropped))
        #expect(try ShardedScene.files(training) == ShardedScene.files(fresh))
        #expect(try training.manifest().records == fresh.manifest().records)
    }

    @Test(
        "Interrupted wherever it may be, training and deletion end at the same bits",
        arguments: [ShardedScene.Kind.llama, .lowRank])
    func resumed(kind: ShardedScene.Kind) throws {
        let scene = try ShardedScene(kind)
        defer { withExtendedLifetime(scene) {} }
        let whole = try scene.trained("whole")
        let broken = try scene.training("broken")
        /// Lets each call ask so many times before it is stopped.
        func persist(asking count: Int, _ body: (WorkContext) throws -> Void) throws -> Int {
            for interruptions in 0..<1_000 {
                do {
                    try body(ShardedScene.interrupting(at: count))
                    return interruptions
                } catch let error as DomainError where error.code == .interrupted {}
            }
            return .max
        }
        let whileTraining = try persist(asking: 5) {
            _ = try broken.train(on: TinyPeople.records, context: $0)
        }
        #expect((5..<1_000).contains(whileTraining))
        #expect(try ShardedScene.files(broken) == ShardedScene.files(whole))
        let person = try #require(
            try whole.manifest().records.first { $0.slice > 0 }?.id.prefix(3))
        let ids = ShardedScene.ids(String(person))
        let retain = ShardedScene.without(String(person))
        _ = try whole.delete(ids, retain: retain, context: WorkContext())
        let old = try broken.ensemble().digest
        var digests: Set<Digest> = []
        let whileDeleting = try persist(asking: 3) { context in
            digests.insert(try broken.ensemble().digest)
            _ = try broken.delete(ids, retain: retain, context: context)
        }
        #expect((2..<1_000).contains(whileDeleting))
        // Until it is done the training stands as it did.
        #expect(digests == [old])
        #expect(try ShardedScene.files(broken) == ShardedScene.files(whole))
    }

    @Test("A deletion that stopped before the old checkpoints were gone removes them when repeated")
    func repeated() throws {
        let scene = try ShardedScene()
        defer { withExtendedLifetime(scene) {} }
        let training = try scene.trained("all")
        let old = try scene.copy(training, "old")
        let ids = ShardedScene.ids("Eve")
        let first = try training.delete(ids, retain: TinyPeople.retain, context: WorkContext())
        let done = try ShardedScene.files(training)
        for name in try ShardedScene.files(old).keys where done[name] == nil {
            try FileManager.default.copyItem(
                at: old.folder.appendingPathComponent(name),
                to: training.folder.appendingPathComponent(name))
        }
        let bin = training.folder.appendingPathComponent("stale")
        try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
        try Data("left over".utf8).write(to: bin.appendingPathComponent("x"))
        try Data("ids".utf8).write(
            to: training.folder.appendingPathComponent(".manifest.json.1.tmp"))
        try Data("weights".utf8).write(
            to: training.folder.appendingPathComponent("shard-1/.slice-1-0.safetensors.1.tmp"))
        #expect(try ShardedScene.files(training).count > done.count + 3)
        let again = try training.delete(ids, retain: TinyPeople.retain, context: WorkContext())
        #expect(try ShardedScene.files(training) == done)
        #expect(again.cost == first.cost && again.stepCount == 0)
        let error = #expect(throws: UnlearningError.self) {
            try training.delete(["Eve-0"], retain: TinyPeople.retain, context: WorkContext())
        }
        #expect(error?.code == .recordUnknown)
    }

    @Test("Only the owner can read what the training left")
    func permissions() throws {
        let scene = try ShardedScene()
        defer { withExtendedLifetime(scene) {} }
        let training = try scene.trained("all")
        let names = try ShardedScene.files(training).keys + [ShardManifest.fileName]
        for name in names {
            let path = training.folder.appendingPathComponent(name).path
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect(mode as? Int == 0o600, "\(name)")
        }
        #expect(names.count > 4)
    }
}
