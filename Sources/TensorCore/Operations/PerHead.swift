extension Tape {
    /// The same elements under another shape; neither values nor gradients are copied.
    ///
    /// E.g. [tokens, heads * K] as [tokens * heads, K], so that a norm of rows is one of heads.
    package func reshaped(_ x: Activation, to shape: [Int]) -> Activation {
        let y = Activation(Tensor(viewing: x.value, offset: 0, shape: shape))
        precondition(y.value.count == x.value.count)
        let (target, slope) = (x.slope, y.slope)
        record { [pool] in
            guard let dy = slope.gradient else { return }
            target.addOrAdopt(dy, pool: pool)
        }
        return y
    }

    /// Cuts the columns of x [tokens, n * width] into n equal activations [tokens, width].
    package func split(_ x: Activation, into partCount: Int) -> [Activation] {
        splitHeads(x, into: partCount, headWidth: x.value.width / partCount)
    }

    /// Cuts each head's columns of x [tokens, heads * n * K] into n parts: n activations
    /// [tokens, heads * K].
    ///
    /// Backward puts each part's gradient back at its columns.
    package func splitHeads(
        _ x: Activation, into partCount: Int, headWidth: Int
    ) -> [Activation] {
        let rows = x.value.rowCount
        let heads = x.value.width / (partCount * headWidth)
        let parts = (0..<partCount).map { _ in Activation(Tensor([rows, heads * headWidth])) }
        // Heads of all rows follow one another in the parts as in x.
        let blocks = rows * heads
        let stride = partCount * headWidth
        let source = UnsafePointer(x.value.pointer)
        let outputs = parts.map(\.value.pointer)
        let minimum = max(2, elementsWorthDividing / max(1, stride))
        pool.forRanges(blocks, minimum: minimum) { range in
            for block in range {
                for (index, output) in outputs.enumerated() {
                    (output + block * headWidth).update(
                        from: source + block * stride + index * headWidth, count: headWidth)
                }
            }
        }
        let (target, slopes) = (x.slope, parts.map(\.slope))
        record { [pool] in
            let (dx, isFresh) = target.forWriting()
            let inputs = slopes.map { $0.gradient?.pointer }
            pool.forRanges(blocks, minimum: minimum) { range in
                for block in range {
                    for (index, input) in inputs.enumerated() {
                        let place = dx.pointer + block * stride + index * headWidth
                        if let input, isFresh {
                            place.update(from: input + block * headWidth, count: headWidth)
                        } else if let input {
                            accumulate(place, input + block * headWidth, headWidth)
                        } else if isFresh {
                            place.update(repeating: 0, count: headWidth)
                        }
                    }
                }
            }
        }
        return parts
    }
}
