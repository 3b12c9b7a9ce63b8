import Domain

extension DeletionCertificate {
    /// The rungs of the ladder of words, weakest first. The raw values are permanent.
    ///
    /// A word is earned, not chosen: `level(of:copies:exceptions:)` says which one fits.
    package enum ClaimLevel: String, Codable, CaseIterable, Sendable {
        /// Answers are held back; the weights still know. Never certified.
        case suppressed
        /// The weights were changed until the tests found nothing.
        case approximatelyUnlearned = "approximately-unlearned"
        /// The weights are those of a training without the records.
        case exactlyRetrained = "exactly-retrained"
        /// Exactly retrained, nothing was exempted, and every copy is gone.
        case erased

        /// For people, in English.
        package var text: String {
            switch self {
            case .suppressed: "suppressed"
            case .approximatelyUnlearned: "approximately unlearned"
            case .exactlyRetrained: "exactly retrained"
            case .erased: "erased"
            }
        }
    }

    /// What is claimed, in one word, and whether of everything.
    package struct Claim: Codable, Sendable, Equatable {
        package let level: ClaimLevel
        /// Something of the person stays: exempted records, other models, or copies that still exist.
        /// A partial result is never called erased (NIST SP 800-88 Rev. 2, partial sanitisation).
        package let isPartial: Bool

        package init(level: ClaimLevel, isPartial: Bool) {
            self.level = level
            self.isPartial = isPartial
        }

        /// The strongest claim that these facts allow; nil for a class that allows none.
        package init?(
            methodClass: MethodClass, copies: [Copy], exceptions: [Exception],
            residuals: [Residual]
        ) {
            let isWhole =
                exceptions.isEmpty && residuals.isEmpty && copies.allSatisfy(\.isGone)
            switch methodClass {
            case .exact: level = isWhole ? .erased : .exactlyRetrained
            case .approximate: level = .approximatelyUnlearned
            case .suppression, .control: return nil
            }
            isPartial = !isWhole
        }
    }
}
