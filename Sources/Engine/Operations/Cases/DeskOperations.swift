import Casework
import Domain
import Foundation
import Lineage

/// What operators decide at the desk. Each call is one transaction with its history entry; when it
/// returns, all of it is on disk. A refused decision changes nothing.
extension Workspace {
    /// Refuses a request as a whole.
    /// - Parameters:
    ///   - ground: id of a `RefusalGround`; without one `unstated` is recorded, and the reason stands
    ///     for a text that is not given.
    ///   - toldAt: when the person was told; now if nil.
    /// - Throws: what `CaseStore.refuse` throws.
    package func refuse(
        _ id: CaseID, ground: String?, text: String?, toldAt: Timestamp?, actor: String,
        reason: String
    ) throws -> CaseRecord {
        let now = clock.now()
        let told = (text ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        if let ground {
            return try cases.refuse(
                id, ground: ground, text: told, toldAt: toldAt ?? now, actor: actor,
                reason: reason, at: now)
        }
        let fallback = reason.trimmingCharacters(in: .whitespacesAndNewlines)
        guard told.isEmpty, fallback.isEmpty else {
            return try cases.refuse(
                id, ground: RefusalGround.unstated, text: told.isEmpty ? fallback : told,
                toldAt: toldAt ?? now, actor: actor, reason: reason, at: now)
        }
        // The store says what is missing.
        return try cases.apply(.refuse, to: id, actor: actor, reason: reason)
    }

    /// Stops a case, or gives a held one a new order if authority or end are named.
    /// - Parameters:
    ///   - authority: who ordered it; the controller if nil.
    ///   - until: the order's end; 90 days from now if nil.
    /// - Throws: what `CaseStore.hold` throws.
    package func hold(
        _ id: CaseID, authority: String?, until: Timestamp?, actor: String, reason: String
    ) throws -> CaseRecord {
        let now = clock.now()
        let office = authority ?? "the controller"
        let state = try cases.load(id).state
        let renews =
            (authority != nil || until != nil)
            && !StateMachine.rows(from: state, on: .holdRenewed).isEmpty
        return renews
            ? try cases.renewHold(
                id, authority: office, until: until, actor: actor, reason: reason, at: now)
            : try cases.hold(
                id, authority: office, until: until, actor: actor, reason: reason, at: now)
    }

    /// Takes the longer period.
    /// - Parameter givenAt: when the person was told; now if nil.
    /// - Throws: what `CaseStore.extend` throws.
    package func extend(
        _ id: CaseID, notice: String, givenAt: Timestamp?, actor: String, reason: String
    ) throws -> CaseRecord {
        let now = clock.now()
        return try cases.extend(
            id, givenAt: givenAt ?? now,
            notice: notice.trimmingCharacters(in: .whitespacesAndNewlines), actor: actor,
            reason: reason, at: now)
    }

    /// Records something that sets the clock.
    /// - Parameter time: when it happened; now if nil.
    /// - Throws: `incomplete-decision` for a time in the future; what `CaseStore.noteClock` throws.
    package func noteClock(
        _ id: CaseID, _ note: ClockNote, at time: Timestamp?, actor: String, reason: String
    ) throws -> CaseRecord {
        let now = clock.now()
        guard time ?? now <= now else {
            throw CaseworkError(
                .incompleteDecision, "\(note.id) cannot be recorded before it happens.",
                details: ["case": id.description], remedy: "Give the time it happened with --at.")
        }
        return try cases.noteClock(id, note, at: time ?? now, actor: actor, reason: reason)
    }

    /// The note with a name, as `ClockNote.id` has it.
    /// - Parameters:
    ///   - receipt: the earlier receipt, for `received-earlier` only.
    ///   - evidence: digest of what shows it.
    /// - Throws: `unknown-name`; `incomplete-decision` for an earlier receipt without time or evidence.
    package static func clockNote(
        _ name: String, receipt: Timestamp?, evidence: Digest?
    ) throws -> ClockNote {
        let plain: [ClockNote] = [
            .identityRequested, .identityReceived, .feeRequested, .feePaid, .paused, .resumed,
        ]
        let found = try lookUp(
            name, in: plain.map(\.id) + [receivedEarlier], kind: "clock note", by: { $0 })
        if let note = plain.first(where: { $0.id == found }) { return note }
        guard let receipt, let evidence else {
            throw CaseworkError(
                .incompleteDecision, "An earlier receipt needs its time and its evidence.",
                remedy: "Add --received-at TIME and --evidence FILE.")
        }
        return .receivedEarlier(receipt, evidence: evidence)
    }

    private static let receivedEarlier = "received-earlier"

    /// Leaves a record, or some bytes of it, out of the erasure.
    /// - Parameter place: `CORPUS/ID` of a record that the index has.
    /// - Throws: `unknown-name`, `unknown-record`; `incomplete-decision` for bytes that the record's
    ///   text does not have; what `CaseStore.exempt` throws.
    package func exempt(
        _ id: CaseID, record place: String, span: Range<Int>?, ground: String, actor: String,
        reason: String
    ) throws -> CaseRecord {
        _ = try cases.load(id)
        if let slash = place.firstIndex(of: "/") {
            let found = try lineage.records(
                ids: [String(place[place.index(after: slash)...])],
                corpus: String(place[..<slash]))
            let byteCount = found.first?.text.utf8.count ?? 0
            guard span.map({ $0.upperBound <= byteCount }) ?? true else {
                throw CaseworkError(
                    .incompleteDecision, "The text of the record has \(byteCount) bytes.",
                    details: ["case": id.description, "bytes": "\(byteCount)"],
                    remedy: "Name bytes of it, or leave --span out for the whole record.")
            }
        }
        return try cases.exempt(
            id, record: place, span: span, ground: ground, actor: actor, reason: reason,
            at: clock.now())
    }

    /// What the person is told about a decision.
    package struct Notice: Encodable, Sendable {
        package let schema = "lethe.case-notice.v1"
        /// `refusal` or `extension`.
        package let kind: String
        package let caseID: CaseID
        package let toldAt: Timestamp
        /// Without a salutation: no name is in it.
        package let text: String

        private enum CodingKeys: String, CodingKey {
            case caseID = "case"
            case schema, kind, toldAt, text
        }
    }

    /// The notice of a refusal, or else of an extension, as the person is to have it.
    /// - Throws: `nothing-to-do` for a case without either; `case-not-found`.
    package func notice(of id: CaseID) throws -> Notice {
        let record = try cases.load(id)
        if let refusal = record.progress.legal.refusal {
            return Notice(
                kind: "refusal", caseID: id, toldAt: refusal.toldAt,
                text: refusalNotice(
                    try RefusalGround.named(refusal.ground), text: refusal.text,
                    under: record.regime))
        }
        guard let extended = record.clockFacts.extended else {
            throw CaseworkError(
                .nothingToDo, "\(id) was neither refused nor extended: there is no notice.",
                details: ["case": id.description], remedy: "See `lethe case explain \(id)`.")
        }
        let provision = try LegalClock.of(record.regime).provisions.extended
        let due = try record.deadline(now: clock.now()).extendedDue
        return Notice(
            kind: "extension", caseID: id, toldAt: extended.givenAt,
            text: "The answer to your request takes longer; you will have it by "
                + "\(due.inWords) (\(provision)).\n\nThe reasons:\n\n\(extended.reason)\n")
    }
}
