extension Tape {
    /// Rows of a table: ids [tokens] -> [tokens, width]. Optionally adds a second table's rows
    /// (learned positions).
    ///
    /// Backward: the table's row of each id gains the token's gradient, in token order.
    /// - Parameter ids: each within the table; the caller validates.
    package func embedding(
        _ ids: [Int32], table: Parameter, positions: [Int32]? = nil,
        positionTable: Parameter? = nil
    ) -> Activation {
        let width = table.value.width
        let y = Activation(Tensor([ids.count, width]))
        for (row, id) in ids.enumerated() {
            (y.value.pointer + row * width).update(
                from: table.value.pointer + Int(id) * width, count: width)
        }
        if let positions, let positionTable {
            for (row, position) in positions.enumerated() {
                accumulate(
                    y.value.pointer + row * width,
                    positionTable.value.pointer + Int(position) * width, width)
            }
        }
        let slope = y.slope
        record { [pool] in
            guard let dy = slope.gradient, table.isTrainable else { return }
            let gradient = table.gradient
            let positionGradient = positionTable?.gradient
            // Divided over columns: two tokens may share a row.
            pool.forRanges(width, granule: 16, minimum: ids.count * width > 32_768 ? 2 : .max) {
                columns in
                func scatter(_ rows: [Int32], _ gradient: Tensor) {
                    for (row, id) in rows.enumerated() {
                        accumulate(
                            gradient.pointer + Int(id) * width + columns.lowerBound,
                            dy.pointer + row * width + columns.lowerBound, columns.count)
                    }
                }
                scatter(ids, gradient)
                if let positions, let positionGradient { scatter(positions, positionGradient) }
            }
        }
        return y
    }
}
