import Domain

extension ModelErrorCode {
    package static let unknownTarget = ModelErrorCode(rawValue: "unknown-target")
    package static let malformedAdapter = ModelErrorCode(rawValue: "malformed-adapter")
    package static let unsupportedAdapter = ModelErrorCode(rawValue: "unsupported-adapter")
}

/// How low-rank adapters (LoRA, Hu et al. 2021, arXiv 2106.09685) are put on a model.
package struct LowRankSettings: Codable, Sendable, Equatable {
    /// The target that stands for every linear matrix of the layers, as in PEFT.
    package static let allLinear = "all-linear"
    /// Ranks that are accepted.
    package static let ranks = 1...4_096

    /// Width of the bottleneck, in `ranks`.
    package var rank: Int
    /// Positive; the adapter's product is scaled by `alpha / rank`.
    package var alpha: Double
    /// Names of modules as in PEFT's `target_modules`, e.g. `q_proj`, or `all-linear` alone.
    package var targets: [String]

    /// - Parameter targets: every linear matrix if left out, as Dettmers et al. 2023 (arXiv
    ///   2305.14314) found is needed to match full fine-tuning.
    package init(rank: Int, alpha: Double, targets: [String] = [allLinear]) {
        self.rank = rank
        self.alpha = alpha
        self.targets = targets
    }
}
