import Domain

/// Share of members an attack finds while it takes at most a given share of non-members for members
/// (Carlini et al. 2022, arXiv 2112.03570: an attack that is sure of a few does harm though its area
/// under the curve is near one half).
package struct TruePositiveRate: Codable, Sendable, Equatable {
    /// The largest false-positive rate allowed, e.g. .001.
    package let falsePositiveLimit: Double
    /// Share of members above the lowest threshold that keeps to the limit; nil if it could not be
    /// measured.
    package let value: Double?
    /// `[lower, upper]`, 95 % Clopper-Pearson over the members, the threshold taken as given.
    package let interval: [Double]?
    /// Why there is no value.
    package let note: String?

    /// The limits that papers report: 0.1, 1 and 5 %.
    package static let reportedLimits = [0.001, 0.01, 0.05]

    /// - Parameters:
    ///   - members: 1 or more scores, higher = member, finite; so are the non-members'.
    ///   - falsePositiveLimit: in (0, 1). One false positive must be allowed: below 1/limit
    ///     non-members the rate at that limit cannot be told from the one at 0.
    package init(members: [Double], nonMembers: [Double], falsePositiveLimit: Double) {
        self.falsePositiveLimit = falsePositiveLimit
        func missing(_ reason: String) -> (Double?, [Double]?, String?) { (nil, nil, reason) }
        let allowed = Int((falsePositiveLimit * Double(nonMembers.count) + 1e-9).rounded(.down))
        let needed = Int((1 / falsePositiveLimit - 1e-9).rounded(.up))
        if members.isEmpty {
            (value, interval, note) = missing("no member has a score")
        } else if !(members + nonMembers).allSatisfy(\.isFinite) {
            (value, interval, note) = missing("a score is not a finite number")
        } else if allowed < 1 || allowed >= nonMembers.count {
            (value, interval, note) = missing(
                "\(nonMembers.count) non-members; at least \(needed) are needed")
        } else {
            // Whatever ties with the first non-member that is too many must not be taken either.
            let firstRefused = nonMembers.sorted(by: >)[allowed]
            let found = members.count { $0 > firstRefused }
            let range = clopperPearsonInterval(successes: found, trials: members.count)
            value = Double(found) / Double(members.count)
            interval = [range.lowerBound, range.upperBound]
            note = nil
        }
    }
}
