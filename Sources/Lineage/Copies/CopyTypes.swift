import Domain

/// A place outside the corpora where records go on existing: a backup, an export, something derived.
package struct CopyEntry: Codable, Sendable, Equatable {
    /// The raw values are permanent.
    package enum Kind: String, CaseIterable, Codable, Sendable {
        case backup, export, derived, other
    }
    package let id: Int64
    /// Path, or words for where it is.
    package let location: String
    package let kind: Kind
    /// What it is a copy of: the path of a shard, or the name of a corpus; empty: of everything.
    package let holds: String
    /// The only case that it concerns; nil: all.
    package let caseID: String?
    /// When its content was taken; nil: unknown.
    package let madeAt: Timestamp?
    package let registeredAt: Timestamp

    package init(
        id: Int64, location: String, kind: Kind, holds: String, caseID: String?,
        madeAt: Timestamp?, registeredAt: Timestamp
    ) {
        self.id = id
        self.location = location
        self.kind = kind
        self.holds = holds
        self.caseID = caseID
        self.madeAt = madeAt
        self.registeredAt = registeredAt
    }
}

/// What became of a copy, or of an artefact, for one case.
package enum CopyDisposition: Codable, Sendable, Equatable {
    /// The person's data is gone from it.
    case erased
    /// It will be overwritten or destroyed by then.
    case scheduled(until: Timestamp)
    /// It stays, for this reason; no personal data in it.
    case cannotBeErased(reason: String)
    /// Nobody has said.
    case unknown

    /// Permanent word for it.
    package var state: String {
        switch self {
        case .erased: "erased"
        case .scheduled: "scheduled"
        case .cannotBeErased: "cannot-be-erased"
        case .unknown: "unknown"
        }
    }

    /// The date or the reason; empty for the others.
    package var detail: String {
        switch self {
        case .erased, .unknown: ""
        case .scheduled(let date): date.description
        case .cannotBeErased(let reason): reason
        }
    }

    /// - Throws: `index-damaged`.
    init(state: String, detail: String) throws {
        switch (state, Timestamp(detail)) {
        case ("erased", _): self = .erased
        case ("unknown", _): self = .unknown
        case ("scheduled", .some(let date)): self = .scheduled(until: date)
        case ("cannot-be-erased", _): self = .cannotBeErased(reason: detail)
        default:
            throw LineageError(
                .indexDamaged, "The index holds an unknown disposition.",
                remedy: "Restore the workspace's database from a backup.")
        }
    }
}

/// A copy with what a case decided about it.
package struct DisposedCopy: Codable, Sendable, Equatable {
    package let copy: CopyEntry
    package let disposition: CopyDisposition
    /// Nil while it is unknown.
    package let decidedAt: Timestamp?
}

/// Whether an erasure reached everything.
package enum ErasureCompleteness: Codable, Sendable, Equatable {
    case full
    /// Why not; each names one thing, none personal data.
    case partial([Reason])

    package struct Reason: Codable, Sendable, Equatable {
        /// Permanent: `nothing-erased`, `erasure-unfinished`, `copy-unknown`, `copy-scheduled`,
        /// `copy-overdue`, `copy-kept`, `artefact-residual`; of a workspace also `model-kept`,
        /// `checkpoint-kept`, `other-name`.
        package let code: String
        package let message: String

        package init(code: String, message: String) {
            self.code = code
            self.message = message
        }
    }
}
