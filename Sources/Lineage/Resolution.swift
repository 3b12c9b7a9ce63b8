import Domain

/// Who a request is about, as far as the index can tell.
package enum Resolution: Sendable, Equatable {
    case found(ScopeResult)
    /// The operator must say which of these people is meant.
    case ambiguous([MatchCandidate])
    /// No training corpus mentions anybody with these identifiers.
    case nobody
}

/// A person that may be the one a request is about.
package struct MatchCandidate: Codable, Sendable, Equatable {
    /// Stands for the records whose owner named no subject; accepted and rejected like a subject.
    package static let unattributed = "unattributed"

    /// Pseudonymous subject id.
    package let subject: String
    /// Records of that person in the corpora looked at.
    package let recordCount: Int
    /// Why the person is a candidate; sorted.
    package let rules: [String]

    package init(subject: String, recordCount: Int, rules: [String]) {
        self.subject = subject
        self.recordCount = recordCount
        self.rules = rules
    }
}

/// How many records of a scope a rule found.
package struct RuleCount: Codable, Sendable, Equatable {
    package let rule: String
    package let recordCount: Int

    package init(rule: String, recordCount: Int) {
        self.rule = rule
        self.recordCount = recordCount
    }
}

/// What has to be deleted for one request.
package struct ScopeResult: Codable, Sendable, Equatable {
    /// Accepted subjects, sorted; empty if only records without subject match.
    package let subjects: [String]
    /// Records in scope that future runs would still use, in corpus, shard and line order.
    package let records: [RecordKey]
    /// Records in scope that an earlier case already excluded. Models made before that case were
    /// trained on them all the same.
    package let deletedRecords: [RecordKey]
    /// Records in scope that are about another person as well.
    package let sharedRecords: [RecordKey]
    /// Rules by name, each with the number of records in scope that it found. The rule `subject`
    /// is membership by the owner's own attribution.
    package let hitsPerRule: [RuleCount]
    /// Records of other people (or of nobody in particular, under a shared name) that mention the
    /// person; not in scope.
    package let mentions: [RecordKey]
    /// Records of twins, controls and general text in which the identifiers occur.
    package let heldOutMentions: Int
    /// The shards that the records in scope stand in.
    package let shards: [ShardReference]
    /// Digest over the manifests of the corpora looked at.
    package let indexDigest: Digest

    /// Live and already deleted records together, in order of `records`, then `deletedRecords`.
    package var allRecords: [RecordKey] { records + deletedRecords }
}
