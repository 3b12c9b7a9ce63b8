import Domain

extension DeletionCertificate {
    /// Which records were removed.
    package struct Scope: Codable, Sendable, Equatable {
        package let corpora: [String]
        package let recordCount: Int
        /// Digests of the shards the records stand in.
        package let shardDigests: [Digest]
        /// Digest of the index the records were found with.
        package let indexDigest: Digest
        /// Combined digest of the records.
        package let recordSetDigest: Digest
        /// How much the search finds, as last measured; nil if it never was.
        package let searchRecall: SearchRecall?
        /// What was searched for: how many identifiers of each kind, e.g. `["email": 2]`.
        package let searchKeys: [String: Int]
        /// What the search did not reach, a sentence each.
        package let notSearched: [String]

        package init(
            corpora: [String], recordCount: Int, shardDigests: [Digest], indexDigest: Digest,
            recordSetDigest: Digest, searchRecall: SearchRecall? = nil,
            searchKeys: [String: Int] = [:], notSearched: [String] = []
        ) {
            self.corpora = corpora
            self.recordCount = recordCount
            self.shardDigests = shardDigests
            self.indexDigest = indexDigest
            self.recordSetDigest = recordSetDigest
            self.searchRecall = searchRecall
            self.searchKeys = searchKeys
            self.notSearched = notSearched
        }
    }

    /// How much of what was planted of invented people the search found. It speaks of persons and
    /// texts like the planted ones, not of the person of the certificate.
    package struct SearchRecall: Codable, Sendable, Equatable {
        package let measuredAt: Timestamp
        /// Version of Lethe whose rules were measured.
        package let version: String
        package let planted: Int
        package let found: Int
        /// Of the found ones, those that were taken without asking the operator.
        package let foundWithoutAsking: Int
        /// With 95 % confidence, the recall is not below this (one-sided, Clopper-Pearson).
        package let lowerBound: Double
        /// Records of other people of the same name, and how many of them were taken without asking.
        package let namesakeRecords: Int
        package let namesakeRecordsTaken: Int
        /// Measured amid exactly the corpora that the records were found in.
        package let isOfThisIndex: Bool
        /// What the search does not look for, a sentence each.
        package let notSearched: [String]

        package init(
            measuredAt: Timestamp, version: String, planted: Int, found: Int,
            foundWithoutAsking: Int, lowerBound: Double, namesakeRecords: Int,
            namesakeRecordsTaken: Int, isOfThisIndex: Bool, notSearched: [String]
        ) {
            self.measuredAt = measuredAt
            self.version = version
            self.planted = planted
            self.found = found
            self.foundWithoutAsking = foundWithoutAsking
            self.lowerBound = lowerBound
            self.namesakeRecords = namesakeRecords
            self.namesakeRecordsTaken = namesakeRecordsTaken
            self.isOfThisIndex = isOfThisIndex
            self.notSearched = notSearched
        }
    }
}
