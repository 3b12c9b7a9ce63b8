extension Tape {
    /// Cuts the columns of x [tokens, n * width] into n equal activations [tokens, width].
    ///
    /// Backward puts each part's gradient back at its columns.
    package func split(_ x: Activation, into partCount: Int) -> [Activation] {
        let rows = x.value.rowCount
        let full = x.value.width
        let width = full / partCount
        let parts = (0..<partCount).map { _ in Activation(Tensor([rows, width])) }
        for (index, part) in parts.enumerated() {
            for row in 0..<rows {
                (part.value.pointer + row * width).update(
                    from: x.value.pointer + row * full + index * width, count: width)
            }
        }
        record {
            let dx = x.gradientForAdding()
            for (index, part) in parts.enumerated() {
                guard let slope = part.gradient else { continue }
                for row in 0..<rows {
                    accumulate(
                        dx.pointer + row * full + index * width, slope.pointer + row * width, width)
                }
            }
        }
        return parts
    }
}
