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
}
