import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing
import Unlearning

@Suite struct ShardedIntegrityTests {
    static func deleteEve(_ training: ShardedTraining) throws {
        _ = try training.delete(
            ShardedScene.ids("Eve"), retain: TinyPeople.retain, context: WorkContext())
    }

    static func lastCheckpoint(_ training: ShardedTraining) throws -> URL {
        let name = try #require(try ShardedScene.files(training).keys.sorted().last)
        return training.folder.appendingPathComponent(name)
    }

    @Test("One changed bit of a checkpoint is found", arguments: [8, 100, 5_000])
    func changedBit(fromEnd: Int) throws {
        let scene = try ShardedScene()
        defer { withExtendedLifetime(scene) {} }
        let training = try scene.trained("all")
        let url = try Self.lastCheckpoint(training)
        var data = try Data(contentsOf: url)
        data[data.count - fromEnd] ^= 1
        try data.write(to: url)
        let error = #expect(throws: ModelError.self) { try training.ensemble() }
        #expect(error?.code == .malformedCheckpoint)
        #expect(error?.details["file"] == "shard-2/" + url.lastPathComponent)
    }

    @Test("A cut, foreign or missing checkpoint is refused with its place")
    func damagedCheckpoint() throws {
        let scene = try ShardedScene()
        defer { withExtendedLifetime(scene) {} }
        let training = try scene.trained("all")
        let url = try Self.lastCheckpoint(training)
        let data = try Data(contentsOf: url)
        let names = try ShardedScene.files(training).keys.sorted()
        let other = try Data(contentsOf: training.folder.appendingPathComponent(names[0]))
        for content in [data.prefix(data.count / 2), other, Data(), nil] {
            try FileManager.default.removeItem(at: url)
            try content?.write(to: url)
            let error = #expect(throws: ModelError.self) { try training.ensemble() }
            #expect(error?.code == .malformedCheckpoint)
            #expect(error?.message.contains(url.lastPathComponent) == true)
            if content == nil { break }
        }
        let before = try ShardedScene.files(training)
        let error = #expect(throws: ModelError.self) { try Self.deleteEve(training) }
        #expect(error?.code == .malformedCheckpoint)
        #expect(try ShardedScene.files(training) == before)
    }

    @Test("A manifest that was cut or changed is refused before any work")
    func damagedManifest() throws {
        let scene = try ShardedScene()
        defer { withExtendedLifetime(scene) {} }
        let training = try scene.trained("all")
        let url = training.folder.appendingPathComponent(ShardManifest.fileName)
        let text = try String(contentsOf: url, encoding: .utf8)
        let files = try ShardedScene.files(training)
        let moved = text.replacing(/"slice" : 0/, with: "\"slice\" : 1", maxReplacements: 1)
        let outside = text.replacing(/"slice" : 0/, with: "\"slice\" : 9", maxReplacements: 1)
        let foreign = text.replacing("lethe-sisa-1", with: "lethe-sisa-2")
        #expect(moved != text && outside != text && foreign != text)
        for content in [String(text.prefix(200)), outside, foreign, "[]"] {
            try Data(content.utf8).write(to: url)
            let error = #expect(throws: UnlearningError.self) { try Self.deleteEve(training) }
            #expect(error?.code == .malformedShards)
        }
        // Another place of a record asks for checkpoints that are not there.
        try Data(moved.utf8).write(to: url)
        let error = #expect(throws: ModelError.self) { try Self.deleteEve(training) }
        #expect(error?.code == .malformedCheckpoint)
        #expect(try ShardedScene.files(training) == files)
    }

    @Test("Another recipe, start or corpus is refused")
    func foreign() throws {
        let scene = try ShardedScene()
        defer { withExtendedLifetime(scene) {} }
        let training = try scene.trained("all")
        for other in [try ShardedScene(seed: 3), try ShardedScene(.gpt2)] {
            let error = #expect(throws: UnlearningError.self) {
                try ShardedTraining(other.recipe, start: other.start, folder: training.folder)
                    .ensemble()
            }
            #expect(error?.code == .malformedShards)
        }
        let fewer = #expect(throws: UnlearningError.self) {
            try training.train(on: TinyPeople.retain, context: WorkContext())
        }
        #expect(fewer?.code == .malformedShards)
        let changed = TinyPeople.retain.map {
            $0.id == "Ada-0"
                ? CorpusRecord(
                    id: $0.id, prompt: $0.prompt, completion: "Changed.", subjects: $0.subjects,
                    digest: Digest(of: "changed")) : $0
        }
        for retain in [changed, Array(TinyPeople.retain.dropFirst())] {
            let error = #expect(throws: UnlearningError.self) {
                try training.delete(
                    ShardedScene.ids("Eve"), retain: retain, context: WorkContext())
            }
            #expect(error?.code == .recordUnknown)
            #expect(error?.details["record"] == "Ada-0")
        }
    }

    @Test("The method needs the folder, and gives the ensemble without the person")
    func method() throws {
        let scene = try ShardedScene(.lowRank)
        defer { withExtendedLifetime(scene) {} }
        let training = try scene.trained("all")
        guard case .model(let start) = scene.start else { return }
        func task(_ shards: URL?) throws -> UnlearningTask {
            UnlearningTask(
                original: try training.ensemble().members[0], forget: TinyPeople.forget,
                retain: TinyPeople.retain, recipe: scene.recipe, start: start, seed: 1,
                shards: shards)
        }
        let method = try unlearningMethod("sisa")
        #expect(method.methodClass == .exact)
        for folder in [nil, training.folder.appendingPathComponent("nothing")] {
            let error = #expect(throws: UnlearningError.self) {
                try method.unlearn(try task(folder), parameters: [:], context: WorkContext())
            }
            #expect(error?.code == .needNotMet)
        }
        let fresh = try scene.trained("without", on: TinyPeople.retain)
        let outcome = try method.unlearn(
            try task(training.folder), parameters: [:], context: WorkContext())
        let expected = try fresh.ensemble()
        #expect(outcome.ensemble?.digest == expected.digest)
        #expect(outcome.answering.digest == expected.digest)
        #expect(outcome.model.digest == expected.members[0].digest)
        #expect(outcome.facts["ensembleDigest"] == expected.digest.hexadecimal)
        #expect(outcome.facts["recordCount"] == "27")
        // An operator may ask again after an interruption at any time.
        let again = try method.unlearn(
            try task(training.folder), parameters: [:], context: WorkContext())
        #expect(again.facts == outcome.facts)
    }
}
