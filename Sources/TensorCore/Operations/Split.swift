extension Tape {
    /// Cuts the columns of x [tokens, n * width] into n equal activations [tokens, width].
    ///
    /// Backward puts each part's gradient back at its columns.
    package func split(_ x: Activation, into partCount: Int) -> [Activation] {
        let rows = x.value.rowCount
        let full = x.value.width
        let width = full / partCount
        let parts = (0..<partCount).map { _ in Activation(Tensor([rows, width])) }
        let source = UnsafePointer(x.value.pointer)
        let outputs = parts.map(\.value.pointer)
        let minimum = max(2, elementsWorthDividing / max(1, full))
        pool.forRanges(rows, minimum: minimum) { range in
            for row in range {
                for (index, output) in outputs.enumerated() {
                    (output + row * width).update(
                        from: source + row * full + index * width, count: width)
                }
            }
        }
        let (target, slopes) = (x.slope, parts.map(\.slope))
        record { [pool] in
            let (dx, isFresh) = target.forWriting()
            let inputs = slopes.map { $0.gradient?.pointer }
            pool.forRanges(rows, minimum: minimum) { range in
                for row in range {
                    for (index, input) in inputs.enumerated() {
                        let place = dx.pointer + row * full + index * width
                        if let input, isFresh {
                            place.update(from: input + row * width, count: width)
                        } else if let input {
                            accumulate(place, input + row * width, width)
                        } else if isFresh {
                            place.update(repeating: 0, count: width)
                        }
                    }
                }
            }
        }
        return parts
    }
}
