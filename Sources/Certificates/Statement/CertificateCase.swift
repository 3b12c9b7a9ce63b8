import Domain

extension DeletionCertificate {
    /// The period the law sets, and whether it was kept.
    package struct LegalDeadline: Codable, Sendable, Equatable {
        /// The day the period is counted from, `YYYY-MM-DD` at the controller's place.
        package let start: String
        /// The last day without an extension.
        package let due: String
        /// The last day with the extension that was given; nil if none was.
        package let extendedTo: String?
        /// The last second of the day that applies.
        package let dueAt: Timestamp
        /// IANA id of the controller's time zone.
        package let timeZone: String
        /// Id and file digest of the holiday calendar; nil where weekends alone count.
        package let calendar: String?
        package let calendarDigest: Digest?
        /// The certificate was issued no later than `dueAt`.
        package let isKept: Bool

        package init(
            start: String, due: String, extendedTo: String? = nil, dueAt: Timestamp,
            timeZone: String = "UTC", calendar: String? = nil, calendarDigest: Digest? = nil,
            issuedAt: Timestamp
        ) {
            self.start = start
            self.due = due
            self.extendedTo = extendedTo
            self.dueAt = dueAt
            self.timeZone = timeZone
            self.calendar = calendar
            self.calendarDigest = calendarDigest
            isKept = issuedAt <= dueAt
        }
    }

    /// How it was made sure that the request came from the person.
    package struct IdentityAssurance: Codable, Sendable, Equatable {
        package let level: IdentityLevel
        /// SHA-256 of what was seen; the evidence itself is not kept.
        package let evidenceDigest: Digest
        package let verifiedAt: Timestamp
        package let verifiedBy: String

        package init(
            level: IdentityLevel, evidenceDigest: Digest, verifiedAt: Timestamp,
            verifiedBy: String
        ) {
            self.level = level
            self.evidenceDigest = evidenceDigest
            self.verifiedAt = verifiedAt
            self.verifiedBy = verifiedBy
        }
    }

    /// A person's acceptance of the outcome (NIST SP 800-88 Rev. 2 keeps it apart from verification,
    /// which only says that the technique worked).
    package struct Validation: Codable, Sendable, Equatable {
        package enum Role: String, Codable, Sendable {
            /// Issues the certificate.
            case issuer
            /// Approved a result that others made, where the policy asks for four eyes.
            case approver
        }

        package let by: String
        package let role: Role
        package let at: Timestamp

        package init(by: String, role: Role, at: Timestamp) {
            self.by = by
            self.role = role
            self.at = at
        }
    }

    /// The person, recognisable to nobody but themselves.
    ///
    /// Each commitment is HMAC-SHA256 under a random key that only the person's receipt holds, over
    /// one identifier of the request; see `Receipt`. Nobody else can test a guess.
    package struct Subject: Codable, Sendable, Equatable {
        /// In the order of their digits, so that the order of the request does not show.
        package let commitments: [Digest]

        package init(commitments: [Digest]) {
            self.commitments = commitments.sorted { $0.hexadecimal < $1.hexadecimal }
        }
    }

    /// Where the certificate is entered; a certificate that names a log is checked against it.
    package struct Log: Codable, Sendable, Equatable {
        /// First line of the log's checkpoints.
        package let origin: String
        /// The log's public key as a verifier key of C2SP signed notes.
        package let verifierKey: String

        package init(origin: String, verifierKey: String) {
            self.origin = origin
            self.verifierKey = verifierKey
        }
    }
}
