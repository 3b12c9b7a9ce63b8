import Domain

/// What can go wrong with a case, its history, its vault, its deadlines and its policy.
package struct CaseworkErrorCode: ErrorCode {
    package let rawValue: String
    package let kind: FailureKind

    package init(rawValue: String) { self.init(rawValue, .failed) }
    private init(_ rawValue: String, _ kind: FailureKind) {
        self.rawValue = rawValue
        self.kind = kind
    }

    package static let caseNotFound = Self("case-not-found", .notFound)
    /// The table has no row for this event in the present state.
    package static let notAllowed = Self("not-allowed", .refused)
    /// The table has a row, but one of its guards does not hold.
    package static let guardFailed = Self("guard-failed", .refused)
    package static let driftSpent = Self("drift-spent", .refused)
    package static let reasonMissing = Self("reason-missing", .usage)
    package static let personalDataInReason = Self("personal-data-in-reason", .badInput)
    package static let duplicateRequest = Self("duplicate-request", .refused)
    /// Somebody else changed the case since it was read.
    package static let caseChanged = Self("case-changed", .locked)
    package static let unknownSubject = Self("unknown-subject", .notFound)
    package static let nothingToDo = Self("nothing-to-do", .refused)
    package static let investigationNeeded = Self("investigation-needed", .refused)
    package static let ladderExhausted = Self("ladder-exhausted", .refused)

    package static let malformedCalendar = Self("malformed-calendar", .badInput)
    /// Something cannot have happened after what a case's clock already records.
    package static let clockContradiction = Self("clock-contradiction", .refused)
    package static let extensionTooLate = Self("extension-too-late", .refused)
    /// The named ground does not exist, or not under the case's law.
    package static let groundUnfit = Self("ground-unfit", .refused)
    /// An unverified request must not stand in for, or end, one that is better verified.
    package static let notVerified = Self("not-verified", .refused)
    package static let causeUnfit = Self("cause-unfit", .refused)
    package static let fourEyes = Self("four-eyes", .refused)
    package static let unknownRecipient = Self("unknown-recipient", .notFound)
    package static let incompleteDecision = Self("incomplete-decision", .usage)

    package static let historyBroken = Self("history-broken", .integrity)
    package static let newerSchema = Self("newer-schema", .failed)
    package static let databaseLocked = Self("database-locked", .locked)
    package static let databaseDamaged = Self("database-damaged", .integrity)
    package static let databaseFailed = Self("database-failed", .io)
    package static let notDurable = Self("not-durable", .io)

    package static let malformedKey = Self("malformed-key", .integrity)
    package static let vaultUnreadable = Self("vault-unreadable", .integrity)
    package static let vaultShredded = Self("vault-shredded", .refused)
    package static let passphraseNeeded = Self("passphrase-needed", .refused)
    package static let passphraseWrong = Self("passphrase-wrong", .refused)

    /// Somebody else is working on the case or the model.
    package static let leaseHeld = Self("lease-held", .locked)
    /// The work went on for longer than its lease, and somebody else took it over.
    package static let leaseLost = Self("lease-lost", .locked)

    /// The target of a backup or a restoration has content already.
    package static let targetNotEmpty = Self("target-not-empty", .cannotCreate)
    package static let backupDamaged = Self("backup-damaged", .integrity)
    package static let backupNotMade = Self("backup-not-made", .io)
}

package typealias CaseworkError = CodedError<CaseworkErrorCode>
