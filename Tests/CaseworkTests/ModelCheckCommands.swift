import Casework
import Domain

/// What an operator, or the engine, can do with a case in the model check.
enum Verb: String, CaseIterable, Sendable {
    // The engine.
    case found, ambiguous, nobody, demandIdentity, dropDemand
    case runApproximate, runExact, runControl, pass, fail, retry, modelMoved
    case certifyByEve, certifyByAda
    // Operators.
    case accept17, reject17, reject18, searchAgain
    case confirmByEmail, confirmByDocument, askIdentity
    case hold, renewHold, holdExpires, release
    case refuse, withdraw, cancelUnverified, cancelWithDocument, supersede
    case reopenForHit, reopenAfterReview, reopenDuplicate
    case exempt, liftExemption, ground, extend
    case approveByBob, approveByAda
    case recipientAdd, recipientNotify, recipientAcknowledge
}

/// A verb on one of two cases; the other one is the duplicate that may stand in for it.
struct Command: Hashable, Sendable, CustomStringConvertible {
    let verb: Verb
    /// 0 or 1
    let target: Int
    var description: String { "\(verb.rawValue)(\(target))" }
}

/// How a desk is set up for a sequence.
struct DeskSetting: Hashable, Sendable {
    let fourEyes: Bool
}

/// Carries commands out on a real store.
struct RealDesk {
    let store: SQLiteCaseStore
    let ids: [CaseID]
    let setting: DeskSetting

    static let day3 = DecisionTests.day(3)
    static let day5 = DecisionTests.day(5)

    init(store: SQLiteCaseStore, name: String, setting: DeskSetting) throws {
        self.store = store
        self.setting = setting
        let requests = [IdentityLevel.unverified, .authenticatedRequest].enumerated().map {
            (
                new: NewCase(regime: .gdprEU, sourceFormat: "drp", identity: $1),
                vault: Sample.request("\(name)-\($0)")
            )
        }
        ids = try store.create(requests, actor: "intake").map(\.id)
    }

    /// - Returns: whether it was accepted. Refusals by the store are answers; anything else is not.
    func perform(_ command: Command) throws -> Bool {
        do {
            _ = try attempt(command.verb, ids[command.target], ids[1 - command.target])
            return true
        } catch let error as CaseworkError where error.kind != .io && error.kind != .integrity {
            return false
        }
    }

    private func engine(
        _ event: CaseEvent, _ id: CaseID, _ actor: String = "ada",
        _ update: @escaping (inout CaseProgress) -> Void = { _ in }
    ) throws -> CaseRecord {
        try store.apply(event, to: id, actor: actor, update: update)
    }

    private func run(_ id: CaseID, _ method: String, _ kind: MethodClass) throws -> CaseRecord {
        let fourEyes = setting.fourEyes
        return try engine(.unlearnDone, id) { progress in
            progress.unlearning = Sample.run([id], method: method, methodClass: kind)
            progress.policyDigest = Digest(of: "policy")
            progress.rung = PolicyRung(method: method)
            progress.legal.noteRunner("ada")
            progress.legal.fourEyes = fourEyes
        }
    }

    private func attempt(_ verb: Verb, _ id: CaseID, _ other: CaseID) throws -> CaseRecord {
        let now = Sample.start
        switch verb {
        case .found: return try engine(.scopeFound, id) { $0.scope = Sample.scope() }
        case .ambiguous:
            return try engine(.scopeAmbiguous, id) {
                $0.scope = Sample.scope(subjects: [], candidates: Sample.candidates)
            }
        case .nobody: return try engine(.nobodyFound, id) { $0.scope = Sample.scope(subjects: []) }
        case .demandIdentity:
            return try engine(.identityRequired, id) { $0.legal.identity.required = .document }
        case .dropDemand:
            return try engine(.policyChanged, id) { $0.legal.identity.required = nil }
        case .runApproximate: return try run(id, "npo", .approximate)
        case .runExact: return try run(id, "retrain", .exact)
        case .runControl: return try run(id, "none", .control)
        case .pass: return try engine(.verificationPassed, id) { $0.verification = Sample.report() }
        case .fail:
            return try engine(.verificationFailed, id) { $0.verification = Sample.report(.failed) }
        case .retry: return try engine(.retried, id)
        case .modelMoved: return try engine(.modelMoved, id)
        case .certifyByEve, .certifyByAda:
            let actor = verb == .certifyByEve ? "eve" : "ada"
            return try engine(.certificateIssued, id, actor) {
                $0.certificate = Sample.certificate
                $0.legal.certifier = actor
            }
        default: return try decide(verb, id, other, now)
        }
    }

