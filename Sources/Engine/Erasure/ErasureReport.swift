import Casework
import Domain
import Lineage

/// What erasing a case's records did, without anything of the records: it is kept in `reports` and
/// named by its digest in the history.
package struct ErasureReport: Codable, Sendable, Equatable {
    package struct Shard: Codable, Sendable, Equatable {
        package let path: String
        /// What it was unpacked from and was rewritten as well; nil if it is its own source.
        package let sourcePath: String?
        /// Of the shard when the case's first record was erased from it.
        package let oldDigest: Digest
        /// Of the shard after the case's last one.
        package let newDigest: Digest
        package let recordCount: Int
    }

    /// Something of the workspace that had learned from the records.
    package struct Remnant: Codable, Sendable, Equatable {
        package enum Outcome: String, Codable, Sendable {
            case removed, kept
        }
        package let outcome: Outcome
        /// Why it was kept.
        package let reason: String?
    }

    package struct Model: Codable, Sendable, Equatable {
        package let name: String
        package let version: Int
        package let digest: Digest
        package let remnant: Remnant
    }

    package struct Checkpoint: Codable, Sendable, Equatable {
        package let runID: String
        /// Within the workspace.
        package let path: String
        package let remnant: Remnant
    }

    package struct Copy: Codable, Sendable, Equatable {
        package let id: Int64
        package let kind: CopyEntry.Kind
        /// `erased`, `scheduled`, `cannot-be-erased`, `unknown`.
        package let state: String

        init(_ copy: DisposedCopy) {
            id = copy.copy.id
            kind = copy.copy.kind
            state = copy.disposition.state
        }
    }

    package let schema: String
    package let caseID: CaseID
    package let certificate: Digest
    /// When the last record was erased.
    package let erasedAt: Timestamp
    package let recordCount: Int
    /// By path.
    package let shards: [Shard]
    package let models: [Model]
    package let checkpoints: [Checkpoint]
    /// Hard links elsewhere under which a shard's old content goes on existing, by path.
    package let otherNames: [String: Int]
    package let suppression: SuppressionSummary
    package let copies: [Copy]
    /// As it was when the report was written; see `ErasureStatus` for the present.
    package let completeness: String
    package let reasons: [ErasureCompleteness.Reason]

    private enum CodingKeys: String, CodingKey {
        case caseID = "case"
        case schema, certificate, erasedAt, recordCount, shards, models, checkpoints, otherNames
        case suppression, copies, completeness, reasons
    }

    static let schema = "lethe.erasure-report.v1"
    /// Of the note in the history that names a report.
    static let event = "records-erased"
    /// Key of its digest there.
    static let digestKey = "erasure-report"
}

/// How far the erasure of a case's records is, as `case show` and `certificate show` tell it.
package struct ErasureStatus: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable {
        /// Begun and stopped: `lethe case erase` goes on.
        case unfinished
        case erased
    }
    package let state: State
    package let erasedAt: Timestamp?
    package let recordCount: Int?
    /// `full` or `partial` as of now: copies may have been disposed of since.
    package let completeness: String
    package let reasons: [ErasureCompleteness.Reason]
    /// Of the newest report, in `reports`.
    package let reportDigest: Digest?
}

extension ErasureCompleteness {
    var word: String { reasons.isEmpty ? "full" : "partial" }

    var reasons: [Reason] {
        switch self {
        case .full: []
        case .partial(let reasons): reasons
        }
    }
}
