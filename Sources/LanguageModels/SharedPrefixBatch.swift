import TensorCore

/// Sequences to score, packed so that what several of them begin with is read once: the twins of a
/// value and the answers to a question share the tokens before them, and often the first of their own.
///
/// The sequences form a tree by their common beginnings; each node is a packed sequence that continues
/// its ancestors. Scores come back in the order of the request.
struct SharedPrefixBatch {
    private(set) var batch = PackedBatch()
    /// For each sequence of the request, which of the batch's targets its scored tokens are.
    private(set) var targets: [(sequence: Int, indices: [Int])] = []
    /// The place in the batch's targets of a token asked for after a row.
    private var places: [Question: Int] = [:]

    private struct Question: Hashable {
        let row: Int
        let target: Int32
    }

    /// A shared beginning of fewer tokens is not worth an attention of its own.
    private let shortestNode: Int

    private init(shortestNode: Int) { self.shortestNode = shortestNode }

    /// The shortest beginning worth sharing: where a token costs much more than the attention to a
    /// few rows more, any.
    static func shortestNode(parameterCount: Int) -> Int { parameterCount < 20_000_000 ? 4 : 1 }

    /// Cuts a request into batches of about `tokenLimit` tokens.
    /// - Parameter shortestNode: fewest tokens of a beginning that is shared, 1 or more.
    static func batches(
        _ sequences: [ScoredSequence], tokenLimit: Int, shortestNode: Int = 4
    ) -> [SharedPrefixBatch] {
        let inputs = sequences.map {
            $0.ids[..<max(0, $0.scored.isEmpty ? 0 : $0.scored.upperBound - 1)]
        }
        let order = inputs.indices.sorted {
            inputs[$0] == inputs[$1] ? $0 < $1 : inputs[$0].lexicographicallyPrecedes(inputs[$1])
        }
        var batches: [SharedPrefixBatch] = []
        var members: [Int] = []
        var tokens = 0
        func close() {
            guard !members.isEmpty else { return }
            var part = SharedPrefixBatch(shortestNode: shortestNode)
            part.append(members[...], path: Path(), inputs: inputs, sequences: sequences)
            batches.append(part)
            members = []
            tokens = 0
        }
        for index in order {
            let shared = members.last.map { commonCount(inputs[$0], inputs[index]) } ?? 0
            // A new beginning is a good place to cut; deep inside a tree only what is too much is.
            if tokens >= (shared < shortestNode ? tokenLimit : 2 * tokenLimit) { close() }
            tokens += inputs[index].count - (members.isEmpty ? 0 : shared)
            members.append(index)
        }
        close()
        return batches
    }

    private static func commonCount(_ a: ArraySlice<Int32>, _ b: ArraySlice<Int32>) -> Int {
        var count = 0
        while count < min(a.count, b.count), a[count] == b[count] { count += 1 }
        return count
    }

    /// What stands before a node: packed rows and, for each position, the row that holds it.
    private struct Path {
        var prefixes: [Range<Int>] = []
        var rows: [Int] = []
    }

    /// Adds sequences that all continue `path`.
    /// - Parameter members: in the order of their inputs.
    private mutating func append(
        _ members: ArraySlice<Int>, path: Path, inputs: [ArraySlice<Int32>],
        sequences: [ScoredSequence]
    ) {
        guard let first = members.first, let last = members.last else { return }
        let depth = path.rows.count
        // The members are sorted: what the first and the last share, all share.
        let common =
            members.count == 1
            ? inputs[first].count : Self.commonCount(inputs[first], inputs[last])
        var path = path
        if common > depth, members.count == 1 || common - depth >= shortestNode {
            let rows = batch.tokenCount..<batch.tokenCount + common - depth
            batch.appendRows(
                inputs[first][depth..<common], from: depth, continuing: path.prefixes)
            path.prefixes.append(rows)
            path.rows += rows
        }
        var start = members.startIndex
        while start < members.endIndex {
            let index = members[start]
            if inputs[index].count <= path.rows.count {
                ask(index, sequences[index], path)
                start += 1
                continue
            }
            // Members that go on with the same token after the common beginning stay together.
            let next = inputs[index].count > common ? inputs[index][common] : nil
            var end = start + 1
            while next != nil, end < members.endIndex, inputs[members[end]].count > common,
                inputs[members[end]][common] == next
            {
                end += 1
            }
            append(members[start..<end], path: path, inputs: inputs, sequences: sequences)
            start = end
        }
    }

    private mutating func ask(_ index: Int, _ sequence: ScoredSequence, _ path: Path) {
        precondition(sequence.scored.isEmpty || sequence.scored.lowerBound >= 1)
        let indices = sequence.scored.map { place -> Int in
            let question = Question(row: path.rows[place - 1], target: sequence.ids[place])
            if let known = places[question] { return known }
            let new = batch.appendTarget(question.target, row: question.row)
            places[question] = new
            return new
        }
        targets.append((index, indices))
    }
}
