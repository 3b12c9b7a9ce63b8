import Domain
import Foundation
import TensorCore

/// The GGUF format, versions 2 and 3, little-endian (ggml, `docs/gguf.md`): header, typed metadata,
/// tensor descriptions, then the tensors' data, each at a multiple of the alignment.
///
/// The file is mapped, not read. Every count, length and offset is compared with the file's size
/// before anything is made from it.
///
/// Narrower than the format: keys and tensor names must be ASCII, tensors may not share bytes and no
/// dimension may be zero.
package struct GGUF: Sendable {
    package struct Entry: Sendable, Equatable {
        package let name: String
        package let type: GGUFTensorType
        /// Row-major, slowest dimension first: the file's dimensions in reverse.
        package let shape: [Int]
        /// Place in the file.
        package let bytes: Range<Int>

        package var elementCount: Int { shape.reduce(1, *) }
    }

    package let version: Int
    package let metadata: [String: GGUFValue]
    /// Tensors in the file's order.
    package let entries: [Entry]
    /// For messages.
    package let name: String
    private let places: [String: Int]
    private let data: Data

    private static let maximumMetadataCount = 1 << 16
    private static let maximumTensorCount = 1 << 17
    private static let maximumDimensionCount = 4
    private static let maximumNameBytes = 256
    private static let maximumAlignment = 1 << 24

    /// - Throws: `malformed-gguf` with what is wrong; `unsupported-model` for big-endian files, version
    ///   1 and tensor types that are not read; `file-unreadable`.
    package init(contentsOf url: URL) throws {
        let data: Data
        do { data = try Data(contentsOf: url, options: .alwaysMapped) } catch {
            data = try DurableFile.read(url)
        }
        try self.init(data, name: url.lastPathComponent)
    }

    package init(_ data: Data, name: String) throws {
        let data = data.startIndex == 0 ? data : Data(data)
        self.data = data
        self.name = name
        do {
            let header = try data.withUnsafeBytes { try Self.header($0, name: name) }
            version = header.version
            metadata = header.metadata
            entries = header.entries
            places = header.places
        } catch let fault as GGUFFault {
            throw Self.failure(fault, name: name)
        }
    }

    static func failure(_ fault: GGUFFault, name: String) -> ModelError {
        ModelError(
            .malformedGGUF, "\(name) is not a valid GGUF file: \(fault.rule).",
            details: fault.details.merging(["file": name]) { a, _ in a },
            remedy: "Fetch or convert the file again.")
    }

    private struct Header {
        var version = 0
        var metadata: [String: GGUFValue] = [:]
        var entries: [Entry] = []
        var places: [String: Int] = [:]
    }

    private static func header(_ bytes: UnsafeRawBufferPointer, name: String) throws -> Header {
        var cursor = GGUFCursor(bytes)
        var header = Header()
        guard try cursor.integer(UInt32.self, "its first four bytes").bigEndian == 0x4747_5546
        else {
            throw GGUFFault("it does not start with GGUF")
        }
        header.version = try version(try cursor.integer(UInt32.self, "its version"), name: name)
        // A tensor takes at least a name's length, a dimension count, a type and an offset; a value a
        // key's length, a type and one byte.
        let tensorCount = try cursor.count(least: 24, "its tensor count")
        let metadataCount = try cursor.count(least: 13, "its metadata count")
        guard tensorCount <= maximumTensorCount, metadataCount <= maximumMetadataCount else {
            throw GGUFFault("it claims \(tensorCount) tensors and \(metadataCount) metadata values")
        }
        for _ in 0..<metadataCount {
            let key = try asciiName(&cursor, "a metadata key")
            let type = try cursor.valueType("metadata \(key)")
            let value = try cursor.value(type, "metadata \(key)")
            guard header.metadata.updateValue(value, forKey: key) == nil else {
                throw GGUFFault("metadata \(key) occurs twice")
            }
        }
        let alignment = try alignment(header.metadata["general.alignment"])
        var infos: [TensorInfo] = []
        for place in 0..<tensorCount {
            let info = try tensorInfo(&cursor, file: name)
            guard header.places.updateValue(place, forKey: info.name) == nil else {
                throw GGUFFault("tensor \(info.name) occurs twice", ["tensor": info.name])
            }
            infos.append(info)
        }
        // The position is within the file and the alignment small: no overflow.
        let dataStart = (cursor.position + alignment - 1) / alignment * alignment
        header.entries = try infos.map {
            try $0.entry(dataStart: dataStart, alignment: alignment, fileBytes: bytes.count)
        }
        try refuseOverlaps(header.entries)
        return header
    }

    private static func version(_ number: UInt32, name: String) throws -> Int {
        switch number {
        case 2, 3: return Int(number)
        case 1, 0x0100_0000, 0x0200_0000, 0x0300_0000:
            throw ModelError(
                .unsupportedModel,
                number == 1
                    ? "\(name) is a GGUF file of version 1; versions 2 and 3 are read."
                    : "\(name) is a big-endian GGUF file; little-endian files are read.",
                details: ["file": name], remedy: "Convert the model again.")
        default: throw GGUFFault("it has the unknown version \(number)")
        }
    }

    private static func asciiName(_ cursor: inout GGUFCursor, _ what: String) throws -> String {
        let text = try cursor.string(what)
        guard (1...maximumNameBytes).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
        else { throw GGUFFault("\(what) is not 1 to \(maximumNameBytes) characters of ASCII") }
        return text
    }

    private static func alignment(_ value: GGUFValue?) throws -> Int {
        guard let value else { return 32 }
        guard let alignment = value.integer, alignment > 0, alignment <= maximumAlignment,
            alignment & (alignment - 1) == 0
        else {
            throw GGUFFault("general.alignment is not a power of two up to \(maximumAlignment)")
        }
        return alignment
    }

    /// A tensor's description as it stands in the file.
    private struct TensorInfo {
        let name: String
        let type: GGUFTensorType
        let shape: [Int]
        let byteCount: Int
        let offset: UInt64

        func entry(dataStart: Int, alignment: Int, fileBytes: Int) throws -> Entry {
            guard offset % UInt64(alignment) == 0 else {
                throw GGUFFault(
                    "the data of \(name) is not at a multiple of \(alignment)", ["tensor": name])
            }
            guard let offset = Int(exactly: offset), dataStart <= fileBytes,
                offset <= fileBytes - dataStart, byteCount <= fileBytes - dataStart - offset
            else {
                throw GGUFFault("the data of \(name) reaches beyond its end", ["tensor": name])
            }
            let start = dataStart + offset
            return Entry(name: name, type: type, shape: shape, bytes: start..<start + byteCount)
        }
    }

    private static func tensorInfo(_ cursor: inout GGUFCursor, file: String) throws -> TensorInfo {
        let name = try asciiName(&cursor, "a tensor's name")
        let details = ["tensor": name]
        let dimensionCount = try cursor.integer(UInt32.self, "the shape of \(name)")
        guard dimensionCount <= maximumDimensionCount else {
            throw GGUFFault("\(name) has \(dimensionCount) dimensions", details)
        }
        var dimensions: [Int] = []
        var elementCount = 1
        for _ in 0..<dimensionCount {
            let extent = try cursor.integer(UInt64.self, "the shape of \(name)")
            guard let extent = Int(exactly: extent), extent > 0 else {
                throw GGUFFault("\(name) has a dimension of \(extent)", details)
            }
            let (product, overflow) = elementCount.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw GGUFFault("the shape of \(name) overflows", details) }
            elementCount = product
            dimensions.append(extent)
        }
        let number = try cursor.integer(UInt32.self, "the type of \(name)")
        guard let type = GGUFTensorType(rawValue: number) else {
            guard let known = GGUFTensorType.unreadNames[number] else {
                throw GGUFFault("\(name) has the unknown type \(number)", details)
            }
            let read = GGUFTensorType.allCases.map(\.name).joined(separator: ", ")
            throw ModelError(
                .unsupportedModel, "\(file): \(name) has type \(known); supported: \(read).",
                details: ["tensor": name, "type": known],
                remedy: "Quantise the model to one of these types.")
        }
        guard (dimensions.first ?? 1) % type.blockElementCount == 0 else {
            throw GGUFFault(
                "\(name) has rows of \(dimensions.first ?? 1) elements, no multiple of "
                    + "\(type.blockElementCount) as \(type.name) needs", details)
        }
        let (byteCount, overflow) = (elementCount / type.blockElementCount)
            .multipliedReportingOverflow(by: type.blockByteCount)
        guard !overflow else { throw GGUFFault("the shape of \(name) overflows", details) }
        let offset = try cursor.integer(UInt64.self, "the offset of \(name)")
        return TensorInfo(
            name: name, type: type, shape: dimensions.reversed(), byteCount: byteCount,
            offset: offset)
    }

    private static func refuseOverlaps(_ entries: [Entry]) throws {
        let ordered = entries.sorted { $0.bytes.lowerBound < $1.bytes.lowerBound }
        for (before, after) in zip(ordered, ordered.dropFirst())
        where before.bytes.upperBound > after.bytes.lowerBound {
            throw GGUFFault(
                "the data of \(after.name) overlaps that of \(before.name)",
                ["tensor": after.name])
        }
    }
}

