extension Tape {
    /// SwiGLU (Shazeer 2020): `y = g sigmoid(g) u`, elementwise; x [tokens, 2 * width] holds the gates g
    /// and then u, y [tokens, width].
    ///
    /// Backward, with s = sigmoid(g): `dg = dy u s (1 + g (1 - s))`, `du = dy g s`; y itself is
    /// computed again instead of kept.
    package func swiGLU(_ x: Activation) -> Activation {
        let xValue = x.value
        let rows = xValue.rowCount
        let width = xValue.width / 2
        let minimum = max(2, 8_192 / max(1, width))
        let forward = { [pool] in
            let y = Tensor([rows, width])
            pool.forRanges(rows, minimum: minimum) { range in
                for row in range {
                    let g = UnsafePointer(xValue.pointer + row * 2 * width)
                    let u = g + width
                    let out = y.pointer + row * width
                    lanes(0..<width) { read, write in
                        let gate = read(g)
                        write(out, gate * sigmoid(gate) * read(u))
                    }
                }
            }
            return y
        }
        let y = Activation(forward(), again: isRecording ? forward : nil)
        let (target, slope) = (x.slope, y.slope)
        record { [pool] in
            guard let dy = slope.gradient else { return }
            let (dx, isFresh) = target.forWriting()
            let one = Lanes(repeating: 1)
            pool.forRanges(rows, minimum: minimum) { range in
                for row in range {
                    let g = UnsafePointer(xValue.pointer + row * 2 * width)
                    let u = g + width
                    let dg = dx.pointer + row * 2 * width
                    let du = dg + width
                    let upstream = UnsafePointer(dy.pointer + row * width)
                    lanes(0..<width) { read, write in
                        let gate = read(g)
                        let slope = read(upstream)
                        let s = sigmoid(gate)
                        let rise: Lanes = s * (one + gate * (one - s))
                        var dGate: Lanes = slope * read(u) * rise
                        var dUp: Lanes = slope * gate * s
                        if !isFresh {
                            dGate += read(UnsafePointer(dg))
                            dUp += read(UnsafePointer(du))
                        }
                        write(dg, dGate)
                        write(du, dUp)
                    }
                }
            }
        }
        return y
    }

    /// GELU in the tanh form (Hendrycks & Gimpel 2016; `gelu_new`):
    /// `y = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`.
    ///
    /// Backward: `dx = dy (1/2 (1 + t) + x/2 (1 - t^2) sqrt(2/pi) (1 + 0.134145 x^2))`; y itself is
    /// computed again instead of kept.
    package func gelu(_ x: Activation) -> Activation {
        let xValue = x.value
        let half = Lanes(repeating: 0.5)
        let one = Lanes(repeating: 1)
        let c = Lanes(repeating: 0.797_884_56)
        let cubic = Lanes(repeating: 0.044_715)
        let forward = { [pool] in
            let y = Tensor(xValue.shape)
            let (input, out) = (UnsafePointer(xValue.pointer), y.pointer)
            pool.forLaneRanges(y.count) { range in
                lanes(range) { read, write in
                    let v = read(input)
                    let t = hyperbolicTangent(c * (v + cubic * v * v * v))
                    write(out, half * v * (one + t))
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
                    let t = hyperbolicTangent(c * (v + cubic * v * v * v))
                    let inner: Lanes = c * (one + Lanes(repeating: 3) * cubic * v * v)
                    let rise: Lanes = half * (one + t) + half * v * (one - t * t) * inner
                    let result: Lanes = read(upstream) * rise
                    write(out, isFresh ? result : read(UnsafePointer(out)) + result)
                }
            }
        }
        return y
    }
}

extension WorkerPool {
    /// Ranges of elementwise work; each is to be gone through by `lanes`.
    func forLaneRanges(_ count: Int, _ body: (Range<Int>) -> Void) {
        forRanges(count, granule: laneCount, minimum: 8_192, body)
    }
}

/// Calls `body` for 16 elements at a time with functions that read and write at the current place; the
/// last lanes are padded with zeros and not written.
///
/// Called inside the closure that runs on a thread, never around it: only then are the loop and its
/// body compiled as one.
@inline(__always)
func lanes(
    _ range: Range<Int>,
    _ body: (
        _ read: (UnsafePointer<Float>) -> Lanes,
        _ write: (UnsafeMutablePointer<Float>, Lanes) -> Void
    ) -> Void
) {
    var index = range.lowerBound
    while index + laneCount <= range.upperBound {
        body({ load($0, index) }, { store($1, $0, index) })
        index += laneCount
    }
    let rest = range.upperBound - index
    if rest > 0 {
        body({ loadTail($0, index, rest) }, { storeTail($1, $0, index, rest) })
    }
}
