import Domain

/// What a training keeps so that a person can be deleted from it by replay: a journal of its steps
/// and checkpoints among them.
package struct ReplaySettings: Codable, Sendable, Equatable {
    /// A checkpoint is taken after every so many steps, 1 or more.
    package var checkpointEverySteps: Int
    /// What all checkpoints together take on disk at most, in megabytes of 10^6 bytes.
    package var diskBudgetMegabytes: Int

    package init(checkpointEverySteps: Int, diskBudgetMegabytes: Int) {
        self.checkpointEverySteps = checkpointEverySteps
        self.diskBudgetMegabytes = diskBudgetMegabytes
    }

    /// Bytes of a checkpoint: values and two moments, and no more than this for its header.
    private static func checkpointBytes(trainedCount: Int) -> Int { 12 * trainedCount + 1_024 }

    /// How many checkpoints of so many trained parameters the budget holds, 1 or more.
    /// - Throws: `malformed-recipe` if not even one.
    func checkpointLimit(trainedCount: Int) throws -> Int {
        let bytes = Self.checkpointBytes(trainedCount: trainedCount)
        let limit = diskBudgetMegabytes * 1_000_000 / bytes
        guard limit >= 1 else {
            throw ModelError(
                .malformedRecipe,
                "replay: disk-budget-mb is \(diskBudgetMegabytes); one checkpoint of this model "
                    + "takes \((bytes + 999_999) / 1_000_000) MB.",
                details: ["key": "disk-budget-mb"],
                remedy: "Raise disk-budget-mb, or leave the replay section out.")
        }
        return limit
    }
}

/// Which checkpoints of a training stay when the budget does not hold them all.
///
/// A person first met at step s costs a replay from the last checkpoint at or before s. Whenever
/// there is one too many, that one goes whose absence lengthens such replays by the smallest factor:
/// recent ones stay close together, old ones stand wider and wider apart. It follows from the step
/// numbers alone, so that an interrupted training keeps the same ones.
struct CheckpointThinning {
    /// Steps between two checkpoints.
    let spacing: Int
    /// Checkpoints that may stay, 1 or more.
    let limit: Int
    /// Steps of checkpoints that were there before this training began, ascending.
    var inherited: [Int] = []

    /// Steps of the checkpoints that are there once `step` steps are done, ascending.
    func kept(upTo step: Int) -> [Int] {
        var kept: [Int] = []
        let first = inherited.last ?? 0
        let own = stride(
            from: (first / spacing + 1) * spacing, through: max(first, step), by: spacing)
        for next in inherited.filter({ $0 <= step }) + Array(own) {
            kept.append(next)
            if kept.count > limit { kept.remove(at: leastUseful(kept)) }
        }
        return kept
    }

    /// Index of the checkpoint to do without; never the newest.
    private func leastUseful(_ steps: [Int]) -> Int {
        guard let newest = steps.last else { return 0 }
        let end = newest + spacing
        var best = 0
        var bestFactor = (Int.max, 1)
        for index in 0..<steps.count - 1 {
            // Someone met just before the next checkpoint would begin at the previous one instead.
            let previous = index > 0 ? steps[index - 1] : 0
            let factor = (end - previous, end - steps[index + 1])
            // Fractions are compared exactly; full width, since Int.max stands for "none yet".
            let left = factor.0.multipliedFullWidth(by: bestFactor.1)
            let right = bestFactor.0.multipliedFullWidth(by: factor.1)
            if (left.high, left.low) < (right.high, right.low) {
                (best, bestFactor) = (index, factor)
            }
        }
        return best
    }
}
