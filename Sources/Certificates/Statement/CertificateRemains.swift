import Domain

extension DeletionCertificate {
    /// A thing that held what the model had learned, or the records, and what became of it.
    package struct Copy: Codable, Sendable, Equatable {
        /// The raw values are permanent.
        package enum Kind: String, Codable, CaseIterable, Sendable {
            case dataset, model, checkpoint, optimizer, adapter, quantised, derived, backup, export
            case index, cache, other
        }

        /// The raw values are permanent.
        package enum Disposition: String, Codable, CaseIterable, Sendable {
            /// The person's data is gone from it.
            case erased
            /// It is to be gone by `until`.
            case scheduled
            /// It stays.
            case kept
            /// Nobody has said.
            case unknown
        }

        package let kind: Kind
        /// What it is, in a few words.
        package let what: String
        package let digest: Digest?
        package let disposition: Disposition
        /// When it was decided or done.
        package let at: Timestamp?
        package let until: Timestamp?
        /// Why, in a sentence.
        package let note: String?

        package var isGone: Bool { disposition == .erased }

        package init(
            _ kind: Kind, _ what: String, _ disposition: Disposition, digest: Digest? = nil,
            at: Timestamp? = nil, until: Timestamp? = nil, note: String? = nil
        ) {
            self.kind = kind
            self.what = what
            self.digest = digest
            self.disposition = disposition
            self.at = at
            self.until = until
            self.note = note
        }
    }

    /// Somebody the data was given to (GDPR Art. 19).
    package struct Recipient: Codable, Sendable, Equatable {
        /// An organisation or a system, not a person.
        package let name: String
        package let notifiedAt: Timestamp?
        package let acknowledgedAt: Timestamp?
        /// Why it need not be told: `impossible` or `disproportionate`.
        package let excuse: String?

        package init(
            name: String, notifiedAt: Timestamp? = nil, acknowledgedAt: Timestamp? = nil,
            excuse: String? = nil
        ) {
            self.name = name
            self.notifiedAt = notifiedAt
            self.acknowledgedAt = acknowledgedAt
            self.excuse = excuse
        }
    }

    /// A record, or a part of one, that stays on a ground of the law.
    package struct Exception: Codable, Sendable, Equatable {
        /// Permanent id of the ground, e.g. `art17-3-e`.
        package let ground: String
        /// The provision, e.g. `Art. 17(3)(e) GDPR`.
        package let article: String
        /// `record`, or `part` for bytes of one.
        package let part: String
        /// SHA-256 over the salt and the record's place, so that the operator can show which it is.
        package let placeDigest: Digest
        package let at: Timestamp
        package let by: String

        package init(
            ground: String, article: String, part: String, placeDigest: Digest, at: Timestamp,
            by: String
        ) {
            self.ground = ground
            self.article = article
            self.part = part
            self.placeDigest = placeDigest
            self.at = at
            self.by = by
        }
    }

    /// Anything else of the person that stays, e.g. mentions in records about other people.
    package struct Residual: Codable, Sendable, Equatable {
        package let what: String
        /// What happened or happens to it, in a sentence.
        package let disposition: String
        package let digest: Digest?

        package init(what: String, disposition: String, digest: Digest? = nil) {
            self.what = what
            self.disposition = disposition
            self.digest = digest
        }
    }
}
