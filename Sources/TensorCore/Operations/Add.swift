extension Tape {
    /// `y = x + z`, same shapes: the residual connection.
    ///
    /// Backward hands dy to both without copying: the gradient of `z` is only read by the operation
    /// that made `z`, whose backward runs before anything adds to the gradient of `x`.
    package func add(_ x: Activation, _ z: Activation) -> Activation {
        let y = Activation(Tensor(x.value.shape))
        let (a, b, c) = (x.value.pointer, z.value.pointer, y.value.pointer)
        pool.forRanges(y.value.count, granule: 1_024, minimum: 32_768) { range in
            for index in range { c[index] = a[index] + b[index] }
        }
        record {
            guard let dy = y.gradient else { return }
            z.addOrAdopt(dy)
            x.addOrAdopt(dy)
        }
        return y
    }
}
