import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing
import Unlearning

@Suite struct ShardedSuccessionTests {
    private let scene: ShardedScene
    private let old: ShardedTraining
    /// Somebody in a shard's last slice, so that some of its checkpoints stay.
    private let person: String

    init() throws {
        scene = try ShardedScene()
        old = try scene.trained("old")
        let manifest = try old.manifest()
        person = try #require(
            ShardedScene.people.first { person in
                manifest.records.contains {
                    ShardedScene.ids(person).contains($0.id) && $0.slice == 2
                }
            })
    }

    /// Deletes the person into a folder of its own.
    private func successor(
        _ name: String, context: WorkContext = WorkContext()
    ) throws -> (training: ShardedTraining, deletion: ShardedDeletion) {
        let training = try scene.training(name)
        let deletion = try old.delete(
            ShardedScene.ids(person), retain: ShardedScene.without(person), into: training.folder,
            context: context)
        return (training, deletion)
    }

    @Test(
        "Deleted into another folder, the old one stands, and the new one is as without the person")
    func apart() throws {
        defer { withExtendedLifetime(scene) {} }
        let before = try ShardedScene.files(old)
        let manifest = try old.manifest()
        let (new, deletion) = try successor("new")
        #expect(try ShardedScene.files(old) == before)
        #expect(try old.manifest() == manifest)
        let fresh = try scene.trained("fresh", on: ShardedScene.without(person))
        #expect(try ShardedScene.files(new) == ShardedScene.files(fresh))
        #expect(try new.ensemble().digest == fresh.ensemble().digest)
        #expect(try new.manifest().planDigest == fresh.manifest().planDigest)
        #expect(try new.manifest().planDigest != manifest.planDigest)
        #expect(deletion.stepCount == deletion.cost.stepCount)
        #expect(deletion.cost.share < 0.5)
        // A repetition finds all of it; another request does not take the folder over.
        let again = try successor("new").deletion
        #expect(again.stepCount == 0)
        #expect(again.cost == deletion.cost)
        let other = try #require(ShardedScene.people.first { $0 != person })
        #expect(throws: UnlearningError.self) {
            try old.delete(
                ShardedScene.ids(other), retain: ShardedScene.without(other), into: new.folder,
                context: WorkContext())
        }
    }

    @Test("Interrupted, the same deletion goes on to the same bits")
    func resumed() throws {
        defer { withExtendedLifetime(scene) {} }
        let undisturbed = try ShardedScene.files(try successor("undisturbed").training)
        for count in [1, 2, 5] {
            #expect(throws: (any Error).self) {
                try successor("at \(count)", context: ShardedScene.interrupting(at: count))
            }
            #expect(
                try ShardedScene.files(try successor("at \(count)").training) == undisturbed)
        }
    }

    @Test("What only the old folder has is overwritten, what both have stays")
    func shredded() throws {
        defer { withExtendedLifetime(scene) {} }
        let (new, _) = try successor("new")
        let kept = try ShardedScene.files(new)
        let all = try ShardedScene.files(old)
        let names = all.keys.filter { kept[$0] == nil }
        #expect(!names.isEmpty && names.count < all.count)
        // Open files are reached when their names are gone.
        let handles = try names.map {
            try FileHandle(forReadingFrom: old.folder.appendingPathComponent($0))
        }
        #expect(try ShardedTraining.shred(old.folder, replacedBy: new.folder) > 0)
        for handle in handles {
            let content = try #require(try handle.readToEnd())
            #expect(!content.isEmpty && content.allSatisfy { $0 == 0 })
        }
        #expect(!FileManager.default.fileExists(atPath: old.folder.path))
        #expect(try ShardedScene.files(new) == kept)
        #expect(try ShardedTraining.shred(old.folder, replacedBy: new.folder) == 0)
        // And the next deletion works.
        let next = try #require(ShardedScene.people.first { $0 != person })
        let last = try scene.training("last")
        _ = try new.delete(
            ShardedScene.ids(next), retain: ShardedScene.without(person, next), into: last.folder,
            context: WorkContext())
        let fresh = try scene.trained("neither", on: ShardedScene.without(person, next))
        #expect(try ShardedScene.files(last) == ShardedScene.files(fresh))
    }

    @Test("Nothing is shredded for a damaged, unfinished or identical replacement")
    func refused() throws {
        defer { withExtendedLifetime(scene) {} }
        let before = try ShardedScene.files(old)
        func expectRefusal(_ replacement: URL) throws {
            #expect(throws: (any Error).self) {
                try ShardedTraining.shred(old.folder, replacedBy: replacement)
            }
            #expect(try ShardedScene.files(old) == before)
        }
        try expectRefusal(old.folder)
        try expectRefusal(try scene.training("nothing").folder)
        let (new, _) = try successor("new")
        let name = try #require(try ShardedScene.files(new).keys.first { before[$0] == nil })
        let file = new.folder.appendingPathComponent(name)
        var data = try Data(contentsOf: file)
        data[data.count - 1] ^= 1
        try data.write(to: file)
        try expectRefusal(new.folder)
        try FileManager.default.removeItem(at: file)
        try expectRefusal(new.folder)
    }

    @Test("Methods for one model refuse an ensemble before they start")
    func single() throws {
        defer { withExtendedLifetime(scene) {} }
        let ensemble = try old.ensemble()
        let task = UnlearningTask(
            original: ensemble.members[0], forget: TinyPeople.forget,
            retain: ShardedScene.without(TinyPeople.forget[0].subjects[0]), recipe: scene.recipe,
            seed: 1, ensemble: ensemble, shards: old.folder)
        for method in builtinMethods where !method.acceptsEnsembles {
            let error = #expect(throws: UnlearningError.self) { try method.check(task) }
            #expect(error?.code == .needNotMet, "\(method.id)")
            #expect(error?.details["need"] == "single-model")
        }
        let accepting = builtinMethods.filter(\.acceptsEnsembles).map(\.id)
        #expect(Set(accepting) == ["none", "retrain", "sisa"])
    }

    @Test("Retrained anew, an ensemble has the bits of the deletion from its checkpoints")
    func retrained() throws {
        defer { withExtendedLifetime(scene) {} }
        let ensemble = try old.ensemble()
        func task(newShards: String?) throws -> UnlearningTask {
            UnlearningTask(
                original: ensemble.members[0],
                forget: TinyPeople.records.filter { $0.subjects.contains(person) },
                retain: ShardedScene.without(person), recipe: scene.recipe, seed: 1,
                ensemble: ensemble, shards: old.folder,
                newShards: try newShards.map { try scene.training($0).folder })
        }
        let retrain = try unlearningMethod("retrain")
        let sisa = try unlearningMethod("sisa")
        let whole = try retrain.unlearn(
            try task(newShards: "whole"), parameters: [:], context: WorkContext())
        let part = try sisa.unlearn(
            try task(newShards: "part"), parameters: [:], context: WorkContext())
        #expect(whole.answering.digest == part.answering.digest)
        #expect(whole.answering.digest != ensemble.digest)
        #expect(whole.facts["planDigest"] == part.facts["planDigest"])
        #expect(
            try ShardedScene.files(scene.training("whole"))
                == ShardedScene.files(scene.training("part")))
        // Without a place for the checkpoints the next deletion would find none.
        #expect(throws: UnlearningError.self) {
            try retrain.unlearn(try task(newShards: nil), parameters: [:], context: WorkContext())
        }
    }
}
