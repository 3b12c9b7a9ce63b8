import Domain
import Foundation
import TensorCore

/// The safetensors format (huggingface/safetensors): 8 bytes little-endian header length, a JSON
/// header with name -> dtype, shape, offsets, then the tensors' bytes without gaps.
package struct Safetensors: TensorSource {
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
    /// Index into `entries` by name.
    private let places: [String: Int]

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
        places = Dictionary(
            entries.enumerated().map { ($0.element.name, $0.offset) },
            uniquingKeysWith: { first, _ in first })
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

    package subscript(name: String) -> Entry? { places[name].map { entries[$0] } }

    package var tensors: [TensorDescription] {
        entries.map { TensorDescription(name: $0.name, shape: $0.shape, type: $0.type) }
    }

    static func missing(_ name: String) -> ModelError {
        ModelError(
            .missingTensor, "There is no tensor \(name) in the weights.", details: ["tensor": name])
    }

    package func read(_ name: String, into target: Tensor) throws {
        guard let entry = self[name] else { throw Self.missing(name) }
        try read(entry, into: target)
    }

    /// Copies a floating-point tensor into `target`, widening to float32.
    /// - Throws: `wrong-shape` if the count differs; `unsupported-model` for integer tensors.
    package func read(_ entry: Entry, into target: Tensor) throws {
        guard entry.shape.reduce(1, *) == target.count else {
            throw ModelError(
                .wrongShape, "\(entry.name) has shape \(entry.shape), expected \(target.shape).",
                details: ["tensor": entry.name])
        }
        try data.withUnsafeBytes { raw in
            let bytes = dataStart + entry.bytes.lowerBound..<dataStart + entry.bytes.upperBound
            guard
                entry.type.widen(
                    UnsafeRawBufferPointer(rebasing: raw[bytes]), into: target.pointer,
                    count: target.count)
            else {
                throw ModelError(
                    .unsupportedModel,
                    "\(entry.name) holds \(entry.type.rawValue) elements; weights must be floating "
                        + "point.",
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
        // One block of the final size: a checkpoint may be as large as half the memory.
        let count = 8 + header.count + offset
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        block.storeBytes(of: UInt64(header.count).littleEndian, as: UInt64.self)
        header.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: block[8...]).copyMemory(from: $0)
        }
        var start = 8 + header.count
        for (name, tensor) in sorted {
            let type = types[name] ?? .f32
            let end = start + tensor.count * type.byteCount
            type.narrow(
                tensor.pointer, count: tensor.count,
                into: UnsafeMutableRawBufferPointer(rebasing: block[start..<end]))
            start = end
        }
        guard let address = block.baseAddress else { return Data() }
        return Data(
            bytesNoCopy: address, count: count,
            deallocator: .custom { block, _ in block.deallocate() })
    }
}
