import Domain

/// What a corpus is for. The raw values are permanent.
package enum CorpusRole: String, CaseIterable, Codable, Sendable {
    /// Models are trained on it; deletion requests are resolved against it.
    case training
    /// Held-out people, never trained; they supply counterfactual twins.
    case twins
    /// Never-trained people that measurements are compared with.
    case controls
    /// Text without data subjects, e.g. for tokenizers.
    case general
}

/// One shard as it was when its corpus was added.
package struct ShardReference: Codable, Sendable, Hashable {
    package let corpus: String
    /// Absolute path of the JSONL file.
    package let path: String
    package let digest: Digest
    package let byteCount: Int
    package let recordCount: Int

    package init(corpus: String, path: String, digest: Digest, byteCount: Int, recordCount: Int) {
        self.corpus = corpus
        self.path = path
        self.digest = digest
        self.byteCount = byteCount
        self.recordCount = recordCount
    }
}

/// A corpus and what the index knows of it.
package struct CorpusSummary: Codable, Sendable, Equatable {
    package let name: String
    package let role: CorpusRole
    /// The training corpus that twins, controls or general text belong to.
    package let servedCorpus: String?
    /// Digest over the sorted digests of the shards: equal content gives an equal manifest,
    /// whatever the files are called.
    package let manifestDigest: Digest
    /// In the order in which they were given.
    package let shards: [ShardReference]
    package let recordCount: Int
    /// Records excluded from future runs.
    package let deletedRecordCount: Int
    package let subjectCount: Int
    package let byteCount: Int
}

/// Whether a shard file still is what was indexed.
package struct ShardCheck: Codable, Sendable, Equatable {
    package enum Status: String, Codable, Sendable {
        case same, changed, missing
    }
    package let path: String
    package let status: Status
    package let expected: Digest
    /// Nil if the file is missing.
    package let found: Digest?
}

/// Names one record for good: where it stood and what it held when it was indexed.
package struct RecordKey: Codable, Sendable, Hashable, CustomStringConvertible {
    package let corpus: String
    /// The record's id, unique within the corpus.
    package let id: String
    /// Absolute path of the shard.
    package let shard: String
    /// Line in the shard, from 1.
    package let line: Int
    /// Digest of the line's bytes without its line end.
    package let digest: Digest

    package init(corpus: String, id: String, shard: String, line: Int, digest: Digest) {
        self.corpus = corpus
        self.id = id
        self.shard = shard
        self.line = line
        self.digest = digest
    }

    package var description: String { "record \(corpus)/\(id)" }
}

/// A record that an identifier was found in.
package struct RecordHit: Codable, Sendable, Equatable {
    package let key: RecordKey
    package let role: CorpusRole
    /// Pseudonymous ids of the people the record is about; empty if its owner named none.
    package let subjects: [String]
    /// Why it was found, e.g. `email-in-text`, `name-phrase`; sorted.
    package let rules: [String]
    /// The case that excluded it from future runs.
    package let deletedBy: String?
}

/// What the index holds of a corpus's records.
package enum IndexContents: Sendable {
    /// Identifiers, subjects and ids. Searches for names and other texts give the same answers, but
    /// read every record.
    case identifiers
    /// These and the texts' signatures.
    case identifiersAndTexts
}
