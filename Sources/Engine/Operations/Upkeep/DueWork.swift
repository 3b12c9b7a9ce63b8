import Casework
import Domain

/// What was done because its time had come.
package struct SweepReport: Codable, Sendable {
    package let schema: String
    /// Cases whose requests were shredded: the policy's `retention-days` were over.
    package let shredded: [CaseID]
    /// Held cases whose order ran out; each waits for an operator's decision.
    package let expiredHolds: [CaseID]
    /// Deadlines and warnings that came due and were noted in the history.
    package let timers: [DueTimer]
    /// False if old pages of shredded requests are still in the database's log.
    package let isPurged: Bool

    package var isEmpty: Bool {
        shredded.isEmpty && expiredHolds.isEmpty && timers.isEmpty && isPurged
    }
}

extension Workspace {
    /// Does what the calendar asks for: marks holds that ran out, notes deadlines that came, shreds
    /// requests whose time is over. Doing it again does nothing.
    /// - Throws: those of the store; what was done before stays done.
    package func sweep(actor: String) throws -> SweepReport {
        let now = clock.now()
        let expired = try cases.expireHolds(actor: actor, at: now).map(\.id)
        var fired: [DueTimer] = []
        while true {
            let due = try cases.dueTimers(at: now)
            let new = try due.filter { try cases.fireTimer($0, actor: actor) }
            fired += new
            // Timers that another process fired meanwhile are not asked for again.
            guard !new.isEmpty else { break }
        }
        var shredded: [CaseID] = []
        if let days = policy.retentionDays {
            while true {
                let ids = try cases.shredExpired(days: days, actor: actor)
                shredded += ids
                guard !ids.isEmpty else { break }
            }
        }
        let isPurged = try cases.finishShredding()
        return SweepReport(
            schema: "lethe.vault-sweep.v1", shredded: shredded, expiredHolds: expired,
            timers: fired, isPurged: isPurged)
    }
}