    private func decide(
        _ verb: Verb, _ id: CaseID, _ other: CaseID, _ now: Timestamp
    ) throws -> CaseRecord {
        let why = "because"
        func match(_ subject: String, _ accepted: Bool) throws -> CaseRecord {
            try store.decideMatch(
                id, subject: subject, accepted: accepted, actor: "bob", reason: why, at: now)
        }
        func confirm(_ level: IdentityLevel) throws -> CaseRecord {
            try store.confirmIdentity(
                id, level: level, evidence: Digest(of: "seen"), actor: "bob", reason: why, at: now)
        }
        func reopen(_ cause: ReopeningCause) throws -> CaseRecord {
            try store.reopen(id, cause: cause, actor: "bob", reason: why, at: Self.day3)
        }
        func recipient(_ change: RecipientChange) throws -> CaseRecord {
            try store.recordRecipient(id, name: "shop", change, at: now, actor: "bob", reason: why)
        }
        switch verb {
        case .accept17: return try match("person-017", true)
        case .reject17: return try match("person-017", false)
        case .reject18: return try match("person-018", false)
        case .searchAgain: return try store.apply(.searchAgain, to: id, actor: "bob")
        case .confirmByEmail: return try confirm(.emailControl)
        case .confirmByDocument: return try confirm(.document)
        case .askIdentity:
            return try store.noteClock(id, .identityRequested, at: now, actor: "bob", reason: why)
        case .hold:
            return try store.hold(
                id, authority: "court", until: DecisionTests.day(10), actor: "bob", reason: why,
                at: now)
        case .renewHold:
            return try store.renewHold(
                id, authority: "court", until: DecisionTests.day(20), actor: "bob", reason: why,
                at: now)
        case .holdExpires:
            return try engine(.holdExpired, id) {
                $0.legal.hold?.expiredAt = DecisionTests.day(30)
            }
        case .release: return try store.apply(.release, to: id, actor: "bob", reason: why)
        case .refuse:
            return try store.refuse(
                id, ground: "art17-3-e", text: "A lawsuit.", toldAt: now, actor: "bob",
                reason: why, at: now)
        case .withdraw: return try store.apply(.withdraw, to: id, actor: "bob", reason: why)
        case .cancelUnverified, .cancelWithDocument:
            return try store.cancel(
                id, message: Digest(of: "no"),
                level: verb == .cancelUnverified ? .unverified : .document, actor: "intake", at: now
            )
        case .supersede:
            return try store.supersede(id, by: other, actor: "bob", reason: why, at: now)
        case .reopenForHit: return try reopen(.newHit)
        case .reopenAfterReview: return try reopen(.reviewOutcome)
        case .reopenDuplicate: return try reopen(.supersederClosed)
        case .exempt:
            return try store.exempt(
                id, record: "people/1", ground: "art17-3-e", actor: "bob", reason: why, at: now)
        case .liftExemption:
            return try store.liftExemption(id, place: "people/1", actor: "bob", reason: why)
        case .ground:
            return try store.recordGround(
                id, ground: "art17-1-b", actor: "bob", reason: why, at: now)
        case .extend:
            return try store.extend(
                id, givenAt: Self.day5, notice: "many", actor: "bob", reason: why, at: Self.day5)
        case .approveByBob, .approveByAda:
            return try store.approve(
                id, actor: verb == .approveByBob ? "bob" : "ada", reason: why, at: now)
        case .recipientAdd: return try recipient(.added)
        case .recipientNotify: return try recipient(.notified)
        default: return try recipient(.acknowledged)
        }
    }
}