// MARK: - Tensors

extension GGUF: TensorSource {
    package var tensors: [TensorDescription] {
        entries.map {
            TensorDescription(name: $0.name, shape: $0.shape, type: $0.type.safetensorsType)
        }
    }

    package subscript(name: String) -> Entry? { places[name].map { entries[$0] } }

    package func read(_ name: String, into target: Tensor) throws {
        let entry = try required(name)
        guard entry.elementCount == target.count else {
            throw ModelError(
                .wrongShape, "\(name) has shape \(entry.shape), expected \(target.shape).",
                details: ["tensor": name])
        }
        dequantize(entry, elements: 0..<entry.elementCount, into: target.pointer)
    }

    /// - Throws: `missing-tensor`.
    func required(_ tensor: String) throws -> Entry {
        guard let entry = self[tensor] else {
            throw ModelError(
                .missingTensor, "\(name) has no tensor \(tensor).", details: ["tensor": tensor],
                remedy: "Check that the file holds a whole model.")
        }
        return entry
    }

    /// Writes float32 values of whole blocks.
    /// - Parameter elements: within the tensor, whole rows.
    func dequantize(
        _ entry: Entry, elements: Range<Int>, into target: UnsafeMutablePointer<Float>
    ) {
        let type = entry.type
        precondition(
            elements.lowerBound >= 0 && elements.upperBound <= entry.elementCount
                && elements.lowerBound % type.blockElementCount == 0
                && elements.count % type.blockElementCount == 0)
        data.withUnsafeBytes { raw in
            guard let base = raw.baseAddress else { return }
            let skipped = elements.lowerBound / type.blockElementCount * type.blockByteCount
            type.dequantize(
                base + entry.bytes.lowerBound + skipped,
                blockCount: elements.count / type.blockElementCount, into: target)
        }
    }
}

