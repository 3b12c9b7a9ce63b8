import Domain

/// How many of the planted records a search found, with exact bounds.
///
/// Found is what was accepted or put before the operator; what was only mentioned or not met is
/// missed. The bounds hold for persons and texts like the planted ones.
package struct RecallReport: Codable, Sendable, Equatable {
    /// One kind of disguise, or all together.
    package struct Count: Codable, Sendable, Equatable {
        /// Kebab-case name, e.g. `email-obfuscated`; `all` for the sum.
        package let kind: String
        package let planted: Int
        package let found: Int
        /// Of the found ones, those that needed no operator.
        package let accepted: Int
        /// found / planted; 1 if none was planted.
        package let recall: Double
        /// With 95 % confidence, the recall is not below this (one-sided, Clopper-Pearson).
        package let recallLowerBound: Double

        init(kind: String, planted: Int, found: Int, accepted: Int) {
            self.kind = kind
            self.planted = planted
            self.found = found
            self.accepted = accepted
            recall = planted == 0 ? 1 : Double(found) / Double(planted)
            recallLowerBound = clopperPearsonLowerBound(successes: found, trials: planted)
        }
    }

    /// Pairs of people with one name and different keys; the request is one's, the records are both's.
    package struct Namesakes: Codable, Sendable, Equatable {
        package let pairCount: Int
        /// Records of the other one.
        package let planted: Int
        /// Of those: taken without asking. Each one is an error.
        package let accepted: Int
        /// Of those: put before the operator.
        package let queued: Int
        /// With 95 % confidence, no larger share of such records is taken (one-sided).
        package let acceptedUpperBound: Double
        /// Records of the person asked for, planted and found.
        package let ownPlanted: Int
        package let ownFound: Int
    }

    package let seed: UInt64
    package let personCount: Int
    /// Records that were searched, the planted ones included.
    package let recordCount: Int
    /// By name of the kind.
    package let kinds: [Count]
    package let all: Count
    package let namesakes: Namesakes
}

/// What is planted and how it is searched.
package struct RecallSettings: Codable, Sendable, Equatable {
    package var personCount = 2000
    package var namesakePairCount = 200
    /// Equal seeds plant equal records.
    package var seed: UInt64 = 1
    package var relatives = RelativeSettings()

    package init() {}
}
