import Foundation

extension Metric {
    package static let exposure = Metric(
        id: "exposure",
        title: "By how many bits the model narrows the search for the true value",
        range:
            "0 ... log2 of the number of candidates, which is the most this test can show; about "
            + "1.44 on average for a value never seen",
        source: "Carlini et al. 2019, arXiv 1802.08232: log2 |R| - log2 rank, the true value being "
            + "one of R; of equally likely ones it has the best rank, so a tie counts as exposed")
}

/// The rank of a true value among candidates, in bits.
package struct Exposure: Sendable, Equatable, Codable {
    /// 1 = the likeliest of all.
    package let rank: Int
    /// |R|: the candidates and the true value.
    package let spaceCount: Int

    /// - Parameters:
    ///   - rank: 1 ... spaceCount
    ///   - spaceCount: 1 or more
    /// - Returns: nil for a rank outside the space.
    package init?(rank: Int, spaceCount: Int) {
        guard rank >= 1, rank <= spaceCount else { return nil }
        self.rank = rank
        self.spaceCount = spaceCount
    }

    /// Ranks a value among its twins' values or any list of candidates.
    /// - Parameters:
    ///   - loss: negative log-likelihood of the true value, nats; summed or per token, but alike for
    ///     all.
    ///   - candidates: those of the other values, 1 or more.
    /// - Returns: nil without candidates or with a loss that is not finite.
    package init?(loss: Double, candidates: [Double]) {
        guard !candidates.isEmpty, (candidates + [loss]).allSatisfy(\.isFinite) else { return nil }
        self.init(rank: 1 + candidates.count { $0 < loss }, spaceCount: candidates.count + 1)
    }

    /// `log2 |R| - log2 rank`.
    package var bits: Double { resolutionBits - log2(Double(rank)) }

    /// The highest exposure that so many candidates can show; a value at it may be exposed further.
    package var resolutionBits: Double { log2(Double(spaceCount)) }
}
