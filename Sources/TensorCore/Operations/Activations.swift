extension Tape {
    /// SwiGLU (Shazeer 2020): `y = g sigmoid(g) u`, elementwise; gate g and up u [tokens, width].
    ///
    /// Backward, with s = sigmoid(g): `dg = dy u s (1 + g (1 - s))`, `du = dy g s`.
    package func swiGLU(gate: Activation, up: Activation) -> Activation {
        let y = Activation(Tensor(gate.value.shape))
        let g = UnsafePointer(gate.value.pointer)
        let u = UnsafePointer(up.value.pointer)
        let out = y.value.pointer
        forLanes(y.value.count) { read, write in
            let gate = read(g)
            write(out, gate * sigmoid(gate) * read(u))
        }
        record { [self] in
            guard let dy = y.gradient else { return }
            let dg = gate.gradientForAdding().pointer
            let du = up.gradientForAdding().pointer
            forLanes(dy.count) { read, write in
                let gate = read(g)
                let upstream = read(UnsafePointer(dy.pointer))
                let s = sigmoid(gate)
                let one = Lanes(repeating: 1)
                let slope: Lanes = s * (one + gate * (one - s))
                write(dg, read(UnsafePointer(dg)) + upstream * read(u) * slope)
                write(du, read(UnsafePointer(du)) + upstream * gate * s)
            }
        }
        return y
    }

    /// GELU in the tanh form (Hendrycks & Gimpel 2016; `gelu_new`):
    /// `y = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`.
    ///
    /// Backward: `dx = dy (1/2 (1 + t) + x/2 (1 - t^2) sqrt(2/pi) (1 + 0.134145 x^2))`.
    package func gelu(_ x: Activation) -> Activation {
        let y = Activation(Tensor(x.value.shape))
        let input = UnsafePointer(x.value.pointer)
        let out = y.value.pointer
        let half = Lanes(repeating: 0.5)
        let one = Lanes(repeating: 1)
        let c = Lanes(repeating: 0.797_884_56)
        let cubic = Lanes(repeating: 0.044_715)
        forLanes(y.value.count) { read, write in
            let v = read(input)
            let t = hyperbolicTangent(c * (v + cubic * v * v * v))
            write(out, half * v * (one + t))
        }
        record { [self] in
            guard let dy = y.gradient else { return }
            let dx = x.gradientForAdding().pointer
            forLanes(dy.count) { read, write in
                let v = read(input)
                let t = hyperbolicTangent(c * (v + cubic * v * v * v))
                let inner: Lanes = c * (one + Lanes(repeating: 3) * cubic * v * v)
                let slope: Lanes = half * (one + t) + half * v * (one - t * t) * inner
                write(dx, read(UnsafePointer(dx)) + read(UnsafePointer(dy.pointer)) * slope)
            }
        }
        return y
    }

    /// Calls `body` for 16 elements at a time with functions that read and write at the current
    /// place; the last lanes are padded with zeros and not written.
    @inline(__always)
    private func forLanes(
        _ count: Int,
        _ body: (
            _ read: (UnsafePointer<Float>) -> Lanes,
            _ write: (UnsafeMutablePointer<Float>, Lanes) -> Void
        ) -> Void
    ) {
        pool.forRanges(count, granule: laneCount, minimum: 8_192) { range in
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
    }
}
