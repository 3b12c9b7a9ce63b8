import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing

@Suite struct SafetensorsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let expected: String
        var testDescription: String { "\(file): \(expected)" }
    }

    static let folder = Fixtures.root.appendingPathComponent("safetensors")

    static func cases() throws -> [Case] {
        let json = try JSONParser.parse(
            DurableFile.read(folder.appendingPathComponent("expected.json")))
        return try #require(json.items).map {
            Case(
                file: try #require($0["file"]?.text), expected: try #require($0["expected"]?.text))
        }
    }

    /// What the reference library's errors are called here.
    static let rules = [
        "MetadataIncompleteBuffer": ["truncated", "bytes follow the last tensor"],
        "HeaderTooLarge": ["its header claims"],
        "HeaderTooSmall": ["shorter than the 8 bytes"],
        "InvalidHeaderLength": ["it ends inside its header"],
        "InvalidHeader": ["its header is malformed"],
        "InvalidHeaderDeserialization": ["its header is malformed"],
        "TensorInvalidInfo": ["has shape"],
        "ValidationOverflow": ["overflows", "invalid shape"],
    ]

    @Test("The reference library's own files are read or refused as by it")
    func reference() throws {
        let cases = try Self.cases()
        #expect(cases.count == 16)
        for item in cases {
            let url = Self.folder.appendingPathComponent(item.file)
            if item.expected == "OK" {
                _ = try Safetensors(contentsOf: url)
                continue
            }
            let error = #expect(throws: ModelError.self, "\(item)") {
                try Safetensors(contentsOf: url)
            }
            #expect(error?.code == .malformedSafetensors)
            let phrases = try #require(Self.rules[item.expected])
            let message = error?.message ?? ""
            #expect(
                message.contains(item.file) && phrases.contains { message.contains($0) },
                "\(item.expected): \(message)")
        }
    }

    @Test(
        "Files that share or lack data are refused",
        arguments: [
            "derived_abuse_attempt_1", "derived_json_attack",
        ])
    func abuse(name: String) {
        let error = #expect(throws: ModelError.self) {
            try Safetensors(
                contentsOf: Self.folder.appendingPathComponent(name + ".safetensors"))
        }
        #expect(error?.code == .malformedSafetensors)
    }

    @Test("The tensor of a reference file has its name, type, shape and values")
    func values() throws {
        let file = try Safetensors(
            contentsOf: Self.folder.appendingPathComponent("test_deserialization.safetensors"))
        #expect(file.entries.map(\.name) == ["test"])
        let entry = try #require(file["test"])
        #expect(entry.type == .i32)
        #expect(entry.shape == [2, 2])
        #expect(entry.bytes == 0..<16)
        #expect(file.int32Values("test") == [0, 0, 0, 0])
        #expect(file["other"] == nil)
        let error = #expect(throws: ModelError.self) { try file.tensor("test") }
        #expect(error?.code == .unsupportedModel)
        #expect(error?.message.contains("I32") == true)
    }

    static func sample() -> Data {
        Safetensors.encode(
            [
                ("b", Tensor([2, 3], values: [1, 2, 3, 4, 5, 6])),
                ("a", Tensor([2], values: [-1, 0.5])), ("c", Tensor([0, 4], values: [])),
            ], types: ["a": .f16])
    }

    @Test("Every truncation is refused, at every byte")
    func truncation() throws {
        let reference = try DurableFile.read(
            Self.folder.appendingPathComponent("test_deserialization.safetensors"))
        for whole in [reference, Self.sample()] {
            _ = try Safetensors(whole, name: "whole")
            for length in 0..<whole.count {
                let error = #expect(throws: ModelError.self) {
                    try Safetensors(whole.prefix(length), name: "cut")
                }
                #expect(error?.code == .malformedSafetensors)
            }
            #expect(throws: ModelError.self) { try Safetensors(whole + [0], name: "longer") }
        }
    }

    @Test("No single changed byte of a header leads beyond the file")
    func corruption() throws {
        let whole = Self.sample()
        var refused = 0
        let headerEnd = 8 + Int(whole[0]) + Int(whole[1]) * 256
        for place in 0..<headerEnd {
            for byte: UInt8 in [0, 0x20, 0x22, 0x2c, 0x2d, 0x39, 0x5d, 0x7b, 0x80, 0xff] {
                var changed = whole
                changed[place] = byte
                do {
                    let file = try Safetensors(changed, name: "changed")
                    for entry in file.entries {
                        #expect(entry.bytes.upperBound <= whole.count - headerEnd)
                        _ = try file.tensor(entry.name)
                    }
                } catch is ModelError { refused += 1 }
            }
        }
        #expect(refused > headerEnd)
    }

    @Test("Encoded tensors are sorted by name and read back in their type")
    func roundTrip() throws {
        let data = Self.sample()
        #expect((Int(data[0]) + Int(data[1]) * 256) % 8 == 0)
        let file = try Safetensors(data, name: "sample")
        #expect(file.entries.filter { $0.bytes.count > 0 }.map(\.name) == ["a", "b"])
        #expect(file.entries.count == 3)
        #expect(file["a"]?.type == .f16)
        #expect(file["b"]?.type == .f32)
        #expect(file.metadata == ["format": "pt"])
        #expect(try file.tensor("a")?.values == [-1, 0.5])
        #expect(try file.tensor("b")?.values == [1, 2, 3, 4, 5, 6])
        #expect(try file.tensor("c")?.shape == [0, 4])
        let error = #expect(throws: ModelError.self) {
            try file.read(try #require(file["b"]), into: Tensor([5]))
        }
        #expect(error?.code == .wrongShape)
    }

    struct Roundings {
        let float32: [Float]
        let half: [UInt16]
        let halfAsFloat: [UInt32]
        let brain: [UInt16]

        init() throws {
            let json = try JSONParser.parse(
                DurableFile.read(SafetensorsTests.folder.appendingPathComponent("rounding.json")))
            func numbers(_ key: String) throws -> [Int] {
                try #require(json[key]?.items).map { try #require($0.integer) }
            }
            float32 = try numbers("float32").map { Float(bitPattern: UInt32($0)) }
            half = try numbers("float16").map { UInt16($0) }
            halfAsFloat = try numbers("float16AsFloat32").map { UInt32($0) }
            brain = try numbers("bfloat16").map { UInt16($0) }
        }
    }

    @Test("Roundings to half precision and bfloat16 equal numpy's")
    func rounding() throws {
        let expected = try Roundings()
        #expect(expected.float32.count > 700)
        #expect(expected.float32.map(floatToHalf) == expected.half)
        #expect(expected.float32.map(floatToBFloat) == expected.brain)
        #expect(expected.half.map { halfToFloat($0).bitPattern } == expected.halfAsFloat)
    }

    @Test("A file's bytes in both types are the rounded values")
    func halfFiles() throws {
        let expected = try Roundings()
        let count = expected.float32.count
        let tensor = Tensor([count], values: expected.float32)
        for (type, patterns) in [
            (Safetensors.ElementType.f16, expected.half), (.bf16, expected.brain),
        ] {
            let data = Safetensors.encode([("x", tensor)], types: ["x": type])
            let bytes = patterns.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
            #expect(Array(data.suffix(2 * count)) == bytes)
            let back = try #require(try Safetensors(data, name: "x").tensor("x"))
            #expect(Safetensors.encode([("x", back)], types: ["x": type]) == data)
        }
    }

    @Test("Half precision widens as the language's own type does, and back without loss")
    func everyHalf() {
        for pattern in 0...UInt16.max {
            let value = Float(Float16(bitPattern: pattern))
            guard !value.isNaN else {
                #expect(halfToFloat(pattern).isNaN)
                #expect(Float16(bitPattern: floatToHalf(value)).isNaN)
                continue
            }
            #expect(halfToFloat(pattern).bitPattern == value.bitPattern)
            #expect(floatToHalf(value) == pattern)
        }
    }

    @Test("bfloat16 keeps a NaN a NaN")
    func brainNaN() {
        for bits: UInt32 in [0x7f80_0001, 0x7fff_ffff, 0xff80_0001, 0x7fc0_0000] {
            let rounded = floatToBFloat(Float(bitPattern: bits))
            #expect(Float(bitPattern: UInt32(rounded) << 16).isNaN)
        }
    }
}
