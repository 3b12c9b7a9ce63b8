// Conversion between float32 and the element types of checkpoints. The loops hold no branches, so
// that the compiler vectorises them.

extension Safetensors.ElementType {
    /// Whether tensors of this type can be weights.
    package var isFloatingPoint: Bool {
        switch self {
        case .f64, .f32, .f16, .bf16: true
        case .i64, .i32, .i16, .i8, .u8, .bool: false
        }
    }

    /// Widens `count` little-endian elements to float32 (f64 is rounded); false for types that are
    /// not floating point.
    func widen(
        _ bytes: UnsafeRawBufferPointer, into target: UnsafeMutablePointer<Float>, count: Int
    ) -> Bool {
        precondition(bytes.count == count * byteCount)
        guard isFloatingPoint else { return false }
        guard count > 0, let source = bytes.baseAddress else { return true }
        switch self {
        case .bf16:
            for index in 0..<count {
                let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                target[index] = Float(bitPattern: UInt32(bits) << 16)
            }
        case .f16:
            for index in 0..<count {
                target[index] = halfToFloat(
                    source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
            }
        case .f64:
            for index in 0..<count {
                target[index] = Float(
                    source.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
            }
        default:
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: 4 * count)
        }
        return true
    }

    /// Writes `count` float32 values as elements of this type, rounded to nearest, ties to even.
    func narrow(
        _ source: UnsafePointer<Float>, count: Int, into bytes: UnsafeMutableRawBufferPointer
    ) {
        precondition(isFloatingPoint && bytes.count == count * byteCount)
        guard count > 0, let target = bytes.baseAddress else { return }
        switch self {
        case .bf16:
            for index in 0..<count {
                target.storeBytes(
                    of: floatToBFloat(source[index]), toByteOffset: 2 * index, as: UInt16.self)
            }
        case .f16:
            for index in 0..<count {
                target.storeBytes(
                    of: floatToHalf(source[index]), toByteOffset: 2 * index, as: UInt16.self)
            }
        case .f64:
            for index in 0..<count {
                target.storeBytes(
                    of: Double(source[index]), toByteOffset: 8 * index, as: Double.self)
            }
        default:
            target.copyMemory(from: source, byteCount: 4 * count)
        }
    }
}

/// IEEE half precision to float32; exact.
@inline(__always)
package func halfToFloat(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7fff) << 13
    // Moves the exponent by 127 - 15; subnormal numbers become normal on the way.
    let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    let special = magnitude | 0x7f80_0000
    return Float(bitPattern: sign | (magnitude >= 0x0f80_0000 ? special : scaled))
}

/// float32 to IEEE half precision, to nearest, ties to even.
@inline(__always)
package func floatToHalf(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = bits >> 16 & 0x8000
    let magnitude = bits & 0x7fff_ffff
    let normal = (magnitude &+ 0xfff &+ (magnitude >> 13 & 1)) >> 13 &- (112 << 10)
    // Subnormal: 2^-24 is the spacing of half precision there and of float32 around one half.
    let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3f00_0000
    var result = magnitude < 0x3880_0000 ? subnormal : normal
    result = magnitude >= 0x477f_f000 ? 0x7c00 : result
    result = magnitude > 0x7f80_0000 ? 0x7e00 : result
    return UInt16(truncatingIfNeeded: sign | result)
}

/// float32 to bfloat16, to nearest, ties to even.
@inline(__always)
package func floatToBFloat(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let rounded = (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16
    let isNaN = bits & 0x7fff_ffff > 0x7f80_0000
    return UInt16(truncatingIfNeeded: isNaN ? bits >> 16 | 0x40 : rounded)
}
