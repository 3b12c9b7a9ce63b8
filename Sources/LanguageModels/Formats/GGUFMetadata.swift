/// A metadata value of a GGUF file.
package enum GGUFValue: Sendable, Equatable {
    case unsigned(UInt64)
    case signed(Int64)
    case float(Float)
    case double(Double)
    case boolean(Bool)
    case text(String)
    case array(GGUFArray)

    /// The value as an integer, if it is one and fits.
    package var integer: Int? {
        switch self {
        case .unsigned(let value): Int(exactly: value)
        case .signed(let value): Int(exactly: value)
        default: nil
        }
    }

    package var text: String? { if case .text(let value) = self { value } else { nil } }
    package var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    package var array: GGUFArray? { if case .array(let value) = self { value } else { nil } }

    /// The number as JSON text; a float's shortest form, so that 1e-5 stays 1e-05. Nil for anything
    /// JSON has no number for.
    package var numberText: String? {
        switch self {
        case .unsigned(let value): "\(value)"
        case .signed(let value): "\(value)"
        case .float(let value): value.isFinite ? "\(value)" : nil
        case .double(let value): value.isFinite ? "\(value)" : nil
        default: nil
        }
    }
}

/// An array in the metadata: where it stands in the file. Elements are read when they are asked for,
/// so that an array costs no memory before somebody wants it.
package struct GGUFArray: Sendable, Equatable {
    package let elementType: GGUFValueType
    package let count: Int
    /// Place of the elements in the file.
    let bytes: Range<Int>
}

/// Types of metadata values, with the numbers of the format.
package enum GGUFValueType: UInt32, Sendable {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array
    case uint64, int64, float64

    /// Size of a value, of strings and arrays the least.
    var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64, .string: 8
        case .array: 12
        }
    }

    var isFixedSize: Bool { self != .string && self != .array }
}

/// What is wrong with a file, before its name is known.
struct GGUFFault: Error {
    let rule: String
    var details: [String: String] = [:]

    init(_ rule: String, _ details: [String: String] = [:]) {
        self.rule = rule
        self.details = details
    }
}

/// Reads little-endian values one after the other; nothing is taken that the file does not hold.
struct GGUFCursor {
    let bytes: UnsafeRawBufferPointer
    private(set) var position: Int

    /// Arrays within arrays are read to this depth.
    private static let maximumDepth = 4

    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    var remaining: Int { bytes.count - position }

    private mutating func skip(_ count: Int, _ what: String) throws {
        guard count <= remaining else { throw GGUFFault("it ends inside \(what)") }
        position += count
    }

    mutating func integer<T: FixedWidthInteger>(_ type: T.Type, _ what: String) throws -> T {
        let start = position
        try skip(MemoryLayout<T>.size, what)
        return T(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: T.self))
    }

    /// A count or length that must fit the rest of the file, each thing taking `least` bytes or more.
    mutating func count(least: Int, _ what: String) throws -> Int {
        let value = try integer(UInt64.self, what)
        guard let count = Int(exactly: value), count <= remaining / least else {
            throw GGUFFault("\(what) claims \(value), more than the file can hold")
        }
        return count
    }

    mutating func string(_ what: String) throws -> String {
        let length = try count(least: 1, "the length of \(what)")
        let start = position
        try skip(length, what)
        let content = UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
        guard let text = String(validating: content, as: UTF8.self) else {
            throw GGUFFault("\(what) is not UTF-8")
        }
        return text
    }

    mutating func valueType(_ what: String) throws -> GGUFValueType {
        let number = try integer(UInt32.self, what)
        guard let type = GGUFValueType(rawValue: number) else {
            throw GGUFFault("\(what) has the unknown type \(number)")
        }
        return type
    }

    /// A value of a type; `what` names it in errors.
    mutating func value(_ type: GGUFValueType, _ what: String) throws -> GGUFValue {
        switch type {
        case .uint8: .unsigned(UInt64(try integer(UInt8.self, what)))
        case .uint16: .unsigned(UInt64(try integer(UInt16.self, what)))
        case .uint32: .unsigned(UInt64(try integer(UInt32.self, what)))
        case .uint64: .unsigned(try integer(UInt64.self, what))
        case .int8: .signed(Int64(try integer(Int8.self, what)))
        case .int16: .signed(Int64(try integer(Int16.self, what)))
        case .int32: .signed(Int64(try integer(Int32.self, what)))
        case .int64: .signed(try integer(Int64.self, what))
        case .float32: .float(Float(bitPattern: try integer(UInt32.self, what)))
        case .float64: .double(Double(bitPattern: try integer(UInt64.self, what)))
        case .bool:
            switch try integer(UInt8.self, what) {
            case 0: .boolean(false)
            case 1: .boolean(true)
            case let other: throw GGUFFault("\(what) is \(other), which is neither true nor false")
            }
        case .string: .text(try string(what))
        case .array: .array(try array(what, depth: 1))
        }
    }

    /// Walks over an array, so that its end is known and its lengths are checked.
    private mutating func array(_ what: String, depth: Int) throws -> GGUFArray {
        guard depth <= Self.maximumDepth else {
            throw GGUFFault("\(what) nests arrays more than \(Self.maximumDepth) deep")
        }
        let type = try valueType(what)
        let count = try count(least: type.byteCount, "the length of \(what)")
        let start = position
        if type.isFixedSize {
            try skip(count * type.byteCount, what)
        } else {
            for _ in 0..<count {
                if type == .array {
                    _ = try array(what, depth: depth + 1)
                } else {
                    try skip(try self.count(least: 1, "the length of a string in \(what)"), what)
                }
            }
        }
        return GGUFArray(elementType: type, count: count, bytes: start..<position)
    }
}
