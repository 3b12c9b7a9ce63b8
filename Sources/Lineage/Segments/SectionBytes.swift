/// Bytes of a section while it is made: integers in little-endian order or as LEB128.
struct SectionBytes {
    var bytes: [UInt8] = []

    var count: Int { bytes.count }

    mutating func append(word: UInt64) {
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(half: UInt32) {
        withUnsafeBytes(of: half.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// LEB128: 7 bits a byte, the lowest first; 1 to 10 bytes.
    @inline(__always)
    mutating func append(variable value: UInt64) {
        var rest = value
        while rest >= 128 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}

/// Reads what `SectionBytes` wrote. Reading past the end gives zeros and sets `isExhausted`: the bytes
/// have been checked against their checksums, so this happens to a faulty writer only.
struct SectionCursor {
    private let bytes: UnsafeRawBufferPointer
    private(set) var index: Int
    private(set) var isExhausted = false

    init(_ bytes: UnsafeRawBufferPointer, at index: Int = 0) {
        self.bytes = bytes
        self.index = index
    }

    var isAtEnd: Bool { index >= bytes.count }

    @inline(__always)
    mutating func variable() -> UInt64 {
        guard index >= 0, index <= bytes.count - 8 else { return variableAtEnd() }
        let word = UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        if word & 128 == 0 {
            index += 1
            return word & 127
        }
        // The highest bit is clear in the last byte of a number only.
        let ends = ~word & 0x8080_8080_8080_8080
        guard ends != 0 else { return variableAtEnd() }
        index += (ends.trailingZeroBitCount + 1) / 8
        var value = word & (ends ^ (ends &- 1)) & 0x7F7F_7F7F_7F7F_7F7F
        value = value & 0x007F_007F_007F_007F | (value & 0x7F00_7F00_7F00_7F00) >> 1
        value = value & 0x0000_3FFF_0000_3FFF | (value & 0x3FFF_0000_3FFF_0000) >> 2
        return value & 0x0FFF_FFFF | (value & 0x0FFF_FFFF_0000_0000) >> 4
    }

    /// Byte by byte: of 9 or 10 bytes, or close to the end.
    private mutating func variableAtEnd() -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index >= 0, index < bytes.count {
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 127) << shift
            if byte < 128 { return value }
            shift += 7
        }
        isExhausted = true
        return value
    }

    mutating func length() -> Int { Int(truncatingIfNeeded: variable() & 0xFFFF_FFFF_FFFF) }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer {
        guard count >= 0, index >= 0, count <= bytes.count - index else {
            isExhausted = true
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        defer { index += count }
        return UnsafeRawBufferPointer(rebasing: bytes[index..<index + count])
    }
}

extension UnsafeRawBufferPointer {
    /// The `index`-th of 64-bit integers.
    @inline(__always)
    func word(_ index: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
    }

    /// The `index`-th of 32-bit integers.
    @inline(__always)
    func half(_ index: Int) -> UInt32 {
        UInt32(littleEndian: loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
    }
}

/// Notices accidental changes of bytes; not a digest, anybody can make two texts agree.
///
/// Four lanes of xor, multiply and rotate. Each step maps a lane one to one, so a change within one
/// 8-byte word never goes unnoticed, and any other with probability 2^-64.
func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
    var lanes: (UInt64, UInt64, UInt64, UInt64) = (1, 2, 3, 4)
    @inline(__always)
    func mixed(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        let product = (lane ^ word) &* factor
        return product << 29 | product >> 35
    }
    var index = 0
    let end = bytes.count & ~31
    while index < end {
        lanes.0 = mixed(lanes.0, bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        lanes.1 = mixed(lanes.1, bytes.loadUnaligned(fromByteOffset: index + 8, as: UInt64.self))
        lanes.2 = mixed(lanes.2, bytes.loadUnaligned(fromByteOffset: index + 16, as: UInt64.self))
        lanes.3 = mixed(lanes.3, bytes.loadUnaligned(fromByteOffset: index + 24, as: UInt64.self))
        index += 32
    }
    while index < bytes.count {
        lanes.0 = mixed(lanes.0, UInt64(bytes[index]))
        index += 1
    }
    var sum = mixed(UInt64(bytes.count), lanes.0)
    sum = mixed(sum, lanes.1)
    sum = mixed(sum, lanes.2)
    sum = mixed(sum, lanes.3)
    return sum ^ sum >> 32
}
