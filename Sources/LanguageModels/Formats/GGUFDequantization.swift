/// From blocks to float32. Layouts and formulas: ggml, `ggml-quants.c` (`dequantize_row_*`); the order
/// of the operations is theirs, and nothing is contracted, so results are equal bit by bit.
///
/// In the notes below d and m are half-precision scales, q an element's integer.
extension GGUFTensorType {
    /// - Parameters:
    ///   - source: `blockCount` blocks, of any alignment.
    ///   - target: room for every element of them.
    func dequantize(
        _ source: UnsafeRawPointer, blockCount: Int, into target: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .f32:
            for i in 0..<blockCount {
                target[i] = source.loadUnaligned(fromByteOffset: 4 * i, as: Float.self)
            }
        case .f16:
            for i in 0..<blockCount { target[i] = half(source, 2 * i) }
        case .bf16:
            for i in 0..<blockCount {
                let bits = source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
                target[i] = Float(bitPattern: UInt32(bits) << 16)
            }
        case .f64:
            for i in 0..<blockCount {
                target[i] = Float(source.loadUnaligned(fromByteOffset: 8 * i, as: Double.self))
            }
        default:
            for block in 0..<blockCount {
                let from = source + block * blockByteCount
                let to = target + block * blockElementCount
                switch self {
                case .q40: unpackQ40(from, to)
                case .q41: unpackQ41(from, to)
                case .q50: unpackQ50(from, to)
                case .q51: unpackQ51(from, to)
                case .q80: unpackQ80(from, to)
                case .q2K: unpackQ2K(from, to)
                case .q3K: unpackQ3K(from, to)
                case .q4K: unpackQ4K(from, to)
                case .q5K: unpackQ5K(from, to)
                default: unpackQ6K(from, to)
                }
            }
        }
    }
}

private typealias Source = UnsafeRawPointer
private typealias Target = UnsafeMutablePointer<Float>

