import Domain
import LanguageModels

/// What deleting some records from a training in shards takes, known before it begins.
///
/// Over all records, evenly spread, the mean share is `(1/S) (2/3 + 1/(3R))` of the whole training:
/// stage r reads slices 1 ... r, so starting again at a uniform slice takes
/// `(R + 1)(2R + 1)/6` of `R(R + 1)/2` slice readings of its shard.
package struct ShardedCost: Codable, Sendable, Equatable {
    package struct Part: Codable, Sendable, Equatable {
        /// Counted from 0.
        package let shard: Int
        /// The slice of the first dropped record, from which the shard is trained again.
        package let firstSlice: Int
        package let stepCount: Int

        package init(shard: Int, firstSlice: Int, stepCount: Int) {
            self.shard = shard
            self.firstSlice = firstSlice
            self.stepCount = stepCount
        }
    }

    /// Shards that are touched, in order.
    package let parts: [Part]
    package let stepCount: Int
    /// Steps of the whole training as it stands, with the records.
    package let totalStepCount: Int
    /// Estimated from the measured time of a step; nil if none was measured.
    package let seconds: Double?

    package var share: Double { Double(stepCount) / Double(max(1, totalStepCount)) }
}

extension ShardManifest {
    /// From the manifest alone. Records that are not in it cost nothing.
    package func cost(ofDeleting recordIDs: Set<String>) -> ShardedCost {
        var parts: [ShardedCost.Part] = []
        for shard in 0..<settings.shards {
            let dropped = records.filter { $0.shard == shard && recordIDs.contains($0.id) }
            guard let first = dropped.map(\.slice).min() else { continue }
            let steps = without(recordIDs).stages(ofShard: shard)
                .filter { $0.slice >= first }
                .reduce(0) { $0 + stepCount(records: $1.recordIDs.count) }
            parts.append(.init(shard: shard, firstSlice: first, stepCount: steps))
        }
        let total = stages.joined().reduce(0) { $0 + stepCount(records: $1.recordIDs.count) }
        let steps = parts.reduce(0) { $0 + $1.stepCount }
        return ShardedCost(
            parts: parts, stepCount: steps, totalStepCount: total,
            seconds: secondsPerStep.map { $0 * Double(steps) })
    }

    func without(_ recordIDs: Set<String>) -> ShardManifest {
        var rest = self
        rest.records.removeAll { recordIDs.contains($0.id) }
        return rest
    }
}
