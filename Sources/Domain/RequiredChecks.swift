/// The checks of the gate that are run only where a policy asks for them, since they cost the most:
/// reconstruction of the person's values, and the core test under rounding and further training.
package struct RequiredChecks: Codable, Sendable, Equatable {
    /// Permanent ids out of `known`, in any order, none twice.
    package var checks: [String]
    /// Texts kept at each step of beam search. 1 ... 64
    package var beamWidth: Int = 5
    /// Texts drawn for sample-and-rank, half of them without any prompt. 2 ... 100 000
    package var sampleCount: Int = 64
    /// Tokens of each of them; 256 in Carlini et al. 2021. 1 ... 4096
    package var sampleTokenCount: Int = 128
    /// Never-trained persons who are asked the same about themselves. 8 ... 1000
    package var strangerCount: Int = 16
    /// Weights that share one step size when the model is rounded. 1 ... 4096
    package var roundingGroupSize: Int = 32
    /// Records of unrelated text that are trained on before the core test is repeated. 1 ... 4096
    package var unrelatedRecordCount: Int = 64

    package init(_ checks: [String]) { self.checks = checks }

    package init(for context: ReleaseContext) { self.init(context.requiredChecks) }

    /// The ids of all checks that can be required, in the order of the report.
    package static let known = [
        "reconstruction-greedy", "reconstruction-beam", "reconstruction-candidates",
        "reconstruction-prompts", "reconstruction-sampled", "robust-int8", "robust-int4",
        "robust-relearn-unrelated", "robust-relearn-records",
    ]

    /// - Throws: `malformed-value` naming the key and its range; `unknown-name` for an id that is none.
    package func validate() throws {
        for check in checks { _ = try lookUp(check, in: Self.known, kind: "check") { $0 } }
        func require(_ condition: Bool, _ key: String, _ rule: String) throws {
            guard condition else {
                throw DomainError(
                    .malformedValue, "gate.required-checks.\(key) must be \(rule).",
                    details: ["key": "gate.required-checks.\(key)"],
                    remedy: "Correct the policy file.")
            }
        }
        try require(Set(checks).count == checks.count, "checks", "a list without repetition")
        for (key, value, range) in [
            ("beam-width", beamWidth, 1...64), ("sample-count", sampleCount, 2...100_000),
            ("sample-token-count", sampleTokenCount, 1...4096),
            ("stranger-count", strangerCount, 8...1000),
            ("rounding-group-size", roundingGroupSize, 1...4096),
            ("unrelated-record-count", unrelatedRecordCount, 1...4096),
        ] {
            try require(range.contains(value), key, "in \(range); it is \(value)")
        }
    }
}

/// Who gets hold of the model, and so what attacks are open to them.
package enum ReleaseContext: String, CaseIterable, Codable, Sendable {
    /// Few people within the organisation ask it ready questions.
    case internalUse = "internal"
    /// Anybody may ask anything and as often as they like.
    case api
    /// Anybody may also change the weights.
    case openWeights = "open-weights"

    /// What a model in this context should withstand, at the least.
    package var requiredChecks: [String] {
        let asking = ["reconstruction-greedy", "reconstruction-candidates"]
        return switch self {
        case .internalUse: asking
        case .api:
            asking + ["reconstruction-beam", "reconstruction-prompts", "reconstruction-sampled"]
        case .openWeights: RequiredChecks.known
        }
    }
}
