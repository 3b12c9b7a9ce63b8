import Domain
import TensorCore

/// Several sequences laid end to end, without padding.
package struct PackedBatch: Sendable {
    package private(set) var ids: [Int32] = []
    /// Position of each token within its sequence.
    package private(set) var positions: [Int32] = []
    package private(set) var sequences: [PackedSequence] = []
    /// Rows whose next token is scored, with that token; a row may stand here more than once.
    package private(set) var scoredRows: [Int] = []
    package private(set) var targets: [Int32] = []
    /// For each sequence, which of `scoredRows` belong to it.
    package private(set) var scoredRanges: [Range<Int>] = []

    package init() {}

    /// Packs what is needed to score the sequences: tokens after the last scored one are left out,
    /// and so is the last one itself, which is only a target.
    package init(_ sequences: some Sequence<ScoredSequence>) {
        for sequence in sequences { append(sequence) }
    }

    package mutating func append(_ sequence: ScoredSequence) {
        precondition(sequence.scored.isEmpty || sequence.scored.lowerBound >= 1)
        precondition(sequence.scored.upperBound <= sequence.ids.count)
        let inputCount = sequence.scored.isEmpty ? 0 : sequence.scored.upperBound - 1
        let start = ids.count
        let firstTarget = targets.count
        appendRows(sequence.ids[..<inputCount], from: 0)
        for index in sequence.scored {
            scoredRows.append(start + index - 1)
            targets.append(sequence.ids[index])
        }
        scoredRanges.append(firstTarget..<targets.count)
    }

    /// Appends rows to be read only, at positions from `position` on.
    /// - Parameter prefixes: rows of this batch that they continue; see `PackedSequence`.
    package mutating func appendRows(
        _ newIDs: some Collection<Int32>, from position: Int, continuing prefixes: [Range<Int>] = []
    ) {
        let start = ids.count
        ids.append(contentsOf: newIDs)
        positions.append(contentsOf: (0..<newIDs.count).map { Int32(position + $0) })
        sequences.append(PackedSequence(rows: start..<ids.count, prefixes: prefixes))
    }

    /// Appends all sequences of another batch, with their targets.
    package mutating func append(contentsOf other: PackedBatch) {
        let (row, target) = (ids.count, targets.count)
        func moved(_ rows: Range<Int>) -> Range<Int> {
            rows.lowerBound + row..<rows.upperBound + row
        }
        ids += other.ids
        positions += other.positions
        sequences += other.sequences.map {
            PackedSequence(rows: moved($0.rows), prefixes: $0.prefixes.map(moved))
        }
        scoredRows += other.scoredRows.map { $0 + row }
        targets += other.targets
        scoredRanges += other.scoredRanges.map {
            $0.lowerBound + target..<$0.upperBound + target
        }
    }

    /// One sequence by itself, with its targets. For batches without prefixes.
    package func sequence(_ index: Int) -> PackedBatch {
        let rows = sequences[index].rows
        var single = PackedBatch()
        single.appendRows(ids[rows], from: Int(positions[rows].first ?? 0))
        for target in scoredRanges[index] {
            _ = single.appendTarget(targets[target], row: scoredRows[target] - rows.lowerBound)
        }
        return single
    }

    /// Asks for a token's probability after `row`; returns its place in `targets`.
    mutating func appendTarget(_ id: Int32, row: Int) -> Int {
        scoredRows.append(row)
        targets.append(id)
        return targets.count - 1
    }

    package var tokenCount: Int { ids.count }
}
