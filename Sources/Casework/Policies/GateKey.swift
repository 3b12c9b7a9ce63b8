import Domain

/// One key under `gate:` and the threshold it sets. A test holds the list against the properties of
/// `GatePolicy`, so that a new threshold cannot be forgotten here.
package struct GateKey: Sendable {
    package enum Target: Sendable {
        case real(WritableKeyPath<GatePolicy, Double> & Sendable)
        case count(WritableKeyPath<GatePolicy, Int> & Sendable)
        /// A section of its own.
        case requiredChecks
        /// One of the words of `GeneratedTwins`.
        case generatedTwins
    }

    /// The property's name in kebab case.
    package let name: String
    package let target: Target

    package static let all: [GateKey] = [
        real("alpha", \.alpha),
        real("values-share", \.valuesShare),
        count("twin-count", \.twinCount),
        count("ceiling-person-count", \.ceilingPersonCount),
        real("ceiling-margin", \.ceilingMargin),
        count("retained-control-count", \.retainedControlCount),
        real("retained-control-share", \.retainedControlShare),
        count("never-trained-control-count", \.neverTrainedControlCount),
        real("never-trained-control-share", \.neverTrainedControlShare),
        real("maintain-token-match", \.maintainTokenMatch),
        real("maintain-whole-record", \.maintainWholeRecord),
        real("maintain-loss-rise", \.maintainLossRise),
        real("maintain-perplexity-ratio", \.maintainPerplexityRatio),
        real("fluency-margin", \.fluencyMargin),
        real("min-k-share", \.minKShare),
        count("relearning-step-count", \.relearningStepCount),
        real("relearning-rate", \.relearningRate),
        GateKey(name: "required-checks", target: .requiredChecks),
        GateKey(name: "generated-twins", target: .generatedTwins),
    ]

    private static func real(
        _ name: String, _ path: WritableKeyPath<GatePolicy, Double> & Sendable
    ) -> GateKey {
        GateKey(name: name, target: .real(path))
    }

    private static func count(
        _ name: String, _ path: WritableKeyPath<GatePolicy, Int> & Sendable
    ) -> GateKey {
        GateKey(name: name, target: .count(path))
    }
}
