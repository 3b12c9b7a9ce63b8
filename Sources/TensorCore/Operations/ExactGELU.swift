extension Tape {
    /// GELU by the error function (Hendrycks & Gimpel 2016): `y = x P(x)` with
    /// `P(x) = (1 + erf(x / sqrt 2)) / 2`.
    ///
    /// Backward: `dx = dy (P(x) + x exp(-x^2 / 2) / sqrt(2 pi))`; y itself is computed
    /// again instead of kept.
    package func exactGELU(_ x: Activation) -> Activation {
        let xValue = x.value
        let forward = { [pool] in
            let y = Tensor(xValue.shape)
            let (input, out) = (UnsafePointer(xValue.pointer), y.pointer)
            pool.forLaneRanges(y.count) { range in
                lanes(range) { read, write in
                    let v = read(input)
                    write(out, v * normalDistribution(v).probability)
                }
            }
            return y
        }
        let y = Activation(forward(), again: isRecording ? forward : nil)
        let (target, slope) = (x.slope, y.slope)
        record { [pool] in
            guard let dy = slope.gradient else { return }
            let (dx, isFresh) = target.forWriting()
            let (input, upstream) = (UnsafePointer(xValue.pointer), UnsafePointer(dy.pointer))
            let out = dx.pointer
            pool.forLaneRanges(dy.count) { range in
                lanes(range) { read, write in
                    let v = read(input)
                    let (probability, power) = normalDistribution(v)
                    let rise: Lanes = probability + v * (Lanes(repeating: 0.398_942_28) * power)
                    let result: Lanes = read(upstream) * rise
                    write(out, isFresh ? result : read(UnsafePointer(out)) + result)
                }
            }
        }
        return y
    }
}

/// Distribution function of the standard normal distribution and `exp(-x^2 / 2)`, which its formula
/// contains.
///
/// `P(x) = 1 - q / 2` for x >= 0 and `q / 2` below, where `1 - q` is erf(|x| / sqrt 2) by
/// Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 7.1.26; absolute error below 2e-7.
@inline(__always)
private func normalDistribution(_ x: Lanes) -> (probability: Lanes, exponential: Lanes) {
    let one = Lanes(repeating: 1)
    let isNegative = x .< Lanes(repeating: 0)
    let magnitude = x.replacing(with: -x, where: isNegative)
    let power = exponential(Lanes(repeating: -0.5) * x * x)
    let t = one / (one + Lanes(repeating: 0.327_591_1 * 0.707_106_781) * magnitude)
    var p = Lanes(repeating: 1.061_405_429)
    p = p * t + Lanes(repeating: -1.453_152_027)
    p = p * t + Lanes(repeating: 1.421_413_741)
    p = p * t + Lanes(repeating: -0.284_496_736)
    p = p * t + Lanes(repeating: 0.254_829_592)
    let tail: Lanes = Lanes(repeating: 0.5) * p * t * power
    return ((one - tail).replacing(with: tail, where: isNegative), power)
}
