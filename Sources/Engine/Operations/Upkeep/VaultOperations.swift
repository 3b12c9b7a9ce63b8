import Casework
import Domain
import Foundation

/// How the requests of a workspace are kept.
package struct VaultStatus: Codable, Sendable {
    package let schema: String
    /// The key file needs a passphrase.
    package let isProtected: Bool
    package let figures: VaultFigures
    /// What the policy says; nil if requests are kept until somebody shreds them.
    package let retentionDays: Int?
    /// Closed cases whose request should have been shredded by now.
    package let overdueCount: Int
}

/// What became of a case's request, and what is left of the person elsewhere.
package struct ShredReport: Codable, Sendable {
    package let schema: String
    package let caseID: CaseID
    package let shreddedAt: Timestamp
    /// False if another process was reading: old pages are then cut from the log by the next command
    /// that changes something.
    package let isPurged: Bool
    /// What stays, in sentences.
    package let stays: [String]

    private enum CodingKeys: String, CodingKey {
        case caseID = "case"
        case schema, shreddedAt, isPurged, stays
    }
}

extension Workspace {
    private var keyFile: VaultKeyFile { VaultKeyFile(layout.vaultKey) }

    /// Cases looked at for `VaultStatus.overdueCount`.
    private static let overdueLimit = 100_000

    package func vaultStatus() throws -> VaultStatus {
        VaultStatus(
            schema: "lethe.vault-status.v1", isProtected: try keyFile.isProtected(),
            figures: try cases.vaultFigures(), retentionDays: policy.retentionDays,
            overdueCount: try policy.retentionDays.map {
                try cases.retentionDue(days: $0, at: clock.now(), limit: Self.overdueLimit).count
            } ?? 0)
    }

    /// Protects the vault's key file by a passphrase, or changes it.
    /// - Parameter passphrase: UTF-8 bytes, at least 8.
    /// - Throws: `passphrase-needed` for one that is too short; `file-not-written`.
    package func protectVault(by passphrase: Data, actor: String) throws {
        let wasProtected = try keyFile.isProtected()
        try keyFile.changePassphrase(to: passphrase, present: self.passphrase)
        try cases.appendNote(
            event: wasProtected ? "vault-passphrase-changed" : "vault-protected", actor: actor)
    }

    /// Stores the vault's keys without a passphrase.
    /// - Returns: false if there was none.
    /// - Throws: `file-not-written`.
    package func unprotectVault(actor: String) throws -> Bool {
        guard try keyFile.isProtected() else { return false }
        try keyFile.changePassphrase(to: nil, present: passphrase)
        try cases.appendNote(event: "vault-unprotected", actor: actor)
        return true
    }

    /// Wraps every case's key under a new workspace key and destroys the old one.
    /// - Returns: the history's entry; its fact `case-count` says how many keys.
    /// - Throws: `vault-unreadable`, nothing being changed then.
    package func rotateVaultKey(actor: String) throws -> HistoryEntry {
        try cases.rotateVaultKey(in: keyFile, passphrase: passphrase, actor: actor)
    }

    /// Destroys the key and the content of a closed case's request.
    /// - Throws: `not-allowed` for an open case, `case-not-found`, `personal-data-in-reason`,
    ///   `vault-shredded`.
    package func shredRequest(
        of id: CaseID, actor: String, reason: String
    ) throws -> ShredReport {
        let record = try cases.load(id)
        guard record.state.isFinal else {
            throw CaseworkError(
                .notAllowed,
                "\(id) is \(record.state.rawValue); its request is needed until it is closed.",
                details: ["case": id.description, "state": record.state.rawValue],
                remedy: "See `lethe case explain \(id)`.")
        }
        let entry = try cases.shred(id, actor: actor, reason: reason)
        return ShredReport(
            schema: "lethe.vault-shred.v1", caseID: id, shreddedAt: entry.at,
            isPurged: try cases.vaultFigures().isPurged, stays: try remains(of: record))
    }

    /// What shredding a request does not reach.
    private func remains(of record: CaseRecord) throws -> [String] {
        var sentences = [
            "The history stays, with keyed digests and no values; the chain still verifies."
        ]
        if record.progress.certificate != nil {
            sentences.append("The certificate stays valid; it names the person by a pseudonym.")
        }
        if record.progress.scope?.recordCount ?? 0 > 0, try erasureStatus(of: record.id) == nil {
            sentences.append(
                "The person's records stay in the shards; without the request "
                    + "`lethe case erase \(record.id)` may not find them any more.")
        }
        sentences.append(
            "Backups made before hold the request and, with their keys, can read it: remove them "
                + "when their time is over.")
        return sentences
    }
}
