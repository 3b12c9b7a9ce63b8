import TensorCore

/// Sequences to score, packed so that what several of them begin with is read once: the twins of a
/// value or the answers to a question share the tokens before it.
///
/// Sequences are put in the order of their tokens; neighbours with a common beginning form a group
/// with one prefix. Scores come back in the order of the request.
struct SharedPrefixBatch {
    private(set) var batch = PackedBatch()
    /// For each sequence of the request, which of the batch's targets its scored tokens are.
    private(set) var targets: [(sequence: Int, indices: [Int])] = []

    /// A prefix of fewer tokens is not worth its own attention.
    private static let shortestPrefix = 4

    /// Cuts a request into batches of about `tokenLimit` tokens.
    static func batches(_ sequences: [ScoredSequence], tokenLimit: Int) -> [SharedPrefixBatch] {
        let order = sequences.indices.sorted {
            let (a, b) = (sequences[$0].ids, sequences[$1].ids)
            return a == b ? $0 < $1 : a.lexicographicallyPrecedes(b)
        }
        var batches: [SharedPrefixBatch] = []
        var current = SharedPrefixBatch()
        for group in groups(order, sequences) {
            current.append(group.members, prefixCount: group.prefixCount, of: sequences)
            if current.batch.tokenCount >= tokenLimit {
                batches.append(current)
                current = SharedPrefixBatch()
            }
        }
        if !current.targets.isEmpty { batches.append(current) }
        return batches
    }

    private struct Group {
        var members: [Int]
        var prefixCount: Int
    }

    /// Tokens a model must read to score the sequence: the last scored one is a target only.
    private static func inputCount(_ sequence: ScoredSequence) -> Int {
        sequence.scored.isEmpty ? 0 : sequence.scored.upperBound - 1
    }

    /// Neighbours are taken into a group as long as that saves tokens.
    private static func groups(_ order: [Int], _ sequences: [ScoredSequence]) -> [Group] {
        var groups: [Group] = []
        for index in order {
            let count = inputCount(sequences[index])
            if let last = groups.last, let first = last.members.first {
                let common = commonCount(
                    sequences[first].ids, sequences[index].ids,
                    limit: min(last.prefixCount, count))
                let saved = (last.members.count - 1) * last.prefixCount
                if common >= shortestPrefix, last.members.count * common > saved {
                    groups[groups.count - 1].members.append(index)
                    groups[groups.count - 1].prefixCount = common
                    continue
                }
            }
            groups.append(Group(members: [index], prefixCount: count))
        }
        return groups
    }

    private static func commonCount(_ a: [Int32], _ b: [Int32], limit: Int) -> Int {
        var count = 0
        while count < limit, a[count] == b[count] { count += 1 }
        return count
    }

    private mutating func append(
        _ members: [Int], prefixCount: Int, of sequences: [ScoredSequence]
    ) {
        guard let first = members.first else { return }
        let prefixStart = batch.tokenCount
        batch.appendRows(sequences[first].ids[..<prefixCount], from: 0)
        let prefix = prefixStart..<prefixStart + prefixCount
        // A token scored inside the prefix is the same question for all members.
        var inPrefix: [Int: Int] = [:]
        for member in members {
            let sequence = sequences[member]
            let start = batch.tokenCount
            let ownIDs = sequence.ids[prefixCount..<max(prefixCount, Self.inputCount(sequence))]
            if !ownIDs.isEmpty { batch.appendRows(ownIDs, from: prefixCount, continuing: prefix) }
            let indices = sequence.scored.map { place -> Int in
                if place < prefixCount, let known = inPrefix[place] { return known }
                let row = place - 1
                let index = batch.appendTarget(
                    sequence.ids[place],
                    row: row < prefixCount ? prefixStart + row : start + row - prefixCount)
                if place < prefixCount { inPrefix[place] = index }
                return index
            }
            targets.append((member, indices))
        }
    }
}
