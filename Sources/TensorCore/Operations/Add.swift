extension Tape {
    /// `y = x + z`, same shapes: the residual connection.
    ///
    /// Backward hands dy itself to `z` and a copy to `x`: the operation that made `z` reads dy while
    /// it may already add to the gradient of `x`, if `x` is its own input.
    package func add(_ x: Activation, _ z: Activation) -> Activation {
        let y = Activation(Tensor(x.value.shape))
        let (a, b, c) = (x.value.pointer, z.value.pointer, y.value.pointer)
        pool.forRanges(y.value.count, granule: 1_024, minimum: 32_768) { range in
            for index in range { c[index] = a[index] + b[index] }
        }
        record {
            guard let dy = y.gradient else { return }
            z.addOrAdopt(dy)
            let (dx, isFresh) = x.gradientForWriting()
            if isFresh { dx.assign(dy) } else { accumulate(dx.pointer, dy.pointer, dy.count) }
        }
        return y
    }
}