// MARK: - Arrays of the metadata

extension GGUF {
    /// Strings of an array.
    /// - Throws: `malformed-gguf` if `key` is missing or no array of strings in UTF-8.
    package func strings(_ key: String) throws -> [String] {
        guard let array = metadata[key]?.array, array.elementType == .string else {
            throw Self.failure(GGUFFault("metadata \(key) is no array of strings"), name: name)
        }
        do {
            return try data.withUnsafeBytes { raw in
                var cursor = GGUFCursor(raw, at: array.bytes.lowerBound)
                return try (0..<array.count).map { _ in try cursor.string("a string in \(key)") }
            }
        } catch let fault as GGUFFault { throw Self.failure(fault, name: name) }
    }

    /// Integers of an array of any integer type; nil if `key` is missing.
    /// - Throws: `malformed-gguf` if it is something else.
    package func integers(_ key: String) throws -> [Int]? {
        guard let value = metadata[key] else { return nil }
        return try elements(value, key).map { element in
            guard let integer = element.integer else {
                throw Self.failure(GGUFFault("metadata \(key) is no array of integers"), name: name)
            }
            return integer
        }
    }

    /// Numbers of an array of floating-point type; nil if `key` is missing.
    /// - Throws: `malformed-gguf` if it is something else or holds a number that is not finite.
    package func reals(_ key: String) throws -> [Double]? {
        guard let value = metadata[key] else { return nil }
        return try elements(value, key).map { element in
            let real: Double? =
                switch element {
                case .float(let number): Double(number)
                case .double(let number): number
                default: nil
                }
            guard let real, real.isFinite else {
                throw Self.failure(
                    GGUFFault("metadata \(key) is no array of finite numbers"), name: name)
            }
            return real
        }
    }

    private func elements(_ value: GGUFValue, _ key: String) throws -> [GGUFValue] {
        guard let array = value.array, array.elementType.isFixedSize else {
            throw Self.failure(GGUFFault("metadata \(key) is no array of numbers"), name: name)
        }
        do {
            return try data.withUnsafeBytes { raw in
                var cursor = GGUFCursor(raw, at: array.bytes.lowerBound)
                return try (0..<array.count).map { _ in
                    try cursor.value(array.elementType, "metadata \(key)")
                }
            }
        } catch let fault as GGUFFault { throw Self.failure(fault, name: name) }
    }
}
