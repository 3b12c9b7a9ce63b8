import Domain
import Foundation
import TensorCore

/// The safetensors format (huggingface/safetensors): 8 bytes little-endian header length, a JSON
/// header with name -> dtype, shape, offsets, then the tensors' bytes without gaps.
package struct Safetensors {
    /// Element types Lethe computes with or carries along.
    package enum ElementType: String, Sendable {
        case f64 = "F64"
        case f32 = "F32"
        case f16 = "F16"
        case bf16 = "BF16"
        case i64 = "I64"
        case i32 = "I32"
        case i16 = "I16"
        case i8 = "I8"
        case u8 = "U8"
        case bool = "BOOL"

        package var byteCount: Int {
            switch self {
            case .f64, .i64: 8
            case .f32, .i32: 4
            case .f16, .bf16, .i16: 2
            case .i8, .u8, .bool: 1
            }
        }
    }

    package struct Entry: Sendable {
        package let name: String
        package let type: ElementType
        package let shape: [Int]
        /// Place in the file's data part.
        package let bytes: Range<Int>
    }

    package let entries: [Entry]
    package let metadata: [String: String]
    private let data: Data
    private let dataStart: Int

    /// A header of more bytes than this is refused, as by the reference implementation.
    private static let maximumHeaderBytes = 100_000_000

    /// - Throws: `malformed-safetensors` with what is wrong; `file-unreadable`.
    package init(contentsOf url: URL) throws {
        let data: Data
        do { data = try Data(contentsOf: url, options: .alwaysMapped) } catch {
            data = try DurableFile.read(url)
        }
        try self.init(data, name: url.lastPathComponent)
    }

    package init(_ data: Data, name: String) throws {
        func failure(_ rule: String, _ details: [String: String] = [:]) -> ModelError {
            ModelError(
                .malformedSafetensors, "\(name) is not a valid safetensors file: \(rule).",
                details: details.merging(["file": name]) { a, _ in a },
                remedy: "Fetch or convert the file again.")
        }
        let data = data.startIndex == 0 ? data : Data(data)
        guard data.count >= 8 else { throw failure("it is shorter than the 8 bytes of its length") }
        let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= Self.maximumHeaderBytes else {
            throw failure("its header claims \(length) bytes")
        }
        let headerEnd = 8 + Int(length)
        guard headerEnd <= data.count else { throw failure("it ends inside its header") }
        let header: JSONValue
        do { header = try JSONParser.parse(data[8..<headerEnd]) } catch let error as DomainError {
            throw failure("its header is malformed (\(error.message))")
        }
        guard let members = header.members else { throw failure("its header is not an object") }
        var entries: [Entry] = []
        var metadata: [String: String] = [:]
        for member in members {
            if member.key == "__metadata__" {
                guard let pairs = member.value.members else {
                    throw failure("__metadata__ is not an object")
                }
                for pair in pairs {
                    guard let text = pair.value.text else {
                        throw failure("__metadata__ holds something that is not a string")
                    }
                    metadata[pair.key] = text
                }
                continue
            }
            entries.append(try Self.entry(member, failure: failure))
        }
        // The data must be covered exactly once, in order.
        entries.sort {
            ($0.bytes.lowerBound, $0.bytes.upperBound, $0.name)
                < ($1.bytes.lowerBound, $1.bytes.upperBound, $1.name)
        }
        var end = 0
        for entry in entries {
            guard entry.bytes.lowerBound == end else {
                throw failure(
                    "the data of \(entry.name) leaves a gap or overlaps", ["tensor": entry.name])
            }
            end = entry.bytes.upperBound
        }
        guard headerEnd + end == data.count else {
            throw failure(
                headerEnd + end > data.count
                    ? "it is truncated: \(headerEnd + end - data.count) bytes are missing"
                    : "\(data.count - headerEnd - end) bytes follow the last tensor")
        }
        self.entries = entries
        self.metadata = metadata
        self.data = data
        dataStart = headerEnd
    }

    private static func entry(
        _ member: JSONValue.Member, failure: (String, [String: String]) -> ModelError
    ) throws -> Entry {
        let name = member.key
        let details = ["tensor": name]
        guard let typeName = member.value["dtype"]?.text else {
            throw failure("\(name) has no dtype", details)
        }
        guard let type = ElementType(rawValue: typeName) else {
            throw failure("\(name) has the unknown element type \(typeName)", details)
        }
        guard let shape = member.value["shape"]?.items?.map(\.integer),
            let offsets = member.value["data_offsets"]?.items?.compactMap(\.integer),
            offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1]
        else { throw failure("\(name) has no valid shape and data_offsets", details) }
        var byteCount = type.byteCount
        var extents: [Int] = []
        for extent in shape {
            guard let extent, extent >= 0 else {
                throw failure("\(name) has an invalid shape", details)
            }
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw failure("the shape of \(name) overflows", details) }
            byteCount = product
            extents.append(extent)
        }
        guard byteCount == offsets[1] - offsets[0] else {
            throw failure(
                "\(name) has shape \(extents) but \(offsets[1] - offsets[0]) bytes", details)
        }
        return Entry(name: name, type: type, shape: extents, bytes: offsets[0]..<offsets[1])
    }

    package subscript(name: String) -> Entry? { entries.first { $0.name == name } }

    /// Copies a floating-point tensor into `target`, widening to float32.
    /// - Throws: `wrong-shape` if the count differs; `unsupported-model` for integer tensors.
    package func read(_ entry: Entry, into target: Tensor) throws {
        guard entry.shape.reduce(1, *) == target.count else {
            throw ModelError(
                .wrongShape, "\(entry.name) has shape \(entry.shape), expected \(target.shape).",
                details: ["tensor": entry.name])
        }
        try data.withUnsafeBytes { raw in
            let start = dataStart + entry.bytes.lowerBound
            let out = target.pointer
            switch entry.type {
            case .f32:
                for i in 0..<target.count {
                    out[i] = raw.loadUnaligned(fromByteOffset: start + 4 * i, as: Float.self)
                }
            case .bf16:
                for i in 0..<target.count {
                    let bits = raw.loadUnaligned(fromByteOffset: start + 2 * i, as: UInt16.self)
                    out[i] = Float(bitPattern: UInt32(bits) << 16)
                }
            case .f16:
                for i in 0..<target.count {
                    let bits = raw.loadUnaligned(fromByteOffset: start + 2 * i, as: UInt16.self)
                    out[i] = halfToFloat(bits)
                }
            case .f64:
                for i in 0..<target.count {
                    out[i] = Float(
                        raw.loadUnaligned(fromByteOffset: start + 8 * i, as: Double.self))
                }
            default:
                throw ModelError(
                    .unsupportedModel,
                    "\(entry.name) holds \(entry.type.rawValue) elements; weights must be floating point.",
                    details: ["tensor": entry.name])
            }
        }
    }

    /// Elements of an int32 tensor.
    package func int32Values(_ name: String) -> [Int32]? {
        guard let entry = self[name], entry.type == .i32 else { return nil }
        let start = dataStart + entry.bytes.lowerBound
        return data.withUnsafeBytes { raw in
            (0..<entry.bytes.count / 4).map {
                Int32(
                    littleEndian: raw.loadUnaligned(fromByteOffset: start + 4 * $0, as: Int32.self))
            }
        }
    }

    /// A tensor by name as float32, or nil if there is none.
    package func tensor(_ name: String) throws -> Tensor? {
        guard let entry = self[name] else { return nil }
        let target = Tensor(entry.shape)
        try read(entry, into: target)
        return target
    }

    /// The bytes of a file holding these tensors, sorted by name: equal content gives equal bytes.
    /// - Parameter types: element type for a tensor's name; float32 where nil.
    package static func encode(
        _ tensors: [(name: String, tensor: Tensor)], types: [String: ElementType] = [:],
        metadata: [String: String] = ["format": "pt"]
    ) -> Data {
        let sorted = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        var members: [JSONValue.Member] = []
        members.append(
            .init(
                "__metadata__",
                .object(
                    metadata.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })
            ))
        var offset = 0
        for (name, tensor) in sorted {
            let type = types[name] ?? .f32
            let end = offset + tensor.count * type.byteCount
            members.append(
                .init(
                    name,
                    .object([
                        .init("dtype", .string(type.rawValue)),
                        .init("shape", .array(tensor.shape.map { .number("\($0)") })),
                        .init("data_offsets", .array([.number("\(offset)"), .number("\(end)")])),
                    ])))
            offset = end
        }
        var header = JSONValue.object(members).serialized()
        // The reference pads the header with spaces to a multiple of eight.
        header.append(
            contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
        var file = Data(capacity: 8 + header.count + offset)
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { file.append(contentsOf: $0) }
        file.append(header)
        for (name, tensor) in sorted { append(tensor, as: types[name] ?? .f32, to: &file) }
        return file
    }

    private static func append(_ tensor: Tensor, as type: ElementType, to file: inout Data) {
        let values = UnsafeBufferPointer(start: tensor.pointer, count: tensor.count)
        switch type {
        case .bf16: values.map(floatToBFloat).withUnsafeBytes { file.append(contentsOf: $0) }
        case .f16: values.map(floatToHalf).withUnsafeBytes { file.append(contentsOf: $0) }
        case .f64: values.map(Double.init).withUnsafeBytes { file.append(contentsOf: $0) }
        default: file.append(UnsafeRawBufferPointer(values).bindMemory(to: UInt8.self))
        }
    }
}

/// IEEE half precision to float32; exact.
package func halfToFloat(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 31
    let fraction = UInt32(bits & 0x3ff)
    switch exponent {
    case 0:
        let magnitude = Float(fraction) * 0x1p-24
        return sign == 0 ? magnitude : -magnitude
    case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
}

/// float32 to IEEE half precision, to nearest, ties to even.
package func floatToHalf(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    if value.isNaN { return sign | 0x7e00 }
    let magnitude = value.magnitude
    if magnitude >= 65_520 { return sign | 0x7c00 }
    if magnitude < 0x1p-14 {
        // Subnormal: the spacing is 2^-24.
        return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven))
    }
    let rounded = (bits & 0x7fff_ffff) + 0xfff + (bits >> 13 & 1)
    return sign | UInt16(truncatingIfNeeded: (rounded >> 13) - (112 << 10))
}

/// float32 to bfloat16, to nearest, ties to even.
package func floatToBFloat(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits + 0x7fff + (bits >> 16 & 1)) >> 16)
}
