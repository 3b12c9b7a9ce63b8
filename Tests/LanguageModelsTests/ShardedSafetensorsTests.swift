import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing

@Suite struct ShardedSafetensorsTests {
    /// `models/qwen3` cut into three shards, to be spoiled.
    struct Sharded {
        let scratch: ScratchFolder
        var shards: [String: [(name: String, tensor: Tensor)]] = [:]
        var assignments: [(tensor: String, shard: String)] = []
        var indexText: String?
        var type = Safetensors.ElementType.f32

        static let names = (1...3).map { "model-0000\($0)-of-00003.safetensors" }

        init() throws {
            scratch = try ScratchFolder()
            let folder = Fixtures.root.appendingPathComponent("models/qwen3")
            try FileManager.default.copyItem(
                at: folder.appendingPathComponent("config.json"),
                to: scratch.url.appendingPathComponent("config.json"))
            let file = try Safetensors(
                contentsOf: folder.appendingPathComponent("model.safetensors"))
            for (place, entry) in file.entries.enumerated() {
                let shard = Self.names[place % 3]
                shards[shard, default: []].append(
                    (entry.name, try #require(try file.tensor(entry.name))))
                assignments.append((entry.name, shard))
            }
        }

        func load() throws -> LanguageModel {
            for (name, tensors) in shards {
                let types = Dictionary(
                    tensors.map { ($0.name, type) }, uniquingKeysWith: { a, _ in a })
                try Safetensors.encode(tensors, types: types)
                    .write(to: scratch.url.appendingPathComponent(name))
            }
            let map = JSONValue.object(assignments.map { .init($0.tensor, .string($0.shard)) })
            let index = JSONValue.object([
                .init("metadata", .object([.init("total_size", .number("1"))])),
                .init("weight_map", map),
            ])
            _ = try scratch.file(
                ShardedSafetensors.indexName,
                indexText ?? String(decoding: index.serialized(), as: UTF8.self))
            return try LanguageModel(folder: scratch.url, tokenizer: ByteTokenizer())
        }

        func failure() -> ModelError? { #expect(throws: ModelError.self) { try load() } }
    }

    @Test("Shards are the same model as one file, and are written as one file")
    func sameModel() throws {
        let single = try LanguageModel(
            folder: Fixtures.root.appendingPathComponent("models/qwen3"),
            tokenizer: ByteTokenizer())
        let sharded = try Sharded().load()
        #expect(sharded.copy().digest == single.copy().digest)
        let target = try ScratchFolder()
        let expected = sharded.digest
        #expect(try sharded.save(to: target.url) == expected)
        #expect(expected == Digest(of: single.copy().weightsFile()))
        #expect(
            expected
                == (try Digest(
                    ofFileAt: target.url.appendingPathComponent(LanguageModel.weightsName))))
        let index = target.url.appendingPathComponent(ShardedSafetensors.indexName)
        #expect(!FileManager.default.fileExists(atPath: index.path))
    }

    @Test("Shards keep their element type")
    func elementType() throws {
        var copy = try Sharded()
        copy.type = .bf16
        let file = try Safetensors(try copy.load().weightsFile(), name: "written")
        #expect(file.entries.count == copy.assignments.count)
        #expect(file.entries.allSatisfy { $0.type == .bf16 })
    }

    @Test("One file is preferred where both are there")
    func singleFirst() throws {
        let copy = try Sharded()
        _ = try copy.load()
        let fixture = Fixtures.root.appendingPathComponent("models/qwen3/model.safetensors")
        try FileManager.default.copyItem(
            at: fixture, to: copy.scratch.url.appendingPathComponent("model.safetensors"))
        try FileManager.default.removeItem(
            at: copy.scratch.url.appendingPathComponent(Sharded.names[1]))
        let model = try LanguageModel(folder: copy.scratch.url, tokenizer: ByteTokenizer())
        #expect(model.digest == (try Digest(ofFileAt: fixture)))
    }

    @Test(
        "An index that names files outside its folder, or no files, is refused",
        arguments: [
            "../model.safetensors", "/etc/passwd", "sub/model.safetensors", "..", ".", "",
            "model.bin", ".hidden.safetensors", "a\\b.safetensors", "a\u{0}b.safetensors",
            String(repeating: "a", count: 300) + ".safetensors",
        ])
    func names(shard: String) throws {
        var copy = try Sharded()
        copy.assignments[4].shard = shard
        let error = copy.failure()
        #expect(error?.code == .malformedSafetensors)
        #expect(error?.details["tensor"] == copy.assignments[4].tensor)
        #expect(error?.details["file"] == ShardedSafetensors.indexName)
    }

    @Test(
        "A malformed index is refused",
        arguments: [
            "", "[]", "{}", "null", #"{"weight_map": []}"#, #"{"weight_map": {}}"#,
            #"{"weight_map": {"a": 1}}"#, #"{"weight_map": {"a": null}}"#,
            #"{"weight_map": {"a": "x.safetensors"#,
            #"{"weight_map": {"a": "x.safetensors", "a": "y.safetensors"}}"#,
        ])
    func malformed(text: String) throws {
        var copy = try Sharded()
        copy.indexText = text
        let error = copy.failure()
        #expect(error?.code == .malformedSafetensors)
        #expect(error?.message.contains(ShardedSafetensors.indexName) == true)
    }

    @Test("A missing shard is named")
    func missingShard() throws {
        var copy = try Sharded()
        copy.shards[Sharded.names[2]] = nil
        let error = copy.failure()
        #expect(error?.code == .incompleteFolder)
        #expect(error?.details["file"] == Sharded.names[2])
    }

    @Test("A tensor that its shard does not hold is named with the shard")
    func missingTensor() throws {
        var copy = try Sharded()
        let removed = copy.shards[Sharded.names[1]]?.removeLast()
        let lost = try #require(removed).name
        let error = copy.failure()
        #expect(error?.code == .missingTensor)
        #expect(error?.details == ["tensor": lost, "file": Sharded.names[1]])
    }

    @Test("A tensor that the index does not list is named with its shard")
    func unlistedTensor() throws {
        var copy = try Sharded()
        copy.shards[Sharded.names[0]]?.append(("stray.weight", Tensor.zeros([2])))
        let error = copy.failure()
        #expect(error?.code == .unexpectedTensor)
        #expect(error?.details == ["tensor": "stray.weight", "file": Sharded.names[0]])
    }

    @Test("A tensor in two shards is refused with both")
    func duplicateTensor() throws {
        var copy = try Sharded()
        let first = try #require(copy.shards[Sharded.names[0]]?.first)
        copy.shards[Sharded.names[2]]?.append(first)
        let error = copy.failure()
        #expect(error?.code == .malformedSafetensors)
        #expect(error?.message.contains(Sharded.names[0]) == true)
        #expect(error?.message.contains(Sharded.names[2]) == true)
        #expect(error?.details["tensor"] == first.name)
    }

    @Test("A damaged shard is named")
    func damagedShard() throws {
        let copy = try Sharded()
        _ = try copy.load()
        let url = copy.scratch.url.appendingPathComponent(Sharded.names[1])
        try DurableFile.read(url).dropLast(5).write(to: url)
        let error = #expect(throws: ModelError.self) {
            try LanguageModel(folder: copy.scratch.url, tokenizer: ByteTokenizer())
        }
        #expect(error?.code == .malformedSafetensors)
        #expect(error?.details["file"] == Sharded.names[1])
    }

    @Test("A tensor no shard holds cannot be read")
    func unknownTensor() throws {
        let copy = try Sharded()
        _ = try copy.load()
        let source = try ShardedSafetensors(
            index: copy.scratch.url.appendingPathComponent(ShardedSafetensors.indexName))
        #expect(source.tensors.map(\.name) == copy.assignments.map(\.tensor).sorted())
        let error = #expect(throws: ModelError.self) { try source.read("none", into: Tensor([1])) }
        #expect(error?.code == .missingTensor)
    }
}
