import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing

/// Tensor values against the gguf library's, whose dequantisation made `expected.safetensors`.
@Suite struct GGUFTests {
    static let types = [
        "f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q2_k", "q3_k", "q4_k",
        "q5_k", "q6_k",
    ]

    @Test("Every tensor type gives the gguf library's float32 values bit by bit", arguments: types)
    func values(type: String) throws {
        let folder = Fixtures.root.appendingPathComponent("gguf")
        let expected = try #require(
            try Safetensors(contentsOf: folder.appendingPathComponent("expected.safetensors"))
                .tensor(type))
        let file = try GGUF(contentsOf: folder.appendingPathComponent("\(type).gguf"))
        #expect(file.version == 3)
        #expect(file.metadata["general.architecture"]?.text == "llama")
        let entry = try #require(file["w"])
        #expect(entry.shape == [8, 512])
        #expect(entry.type.name == type.uppercased())
        let target = Tensor(entry.shape)
        try file.read("w", into: target)
        #expect(target.values.map(\.bitPattern) == expected.values.map(\.bitPattern))
    }

    @Test("Metadata of every type is read with its value")
    func metadata() throws {
        var writer = GGUFWriter()
        writer.version = 2
        writer.add("a", type: 0, Data([200]))
        writer.add("b", type: 1, Data([200]))
        writer.add("c", type: 2, Data([1, 2]))
        writer.add("d", type: 3, Data([0xff, 0xff]))
        writer.add("e", UInt32(70_000))
        writer.add("f", type: 5, GGUFWriter.bytes(Int32(-70_000)))
        writer.add("g", Float(1e-5))
        writer.add("h", true)
        writer.add("i", "naïve")
        writer.add("j", type: 10, GGUFWriter.bytes(UInt64.max))
        writer.add("k", type: 11, GGUFWriter.bytes(Int64.min))
        writer.add("l", type: 12, GGUFWriter.bytes((0.1).bitPattern))
        writer.add("m", ["x", "", "yz"] as [String])
        writer.add("n", [-3, 4] as [Int32])
        writer.add("o", [0.5, -2] as [Float])
        // An array of two arrays of one byte each.
        let inner = GGUFWriter.bytes(UInt32(0)) + GGUFWriter.bytes(UInt64(1)) + Data([7])
        writer.add(
            "p", type: 9,
            GGUFWriter.bytes(UInt32(9)) + GGUFWriter.bytes(UInt64(2)) + inner + inner)
        let file = try GGUF(writer.file(), name: "t.gguf")
        #expect(file.version == 2)
        #expect(file.metadata.count == 16)
        #expect(file.metadata["a"] == .unsigned(200))
        #expect(file.metadata["b"] == .signed(-56))
        #expect(file.metadata["c"] == .unsigned(513))
        #expect(file.metadata["d"] == .signed(-1))
        #expect(file.metadata["e"]?.integer == 70_000)
        #expect(file.metadata["f"]?.integer == -70_000)
        #expect(file.metadata["g"]?.numberText == "1e-05")
        #expect(file.metadata["h"]?.boolean == true)
        #expect(file.metadata["i"]?.text == "naïve")
        #expect(file.metadata["j"] == .unsigned(.max))
        #expect(file.metadata["j"]?.integer == nil)
        #expect(file.metadata["k"]?.integer == Int.min)
        #expect(file.metadata["l"]?.numberText == "0.1")
        #expect(try file.strings("m") == ["x", "", "yz"])
        #expect(try file.integers("n") == [-3, 4])
        #expect(try file.reals("o") == [0.5, -2])
        #expect(file.metadata["p"]?.array?.count == 2)
        #expect(throws: ModelError.self) { try file.strings("n") }
        #expect(throws: ModelError.self) { try file.integers("m") }
        #expect(throws: ModelError.self) { try file.reals("n") }
        #expect(try file.integers("absent") == nil)
    }

    @Test("Another alignment is followed")
    func alignment() throws {
        for alignment in [1, 8, 256] {
            var writer = GGUFWriter()
            writer.alignment = alignment
            writer.add("general.alignment", UInt32(alignment))
            writer.add("first", shape: [3], values: [1, 2, 3])
            writer.add("second", shape: [2, 2], values: [4, 5, 6, 7])
            let file = try GGUF(writer.file(), name: "t.gguf")
            let target = Tensor([2, 2])
            try file.read("second", into: target)
            #expect(target.values == [4, 5, 6, 7])
        }
    }

    // MARK: - Malformed files

    static func small() -> GGUFWriter {
        var writer = GGUFWriter()
        writer.add("general.architecture", "llama")
        writer.add("list", ["a", "b"])
        writer.add("w", shape: [2, 2], values: [1, 2, 3, 4])
        return writer
    }

    /// The error's code, and its message so far as it must hold `part`.
    static func expectRefusal(
        _ data: Data, code: ModelErrorCode = .malformedGGUF, _ part: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do {
            _ = try GGUF(data, name: "t.gguf")
            Issue.record("it was accepted", sourceLocation: sourceLocation)
        } catch let error as ModelError {
            #expect(error.code == code, sourceLocation: sourceLocation)
            #expect(
                error.message.contains(part), "\(error.message)", sourceLocation: sourceLocation)
        } catch {
            Issue.record(error, sourceLocation: sourceLocation)
        }
    }

    @Test("A file cut off at any byte is refused")
    func prefixes() throws {
        let whole = Self.small().file()
        _ = try GGUF(whole, name: "t.gguf")
        for length in 0..<whole.count {
            #expect(throws: ModelError.self) { try GGUF(whole.prefix(length), name: "t.gguf") }
        }
    }

    @Test("A flipped byte anywhere gives an error or a file, never a crash")
    func flips() throws {
        let whole = Self.small().file()
        for place in whole.indices {
            for change in [UInt8(1), 0x80, 0xff] {
                var damaged = whole
                damaged[place] ^= change
                guard let file = try? GGUF(damaged, name: "t.gguf") else { continue }
                for entry in file.entries { try file.read(entry.name, into: Tensor(entry.shape)) }
            }
        }
    }

    @Test("Counts and lengths beyond the file are refused before anything is reserved")
    func counts() {
        for count in [UInt64(1) << 63, .max, 1 << 62, 1_000_000] {
            var writer = Self.small()
            writer.tensorCount = count
            Self.expectRefusal(writer.file(), "its tensor count claims \(count)")
            writer.tensorCount = nil
            writer.metadataCount = count
            Self.expectRefusal(writer.file(), "its metadata count claims \(count)")
            writer = GGUFWriter()
            writer.add("k", type: 8, GGUFWriter.bytes(count) + Data("abc".utf8))
            Self.expectRefusal(writer.file(), "metadata k claims \(count)")
            for element in UInt32(0)...12 {
                writer = GGUFWriter()
                writer.add("k", type: 9, GGUFWriter.bytes(element) + GGUFWriter.bytes(count))
                Self.expectRefusal(writer.file(), "metadata k claims \(count)")
            }
        }
    }

    @Test("Arrays nested too deep are refused")
    func nesting() {
        var value = GGUFWriter.bytes(UInt32(0)) + GGUFWriter.bytes(UInt64(0))
        for _ in 0..<10_000 {
            value = GGUFWriter.bytes(UInt32(9)) + GGUFWriter.bytes(UInt64(1)) + value
        }
        var writer = GGUFWriter()
        writer.add("k", type: 9, value)
        Self.expectRefusal(writer.file(), "nests arrays")
    }

    @Test("Shapes that overflow, are empty or do not fit their type are refused by name")
    func shapes() {
        func refuse(_ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64 = 0, _ part: String) {
            var writer = GGUFWriter()
            writer.describe("w", dimensions: dimensions, type: type, offset: offset)
            writer.appendContent(Data(count: 64))
            Self.expectRefusal(writer.file(), part)
        }
        refuse([0], "a dimension of 0")
        refuse([4, 0], "a dimension of 0")
        refuse([1 << 63], "a dimension of 9223372036854775808")
        refuse([1 << 32, 1 << 32], "overflows")
        refuse([1 << 62], "overflows")
        refuse([1 << 16, 1 << 16, 1 << 16, 1 << 15], type: 28, "overflows")
        refuse([1, 1, 1, 1, 1], "5 dimensions")
        refuse([17], "beyond its end")
        refuse([16], offset: 32, "beyond its end")
        refuse([16], offset: .max - 31, "beyond its end")
        refuse([16], offset: 1 << 62, "beyond its end")
        refuse([4], offset: 4, "not at a multiple of 32")
        refuse([16], type: 2, "no multiple of 32")
        refuse([32], type: 12, "no multiple of 256")
        refuse([4], type: 4, "unknown type 4")
        refuse([4], type: .max, "unknown type 4294967295")
    }

    @Test("A type that is known but not read is named")
    func unreadType() {
        var writer = GGUFWriter()
        writer.describe("w", dimensions: [256], type: 23, offset: 0)
        Self.expectRefusal(writer.file(), code: .unsupportedModel, "IQ4_XS")
    }

    @Test("Alignments of zero, of no power of two and beyond reason are refused")
    func badAlignment() {
        for value in [UInt32(0), 3, 48, 1 << 25, .max] {
            var writer = GGUFWriter()
            writer.add("general.alignment", value)
            Self.expectRefusal(writer.file(), "general.alignment")
        }
        var writer = GGUFWriter()
        writer.add("general.alignment", "32")
        Self.expectRefusal(writer.file(), "general.alignment")
    }

    @Test("Names that occur twice and data that overlaps are refused")
    func duplicates() {
        var writer = Self.small()
        writer.add("list", UInt32(1))
        Self.expectRefusal(writer.file(), "metadata list occurs twice")
        writer = Self.small()
        writer.add("w", shape: [1], values: [1])
        Self.expectRefusal(writer.file(), "tensor w occurs twice")
        writer = Self.small()
        writer.describe("v", dimensions: [4], type: 0, offset: 0)
        Self.expectRefusal(writer.file(), "overlaps")
    }

    @Test("Other versions, byte orders and files are refused by name")
    func versions() {
        var writer = Self.small()
        writer.version = 1
        Self.expectRefusal(writer.file(), code: .unsupportedModel, "version 1")
        writer.version = UInt32(3).byteSwapped
        Self.expectRefusal(writer.file(), code: .unsupportedModel, "big-endian")
        writer.version = 4
        Self.expectRefusal(writer.file(), "unknown version 4")
        Self.expectRefusal(Data("GGML".utf8) + Data(count: 40), "does not start with GGUF")
    }

    @Test("Values of unknown type, booleans of 2 and text that is not UTF-8 are refused")
    func badValues() {
        var writer = GGUFWriter()
        writer.add("k", type: 13, Data(count: 8))
        Self.expectRefusal(writer.file(), "unknown type 13")
        writer = GGUFWriter()
        writer.add("k", type: 7, Data([2]))
        Self.expectRefusal(writer.file(), "neither true nor false")
        writer = GGUFWriter()
        writer.add("k", type: 8, GGUFWriter.bytes(UInt64(2)) + Data([0xc3, 0x28]))
        Self.expectRefusal(writer.file(), "not UTF-8")
        writer = GGUFWriter()
        writer.add("ключ", UInt32(1))
        Self.expectRefusal(writer.file(), "ASCII")
    }

    @Test("Reading into another size or a name that is not there is an error")
    func reading() throws {
        let file = try GGUF(Self.small().file(), name: "t.gguf")
        #expect(throws: ModelError.self) { try file.read("w", into: Tensor([3])) }
        #expect(throws: ModelError.self) { try file.read("v", into: Tensor([4])) }
    }
}
