import Domain
import Foundation

/// What is known of a case when it is made, beside the request itself.
package struct NewCase: Sendable {
    package let regime: Regime
    /// Permanent id of the request's format.
    package let sourceFormat: String
    package let modelName: String?
    package let calendar: WorkingCalendar
    package let zone: ControllerZone
    /// How well the request was verified at intake; its evidence is the request itself.
    package let identity: IdentityLevel
    /// What is to be done outside once the case is there, e.g. confirm the receipt.
    package let intents: [IntentDraft]

    package init(
        regime: Regime, sourceFormat: String, modelName: String? = nil,
        calendar: WorkingCalendar = WorkingCalendar(), zone: ControllerZone = .utc,
        identity: IdentityLevel = .unverified, intents: [IntentDraft] = []
    ) {
        self.intents = intents
        self.regime = regime
        self.sourceFormat = sourceFormat
        self.modelName = modelName
        self.calendar = calendar
        self.zone = zone
        self.identity = identity
    }
}

/// One case's part in an event.
package struct CaseChange {
    package let id: CaseID
    /// The version the change was decided on; nil accepts any.
    package let expectedVersion: Int?
    package let digests: [String: String]
    package let facts: [String: String]
    /// The lease under which the work was done; the change is refused if it is not the present one.
    package let lease: Lease?
    /// Set in the same transaction; each is dropped when the case leaves the state this leads to.
    package let timers: [CaseTimer]
    /// Written in the same transaction, to be carried out afterwards.
    package let intents: [IntentDraft]
    /// Puts the event's facts into the progress; the guards see the result.
    package let update: (inout CaseProgress) -> Void

    package init(
        _ id: CaseID, expectedVersion: Int? = nil, digests: [String: String] = [:],
        facts: [String: String] = [:], lease: Lease? = nil, timers: [CaseTimer] = [],
        intents: [IntentDraft] = [],
        update: @escaping (inout CaseProgress) -> Void = { _ in }
    ) {
        self.id = id
        self.expectedVersion = expectedVersion
        self.digests = digests
        self.facts = facts
        self.lease = lease
        self.timers = timers
        self.intents = intents
        self.update = update
    }
}

/// Where cases live. Small on purpose, so that a desk of several machines can put another database
/// behind it. Every call that changes something is one transaction that holds the new present, its
/// history entries and what goes into the vault; when it returns, all of it is on disk.
package protocol CaseStore: Sendable {
    /// Who is working on what.
    var leases: any LeaseRegister { get }
    /// Makes one case per request, all or none.
    func create(
        _ all: [(new: NewCase, vault: VaultedRequest)], actor: String
    ) throws -> [CaseRecord]
    func load(_ id: CaseID) throws -> CaseRecord
    /// Sorted by id. `dueBefore` is exclusive.
    func list(state: CaseState?, dueBefore: Timestamp?) throws -> [CaseRecord]
    /// Every case that is not closed, sorted by id.
    func openCases() throws -> [CaseRecord]
    /// Lets an event happen to several cases, to all or to none.
    func apply(
        _ event: CaseEvent, to changes: [CaseChange], actor: String, reason: String?
    ) throws -> [CaseRecord]
    /// The request as it came in.
    func request(of id: CaseID) throws -> DeletionRequest
    /// Adds an entry that changes no case, e.g. `policy-adopted`.
    @discardableResult
    func appendNote(
        event: String, actor: String, reason: String?, digests: [String: String],
        facts: [String: String]
    ) throws -> HistoryEntry
    /// Entries of one case, or all of them, oldest first.
    func history(of id: CaseID?) throws -> [HistoryEntry]
}

extension CaseStore {
    package func openCases() throws -> [CaseRecord] {
        try list(state: nil, dueBefore: nil).filter { !$0.state.isFinal }
    }

    package func create(
        _ new: NewCase, vault: VaultedRequest, actor: String
    ) throws -> CaseRecord {
        try single(try create([(new, vault)], actor: actor))
    }

    package func apply(
        _ event: CaseEvent, to id: CaseID, expectedVersion: Int? = nil, actor: String,
        reason: String? = nil, digests: [String: String] = [:], facts: [String: String] = [:],
        lease: Lease? = nil, timers: [CaseTimer] = [], intents: [IntentDraft] = [],
        update: @escaping (inout CaseProgress) -> Void = { _ in }
    ) throws -> CaseRecord {
        let change = CaseChange(
            id, expectedVersion: expectedVersion, digests: digests, facts: facts, lease: lease,
            timers: timers, intents: intents, update: update)
        return try single(try apply(event, to: [change], actor: actor, reason: reason))
    }

    private func single(_ records: [CaseRecord]) throws -> CaseRecord {
        guard let record = records.first else {
            throw CaseworkError(.databaseFailed, "The store returned no case.")
        }
        return record
    }
}
