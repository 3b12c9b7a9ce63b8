import Foundation

/// Writes GGUF files for tests, well-formed or not, value by value.
struct GGUFWriter {
    var version: UInt32 = 3
    /// Claimed instead of the true numbers, where set.
    var tensorCount: UInt64?
    var metadataCount: UInt64?
    private(set) var metadata: [Data] = []
    private(set) var tensors: [Data] = []
    var alignment = 32
    private(set) var content = Data()

    static func bytes<T: FixedWidthInteger>(_ value: T) -> Data {
        withUnsafeBytes(of: value.littleEndian) { Data($0) }
    }

    static func string(_ text: String) -> Data {
        bytes(UInt64(text.utf8.count)) + Data(text.utf8)
    }

    mutating func add(_ key: String, type: UInt32, _ value: Data) {
        metadata.append(Self.string(key) + Self.bytes(type) + value)
    }

    mutating func add(_ key: String, _ text: String) { add(key, type: 8, Self.string(text)) }
    mutating func add(_ key: String, _ number: UInt32) { add(key, type: 4, Self.bytes(number)) }
    mutating func add(_ key: String, _ number: Float) {
        add(key, type: 6, Self.bytes(number.bitPattern))
    }

    mutating func add(_ key: String, _ truth: Bool) {
        add(key, type: 7, Self.bytes(UInt8(truth ? 1 : 0)))
    }

    mutating func add(_ key: String, _ texts: [String]) {
        let elements = texts.reduce(into: Data()) { $0 += Self.string($1) }
        add(key, type: 9, Self.bytes(UInt32(8)) + Self.bytes(UInt64(texts.count)) + elements)
    }

    mutating func add(_ key: String, _ numbers: [Int32]) {
        let elements = numbers.reduce(into: Data()) { $0 += Self.bytes($1) }
        add(key, type: 9, Self.bytes(UInt32(5)) + Self.bytes(UInt64(numbers.count)) + elements)
    }

    mutating func add(_ key: String, _ numbers: [Float]) {
        let elements = numbers.reduce(into: Data()) { $0 += Self.bytes($1.bitPattern) }
        add(key, type: 9, Self.bytes(UInt32(6)) + Self.bytes(UInt64(numbers.count)) + elements)
    }

    /// A description alone; `dimensions` in the file's order, fastest first.
    mutating func describe(_ name: String, dimensions: [UInt64], type: UInt32, offset: UInt64) {
        var data = Self.string(name) + Self.bytes(UInt32(dimensions.count))
        for dimension in dimensions { data += Self.bytes(dimension) }
        tensors.append(data + Self.bytes(type) + Self.bytes(offset))
    }

    /// A float32 tensor with its values; `shape` slowest dimension first.
    mutating func add(_ name: String, shape: [Int], values: [Float]) {
        content.append(Data(count: (alignment - content.count % alignment) % alignment))
        describe(
            name, dimensions: shape.reversed().map(UInt64.init), type: 0,
            offset: UInt64(content.count))
        for value in values { content += Self.bytes(value.bitPattern) }
    }

    mutating func appendContent(_ data: Data) { content += data }

    func file() -> Data {
        var file = Data("GGUF".utf8) + Self.bytes(version)
        file += Self.bytes(tensorCount ?? UInt64(tensors.count))
        file += Self.bytes(metadataCount ?? UInt64(metadata.count))
        for part in metadata + tensors { file += part }
        file.append(Data(count: (alignment - file.count % alignment) % alignment))
        return file + content
    }
}
