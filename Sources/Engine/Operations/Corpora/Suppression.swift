import Casework
import Domain
import Foundation
import Lineage

/// What the workspace remembers of one erased person, as numbers.
package struct SuppressionEntry: Encodable, Sendable {
    /// The case that erased the person.
    package let caseID: String
    /// Keyed digests held, by the rule that compares them.
    package let keyCounts: [String: Int]
}

extension Workspace {
    /// Cases whose persons are kept from coming back, sorted.
    package func suppressions() throws -> [SuppressionEntry] {
        try lineage.suppressionCounts().sorted { $0.key < $1.key }
            .map { SuppressionEntry(caseID: $0.key, keyCounts: $0.value) }
    }

    /// Lets a person's data be trained on again, e.g. because they consented anew. The tombstones of what
    /// was erased stay.
    ///
    /// The reason is in the history before anything is taken away; a retry after a crash takes the rest.
    /// - Returns: keyed digests taken away.
    /// - Throws: `not-suppressed` if nothing is held of the case, `case-not-found`, `reason-missing`,
    ///   `personal-data-in-reason`.
    package func liftSuppression(of id: CaseID, reason: String, actor: String) throws -> Int {
        let reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !reason.isEmpty else {
            throw CaseworkError(
                .reasonMissing, "Lifting a suppression needs a reason.",
                remedy: "Add `--reason \"...\"`, without any of the person's data.")
        }
        _ = try cases.load(id)
        let held = try lineage.suppressionCounts()[id.description] ?? [:]
        guard !held.isEmpty else {
            throw EngineError(
                .notSuppressed, "Nothing of the person of \(id) is suppressed.",
                details: ["case": id.description], remedy: "See `lethe suppression list`.")
        }
        try cases.appendNote(
            event: "suppression-lifted", on: id, actor: actor, reason: reason,
            facts: ["key-count": "\(held.values.reduce(0, +))"])
        return try lineage.liftSuppression(caseID: id.description)
    }
}