@inline(__always)
private func half(_ source: Source, _ offset: Int) -> Float {
    halfToFloat(source.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
}

@inline(__always)
private func byte(_ source: Source, _ offset: Int) -> UInt8 {
    source.load(fromByteOffset: offset, as: UInt8.self)
}

// Blocks of 32. Of two elements that share a byte the first 16 have the low half.

/// d, 16 bytes: d (q - 8).
@inline(__always)
private func unpackQ40(_ source: Source, _ target: Target) {
    let d = half(source, 0)
    for i in 0..<16 {
        let pair = byte(source, 2 + i)
        target[i] = d * Float(Int8(pair & 15) - 8)
        target[i + 16] = d * Float(Int8(pair >> 4) - 8)
    }
}

/// d, m, 16 bytes: d q + m.
@inline(__always)
private func unpackQ41(_ source: Source, _ target: Target) {
    let d = half(source, 0)
    let m = half(source, 2)
    for i in 0..<16 {
        let pair = byte(source, 4 + i)
        target[i] = d * Float(pair & 15) + m
        target[i + 16] = d * Float(pair >> 4) + m
    }
}

/// d, the fifth bits of all elements, 16 bytes: d (q - 16).
@inline(__always)
private func unpackQ50(_ source: Source, _ target: Target) {
    let d = half(source, 0)
    let high = UInt32(littleEndian: source.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
    for i in 0..<16 {
        let pair = byte(source, 6 + i)
        let first = Int32(pair & 15) | Int32(high >> i & 1) << 4
        let second = Int32(pair >> 4) | Int32(high >> (i + 16) & 1) << 4
        target[i] = d * Float(first - 16)
        target[i + 16] = d * Float(second - 16)
    }
}

/// d, m, the fifth bits of all elements, 16 bytes: d q + m.
@inline(__always)
private func unpackQ51(_ source: Source, _ target: Target) {
    let d = half(source, 0)
    let m = half(source, 2)
    let high = UInt32(littleEndian: source.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    for i in 0..<16 {
        let pair = byte(source, 8 + i)
        let first = Int32(pair & 15) | Int32(high >> i & 1) << 4
        let second = Int32(pair >> 4) | Int32(high >> (i + 16) & 1) << 4
        target[i] = d * Float(first) + m
        target[i + 16] = d * Float(second) + m
    }
}

/// d, 32 signed bytes: d q.
@inline(__always)
private func unpackQ80(_ source: Source, _ target: Target) {
    let d = half(source, 0)
    for i in 0..<32 { target[i] = d * Float(Int8(bitPattern: byte(source, 2 + i))) }
}

// Blocks of 256 with scales of 16 or 32 elements each, quantised themselves.

/// 16 bytes with scale (low half) and minimum, 64 bytes, d, m: (d scale) q - (m minimum).
@inline(__always)
private func unpackQ2K(_ source: Source, _ target: Target) {
    let d = half(source, 80)
    let m = half(source, 82)
    for part in 0..<16 {
        let scales = byte(source, part)
        let scale = d * Float(scales & 15)
        let minimum = m * Float(scales >> 4)
        // Eight parts share 32 bytes: two of each pair of bits.
        let bytes = 16 + part / 8 * 32 + part % 2 * 16
        let shift = UInt8(part % 8 / 2 * 2)
        for i in 0..<16 {
            target[16 * part + i] =
                scale * Float(byte(source, bytes + i) >> shift & 3) - minimum
        }
    }
}

/// 32 bytes with the third bits, 64 bytes, 16 six-bit scales in 12 bytes, d:
/// (d (scale - 32)) (q - 4), the third bit counting four.
@inline(__always)
private func unpackQ3K(_ source: Source, _ target: Target) {
    let d = half(source, 108)
    for part in 0..<16 {
        let low = byte(source, 96 + part % 8) >> UInt8(part / 8 * 4) & 15
        let high = byte(source, 104 + part % 4) >> UInt8(part / 4 * 2) & 3
        let scale = d * Float(Int32(low | high << 4) - 32)
        let bytes = 32 + part / 8 * 32 + part % 2 * 16
        let shift = UInt8(part % 8 / 2 * 2)
        let highBytes = part % 2 * 16
        let highShift = UInt8(part / 2)
        for i in 0..<16 {
            let q = Int32(byte(source, bytes + i) >> shift & 3)
            let third = Int32(byte(source, highBytes + i) >> highShift & 1)
            target[16 * part + i] = scale * Float(q + 4 * third - 4)
        }
    }
}

/// The six-bit scale and minimum of part 0 ... 7 from the 12 bytes at `scales`.
@inline(__always)
private func scaleAndMinimum(_ scales: Source, _ part: Int) -> (UInt8, UInt8) {
    if part < 4 { return (byte(scales, part) & 63, byte(scales, part + 4) & 63) }
    let low = byte(scales, part + 4)
    return (
        low & 15 | (byte(scales, part - 4) >> 6) << 4, low >> 4 | (byte(scales, part) >> 6) << 4
    )
}

/// d, m, scales and minima of eight parts in 12 bytes, 128 bytes: (d scale) q - (m minimum).
@inline(__always)
private func unpackQ4K(_ source: Source, _ target: Target) {
    let d = half(source, 0)
    let m = half(source, 2)
    for part in 0..<8 {
        let (quantisedScale, quantisedMinimum) = scaleAndMinimum(source + 4, part)
        let scale = d * Float(quantisedScale)
        let minimum = m * Float(quantisedMinimum)
        let bytes = 16 + part / 2 * 32
        let shift = UInt8(part % 2 * 4)
        for i in 0..<32 {
            target[32 * part + i] =
                scale * Float(byte(source, bytes + i) >> shift & 15) - minimum
        }
    }
}

/// As Q4_K, with the fifth bits in 32 bytes between scales and the rest.
@inline(__always)
private func unpackQ5K(_ source: Source, _ target: Target) {
    let d = half(source, 0)
    let m = half(source, 2)
    for part in 0..<8 {
        let (quantisedScale, quantisedMinimum) = scaleAndMinimum(source + 4, part)
        let scale = d * Float(quantisedScale)
        let minimum = m * Float(quantisedMinimum)
        let bytes = 48 + part / 2 * 32
        let shift = UInt8(part % 2 * 4)
        for i in 0..<32 {
            let fifth = byte(source, 16 + i) >> UInt8(part) & 1
            let q = byte(source, bytes + i) >> shift & 15 | fifth << 4
            target[32 * part + i] = scale * Float(q) - minimum
        }
    }
}

/// 128 bytes, 64 bytes with bits five and six, 16 signed scales, d: (d scale) (q - 32).
@inline(__always)
private func unpackQ6K(_ source: Source, _ target: Target) {
    let d = half(source, 208)
    for part in 0..<16 {
        let scale = d * Float(Int8(bitPattern: byte(source, 192 + part)))
        let group = part / 8
        let quarter = part % 8 / 2
        let place = part % 2 * 16
        let bytes = group * 64 + quarter % 2 * 32 + place
        let shift = UInt8(quarter / 2 * 4)
        let highBytes = 128 + group * 32 + place
        let highShift = UInt8(quarter * 2)
        for i in 0..<16 {
            let low = byte(source, bytes + i) >> shift & 15
            let high = byte(source, highBytes + i) >> highShift & 3
            target[16 * part + i] = scale * Float(Int32(low | high << 4) - 32)
        }
    }
}
