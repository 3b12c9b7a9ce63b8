import Foundation

// Elementary functions over contiguous float32, 16 lanes at a time. Rounding by a magic number and
// clamping by masks keep the loops vectorised; multiply and add are never contracted, so results do
// not depend on the instruction set. Reductions add 16 lanes and fold them in a fixed tree.

typealias Lanes = SIMD16<Float>
let laneCount = 16

@inline(__always)
func load(_ pointer: UnsafePointer<Float>, _ index: Int) -> Lanes {
    UnsafeRawPointer(pointer + index).loadUnaligned(as: Lanes.self)
}

@inline(__always)
func store(_ value: Lanes, _ pointer: UnsafeMutablePointer<Float>, _ index: Int) {
    UnsafeMutableRawPointer(pointer + index).storeBytes(of: value, as: Lanes.self)
}

/// The first `count` (< 16) elements, the other lanes filled.
@inline(__always)
func loadTail(
    _ pointer: UnsafePointer<Float>, _ index: Int, _ count: Int, fill: Float = 0
) -> Lanes {
    var value = Lanes(repeating: fill)
    for lane in 0..<count { value[lane] = pointer[index + lane] }
    return value
}

@inline(__always)
func storeTail(
    _ value: Lanes, _ pointer: UnsafeMutablePointer<Float>, _ index: Int, _ count: Int
) {
    for lane in 0..<count { pointer[index + lane] = value[lane] }
}

@inline(__always)
func sum(_ value: Lanes) -> Float {
    let eight = value.lowHalf + value.highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
}

@inline(__always)
func maximum(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: a .< b) }

/// exp, relative error below 2e-7 for -87 < x < 88; arguments outside are clamped.
@inline(__always)
func exponential(_ x: Lanes) -> Lanes {
    let low = Lanes(repeating: -87.0)
    let high = Lanes(repeating: 88.0)
    var v = x.replacing(with: low, where: x .< low)
    v = v.replacing(with: high, where: v .> high)
    let magic = Lanes(repeating: 12_582_912)
    let shifted: Lanes = v * Lanes(repeating: 1.442_695_04) + magic
    let n: Lanes = shifted - magic
    // ln 2 in two parts keeps the remainder exact.
    var r: Lanes = v - n * Lanes(repeating: 0.693_359_375)
    r = r - n * Lanes(repeating: -2.121_944_4e-4)
    var p = Lanes(repeating: 1.987_569_15e-4)
    p = p * r + Lanes(repeating: 1.398_199_95e-3)
    p = p * r + Lanes(repeating: 8.333_451_9e-3)
    p = p * r + Lanes(repeating: 4.166_579_6e-2)
    p = p * r + Lanes(repeating: 1.666_666_55e-1)
    p = p * r + Lanes(repeating: 0.5)
    let squared: Lanes = r * r
    p = p * squared + r + Lanes(repeating: 1)
    let bits = unsafeBitCast(shifted, to: SIMD16<Int32>.self)
    let scale = (bits &<< 23) &+ SIMD16<Int32>(repeating: 0x3F80_0000)
    return p * unsafeBitCast(scale, to: Lanes.self)
}

/// 1 / (1 + exp(-x)).
@inline(__always)
func sigmoid(_ x: Lanes) -> Lanes {
    let one = Lanes(repeating: 1)
    return one / (one + exponential(Lanes(repeating: 0) - x))
}

/// tanh by exp, accurate to 3e-7 absolute.
@inline(__always)
func hyperbolicTangent(_ x: Lanes) -> Lanes {
    let one = Lanes(repeating: 1)
    let two = Lanes(repeating: 2)
    return one - two / (exponential(two * x) + one)
}

/// Sum of a(i) * b(i).
@inline(__always)
func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var accumulator = Lanes(repeating: 0)
    var index = 0
    while index + laneCount <= count {
        accumulator += load(a, index) * load(b, index)
        index += laneCount
    }
    let rest = count - index
    if rest > 0 { accumulator += loadTail(a, index, rest) * loadTail(b, index, rest) }
    return sum(accumulator)
}

/// Sum of a(i).
@inline(__always)
func total(_ a: UnsafePointer<Float>, _ count: Int) -> Float {
    var accumulator = Lanes(repeating: 0)
    var index = 0
    while index + laneCount <= count {
        accumulator += load(a, index)
        index += laneCount
    }
    let rest = count - index
    if rest > 0 { accumulator += loadTail(a, index, rest) }
    return sum(accumulator)
}

/// Largest element; -infinity for an empty row.
@inline(__always)
func largest(_ a: UnsafePointer<Float>, _ count: Int) -> Float {
    var best = Lanes(repeating: -.infinity)
    var index = 0
    while index + laneCount <= count {
        best = maximum(best, load(a, index))
        index += laneCount
    }
    let rest = count - index
    if rest > 0 { best = maximum(best, loadTail(a, index, rest, fill: -.infinity)) }
    var result = best[0]
    for lane in 1..<laneCount where best[lane] > result { result = best[lane] }
    return result
}

/// Replaces a row by exp(row - shift) and returns the sum.
@inline(__always)
func exponentiate(_ row: UnsafeMutablePointer<Float>, _ count: Int, shift: Float) -> Float {
    var total = Lanes(repeating: 0)
    let offset = Lanes(repeating: shift)
    var index = 0
    while index + laneCount <= count {
        let value = exponential(load(row, index) - offset)
        store(value, row, index)
        total += value
        index += laneCount
    }
    let rest = count - index
    if rest > 0 {
        let value = exponential(loadTail(row, index, rest) - offset)
        storeTail(value, row, index, rest)
        for lane in 0..<rest { total[lane] += value[lane] }
    }
    return sum(total)
}

/// Sum of exp(row - shift); the same bits as `exponentiate` gives.
@inline(__always)
func exponentialSum(_ row: UnsafePointer<Float>, _ count: Int, shift: Float) -> Float {
    var total = Lanes(repeating: 0)
    let offset = Lanes(repeating: shift)
    var index = 0
    while index + laneCount <= count {
        total += exponential(load(row, index) - offset)
        index += laneCount
    }
    let rest = count - index
    if rest > 0 {
        let value = exponential(loadTail(row, index, rest) - offset)
        for lane in 0..<rest { total[lane] += value[lane] }
    }
    return sum(total)
}

@inline(__always)
func scale(_ row: UnsafeMutablePointer<Float>, _ count: Int, by factor: Float) {
    for index in 0..<count { row[index] *= factor }
}

/// y += alpha x.
@inline(__always)
func accumulate(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ count: Int, alpha: Float = 1
) {
    for index in 0..<count { y[index] += alpha * x[index] }
}

/// Natural logarithm by the system's library; for single values only.
@inline(__always)
func logarithm(_ x: Float) -> Float { Float(log(Double(x))) }
