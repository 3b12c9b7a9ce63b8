extension Tensor {
    /// Turns each row of logits into its softmax, in place.
    /// - Returns: each row's log of the sum of exponentials, nats: `log p = logit - logSum`.
    @discardableResult
    package func softmaxRows(pool: WorkerPool = .shared) -> [Float] {
        let (rows, columns) = (rowCount, width)
        let sums = Tensor([rows])
        pool.forRanges(rows, minimum: max(2, elementsWorthDividing / max(1, columns))) { range in
            for index in range {
                let row = pointer + index * columns
                let top = largest(row, columns)
                let sum = exponentiate(row, columns, shift: top)
                TensorCore.scale(row, columns, by: 1 / sum)
                sums.pointer[index] = top + logarithm(sum)
            }
        }
        return sums.values
    }
}
