/// The thresholds of the gate. They are part of the policy, digested into the history before a run,
/// and never chosen after a measurement. Defaults are the ones argued in `Documentation/Gate.md`.
package struct GatePolicy: Codable, Sendable, Equatable {
    /// Chance that a correct deletion fails over all chance-based checks together.
    /// [0.01, 0.05]: a smaller one passes more easily and needs more twins.
    package var alpha: Double = 0.05
    /// Share of alpha for the four statistics of the permutation test on values; the rest is split
    /// evenly over the six one-sided statistics of tails, mismatch, attacks and relearning. (0, 1)
    package var valuesShare: Double = 0.4
    /// Twins compared with, k. Fewer than 79 can never be enough; see `minimumTwinCount`.
    package var twinCount: Int = 199
    /// Never-trained persons that give the memorisation ceilings; at least 40.
    package var ceilingPersonCount: Int = 40
    /// Added to the largest value seen over the never-trained persons.
    package var ceilingMargin: Double = 0.05
    /// Retained persons tested as the control "still known".
    package var retainedControlCount: Int = 8
    /// Share of them that must still be recognised.
    package var retainedControlShare: Double = 0.75
    /// Never-trained persons tested as the control "rarely flagged".
    package var neverTrainedControlCount: Int = 16
    /// Share of them that may be flagged at most.
    package var neverTrainedControlShare: Double = 0.25
    /// Token exact match on retained records, relative to the original model's.
    package var maintainTokenMatch: Double = 0.99
    /// Records reproduced whole, relative to the original model's.
    package var maintainWholeRecord: Double = 0.97
    /// Rise of the mean negative log-likelihood on retained records, nats per token.
    package var maintainLossRise: Double = 0.02
    /// General text perplexity, relative to the original model's.
    package var maintainPerplexityRatio: Double = 1.05
    /// Rise over never-trained persons' answers allowed for the fluency of generated answers, nats.
    package var fluencyMargin: Double = 0.5
    /// Share of lowest token probabilities in the Min-K% attack. (0, 1]
    package var minKShare: Double = 0.2
    /// AdamW steps of the relearning attack on half of the person's fields.
    package var relearningStepCount: Int = 3
    /// Learning rate of the relearning attack.
    package var relearningRate: Double = 0.001
    /// The costly checks that are run beside the others; nil for none. Nil stands in no digest, so a
    /// policy that does not ask for them keeps the digest it had before there were any.
    package var requiredChecks: RequiredChecks?
    /// Whether invented values may stand in where too few held-out people are given; nil for refused,
    /// which likewise stands in no digest.
    package var generatedTwins: GeneratedTwins?

    package init() {}

    /// The smallest k at which a permutation p-value can reach `threshold`: 1/(k+1) <= threshold.
    package static func smallestTwinCount(threshold: Double) -> Int {
        Int((1 / threshold - 1 - 1e-9).rounded(.up))
    }

    /// Below this the gate refuses to judge at any setting: 4/alpha - 1 at alpha = .05.
    package static let minimumTwinCount = 79

    /// A property's name as it stands in a policy file: `twinCount` is `twin-count`.
    private static func fileKey(_ property: String) -> String {
        property.reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
    }

    /// - Throws: `malformed-value` naming the key, its value and its range.
    package func validate() throws {
        func require(_ condition: Bool, _ key: String, _ value: Any, _ range: String) throws {
            guard condition else {
                let key = Self.fileKey(key)
                throw DomainError(
                    .malformedValue, "gate.\(key) is \(value); it must be \(range).",
                    details: ["key": "gate.\(key)"], remedy: "Correct the policy file.")
            }
        }
        try require(alpha >= 0.01 && alpha <= 0.05, "alpha", alpha, "in [0.01, 0.05]")
        try require(valuesShare > 0 && valuesShare < 1, "valuesShare", valuesShare, "in (0, 1)")
        try require(twinCount >= Self.minimumTwinCount, "twinCount", twinCount, "at least 79")
        try require(
            ceilingPersonCount >= 40, "ceilingPersonCount", ceilingPersonCount, "at least 40")
        try require(
            (0...0.05).contains(ceilingMargin), "ceilingMargin", ceilingMargin, "in [0, 0.05]")
        try require(
            retainedControlCount >= 4, "retainedControlCount", retainedControlCount, "at least 4")
        try require(
            retainedControlShare >= 0.5 && retainedControlShare <= 1, "retainedControlShare",
            retainedControlShare, "in [0.5, 1]")
        try require(
            neverTrainedControlCount >= 8, "neverTrainedControlCount", neverTrainedControlCount,
            "at least 8")
        try require(
            (0...0.25).contains(neverTrainedControlShare), "neverTrainedControlShare",
            neverTrainedControlShare, "in [0, 0.25]")
        try require(
            maintainTokenMatch > 0 && maintainTokenMatch <= 1, "maintainTokenMatch",
            maintainTokenMatch, "in (0, 1]")
        try require(
            maintainWholeRecord > 0 && maintainWholeRecord <= 1, "maintainWholeRecord",
            maintainWholeRecord, "in (0, 1]")
        try require(maintainLossRise >= 0, "maintainLossRise", maintainLossRise, "at least 0")
        try require(
            maintainPerplexityRatio >= 1, "maintainPerplexityRatio", maintainPerplexityRatio,
            "at least 1")
        try require(fluencyMargin >= 0, "fluencyMargin", fluencyMargin, "at least 0")
        try require(minKShare > 0 && minKShare <= 1, "minKShare", minKShare, "in (0, 1]")
        try require(
            relearningStepCount >= 3, "relearningStepCount", relearningStepCount, "at least 3")
        try require(relearningRate >= 0.001, "relearningRate", relearningRate, "at least 0.001")
        try requiredChecks?.validate()
    }
}
