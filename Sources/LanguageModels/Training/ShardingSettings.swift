import Domain

/// How a training is divided so that deletion touches a part of it (SISA: sharded, isolated, sliced,
/// aggregated training; Bourtoule et al. 2021, arXiv 1912.03817, section IV).
package struct ShardingSettings: Codable, Sendable, Equatable {
    /// Numbers of shards and of slices that are accepted.
    package static let counts = 1...1_024

    /// S: models trained apart from each other, each on the records of its own people.
    package var shards: Int
    /// R: parts of a shard's records that join its training one after another, with a checkpoint after
    /// each.
    package var slices: Int

    package init(shards: Int, slices: Int) {
        self.shards = shards
        self.slices = slices
    }

    /// Epochs of each of the R stages, of which stage r reads slices 1 ... r: 2 e / (R + 1), rounded,
    /// at least 1, so that the tokens read are about those of `epochs` epochs over everything
    /// (section V-B of the paper, with the same number for every stage).
    package func epochsPerSlice(epochs: Int) -> Int {
        max(1, Int((2 * Double(epochs) / Double(slices + 1)).rounded()))
    }
}
