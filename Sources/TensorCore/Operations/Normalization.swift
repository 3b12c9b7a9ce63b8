extension Tape {
    /// RMSNorm (Zhang & Sennrich 2019): `y = w x / sqrt(mean(x^2) + eps)` per row; x [tokens, width],
    /// w [width].
    ///
    /// Backward, with r = 1/rms and g = dy w: `dx = r (g - x r^2 mean(g x))`, `dw += sum dy x r`. y itself
    /// is computed again instead of kept.
    package func rmsNorm(_ x: Activation, weight: Parameter, epsilon: Float) -> Activation {
        let xValue = x.value
        let width = xValue.width
        let rows = xValue.rowCount
        let inverse = Tensor([rows])
        let w = UnsafePointer(weight.value.pointer)
        let normalized = { [pool] in
            let y = Tensor(xValue.shape)
            pool.forRanges(rows, minimum: parallelRows(width)) { range in
                for row in range {
                    let input = UnsafePointer(xValue.pointer + row * width)
                    let output = y.pointer + row * width
                    let r = 1 / (dot(input, input, width) / Float(width) + epsilon).squareRoot()
                    inverse.pointer[row] = r
                    for j in 0..<width { output[j] = input[j] * r * w[j] }
                }
            }
            return y
        }
        let y = Activation(normalized(), again: isRecording ? normalized : nil)
        let (target, slope) = (x.slope, y.slope)
        record { [pool] in
            guard let dy = slope.gradient else { return }
            let (dx, isFresh) = target.forWriting()
            let parts = WeightGradientParts(pool: pool, width: width, arrayCount: 1)
            parts.run(rows: rows) { range, partial in
                let scaled = Tensor([width])
                for row in range {
                    let input = UnsafePointer(xValue.pointer + row * width)
                    let upstream = UnsafePointer(dy.pointer + row * width)
                    let target = dx.pointer + row * width
                    let r = inverse.pointer[row]
                    let g = scaled.pointer
                    for j in 0..<width {
                        g[j] = upstream[j] * w[j]
                        partial[j] += upstream[j] * input[j] * r
                    }
                    let mean = dot(g, input, width) / Float(width)
                    let back = mean * r * r
                    if isFresh {
                        for j in 0..<width { target[j] = r * (g[j] - input[j] * back) }
                    } else {
                        for j in 0..<width { target[j] += r * (g[j] - input[j] * back) }
                    }
                }
            }
            if weight.isTrainable { parts.add(0, to: weight.gradient) }
        }
        return y
    }

    /// LayerNorm (Ba et al. 2016): `y = w (x - mean) / sqrt(var + eps) + b` per row; x [tokens, width],
    /// w and b [width], population variance.
    ///
    /// Backward, with h the normalised row, g = dy w, r = 1/sd:
    /// `dx = r (g - mean(g) - h mean(g h))`, `dw += sum dy h`, `db += sum dy`. y itself is computed
    /// again instead of kept.
    package func layerNorm(
        _ x: Activation, weight: Parameter, bias: Parameter, epsilon: Float
    ) -> Activation {
        let xValue = x.value
        let width = xValue.width
        let rows = xValue.rowCount
        let means = Tensor([rows])
        let inverse = Tensor([rows])
        let w = UnsafePointer(weight.value.pointer)
        let b = UnsafePointer(bias.value.pointer)
        let normalized = { [pool] in
            let y = Tensor(xValue.shape)
            pool.forRanges(rows, minimum: parallelRows(width)) { range in
                for row in range {
                    let input = UnsafePointer(xValue.pointer + row * width)
                    let output = y.pointer + row * width
                    let mean = total(input, width) / Float(width)
                    for j in 0..<width { output[j] = input[j] - mean }
                    let r = 1 / (dot(output, output, width) / Float(width) + epsilon).squareRoot()
                    means.pointer[row] = mean
                    inverse.pointer[row] = r
                    for j in 0..<width { output[j] = output[j] * r * w[j] + b[j] }
                }
            }
            return y
        }
        let y = Activation(normalized(), again: isRecording ? normalized : nil)
        let (target, slope) = (x.slope, y.slope)
        record { [pool] in
            guard let dy = slope.gradient else { return }
            let (dx, isFresh) = target.forWriting()
            let parts = WeightGradientParts(pool: pool, width: width, arrayCount: 2)
            parts.run(rows: rows) { range, partial in
                let scaled = Tensor([width])
                let normal = Tensor([width])
                for row in range {
                    let input = UnsafePointer(xValue.pointer + row * width)
                    let upstream = UnsafePointer(dy.pointer + row * width)
                    let target = dx.pointer + row * width
                    let r = inverse.pointer[row]
                    let mean = means.pointer[row]
                    let g = scaled.pointer
                    let h = normal.pointer
                    for j in 0..<width {
                        h[j] = (input[j] - mean) * r
                        g[j] = upstream[j] * w[j]
                        partial[j] += upstream[j] * h[j]
                        partial[width + j] += upstream[j]
                    }
                    let meanG = total(g, width) / Float(width)
                    let meanGH = dot(g, h, width) / Float(width)
                    if isFresh {
                        for j in 0..<width { target[j] = r * (g[j] - meanG - h[j] * meanGH) }
                    } else {
                        for j in 0..<width { target[j] += r * (g[j] - meanG - h[j] * meanGH) }
                    }
                }
            }
            if weight.isTrainable { parts.add(0, to: weight.gradient) }
            if bias.isTrainable { parts.add(1, to: bias.gradient) }
        }
        return y
    }
}

private func parallelRows(_ width: Int) -> Int { max(2, 16_384 / max(1, width)) }

/// Partial sums of weight gradients, one set per part of the pool, added up in a fixed order.
private struct WeightGradientParts {
    let pool: WorkerPool
    let width: Int
    let arrayCount: Int
    private let sums: Tensor

    init(pool: WorkerPool, width: Int, arrayCount: Int) {
        self.pool = pool
        self.width = width
        self.arrayCount = arrayCount
        sums = Tensor.zeros([pool.threadCount, arrayCount * width])
    }

    /// Calls `body` with each part's rows and its own zeroed `arrayCount * width` floats.
    func run(rows: Int, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void) {
        let share = (rows + pool.threadCount - 1) / pool.threadCount
        let stride = arrayCount * width
        pool.run { part in
            let start = min(rows, part * share)
            let end = min(rows, start + share)
            if start < end { body(start..<end, sums.pointer + part * stride) }
        }
    }

    func add(_ array: Int, to gradient: Tensor) {
        for part in 0..<pool.threadCount {
            accumulate(
                gradient.pointer, sums.pointer + part * arrayCount * width + array * width, width)
        }
    }
}
