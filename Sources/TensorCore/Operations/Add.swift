extension Tape {
    /// `y = x + z`, same shapes: the residual connection. Writes into the memory of `z`, a branch's
    /// last value, which no backward needs.
    ///
    /// Backward hands dy itself to `z` and a copy to `x`: the operation that made `z` reads dy while
    /// it may already add to the gradient of `x`, if `x` is its own input.
    package func add(_ x: Activation, _ z: Activation) -> Activation {
        let y = Activation(z.value)
        accumulate(z.value, x.value, pool: pool)
        let (dx, dz, slope) = (x.slope, z.slope, y.slope)
        record { [pool] in
            guard let dy = slope.gradient else { return }
            dx.addOrCopy(dy, pool: pool)
            dz.addOrAdopt(dy, pool: pool)
        }
        return y
    }
}
