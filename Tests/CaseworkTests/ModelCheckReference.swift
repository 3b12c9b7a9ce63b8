/// A second, small account of what may happen to a case, written from the prose of the documentation
/// and of the design facts, not from the table. It shares no type with the program.
struct ReferenceCase: Equatable {
    enum Flaw { case withdrawsClosedCases }

    var state = "received"
    var heldFrom: String?
    var version = 1
    /// 0 unverified, 1 mailbox, 2 signed, 5 document.
    var identity: Int
    var demanded = 0
    var identityAsked = false
    var candidates: Set<Int> = []
    var decided: Set<Int> = []
    /// Nothing, or what the present result came from: `approximate`, `exact`, `control`.
    var result: String?
    var fourEyes = false
    var approvedBy: String?
    var exempted = false
    /// 0 unknown, 1 listed, 2 told, 3 answered.
    var recipient = 0
    var extended = false
    var reopened = false
    var flaw: Flaw?

    var isOpen: Bool { !["certified", "refused", "withdrawn", "superseded"].contains(state) }
    var due: String {
        // Received on Thursday 5 March 2026: a month ends on Sunday 5 April, so Monday; three months
        // on Friday 5 June. Opened again on Sunday 8 March: Wednesday 8 April, Monday 8 June.
        reopened
            ? (extended ? "2026-06-08" : "2026-04-08") : (extended ? "2026-06-05" : "2026-04-06")
    }
    var outward: String {
        switch state {
        case "received", "refused", "withdrawn": state
        case "awaiting-identity": state
        case "on-hold" where heldFrom == "awaiting-identity": "awaiting-identity"
        case "certified": exempted ? "partly-completed" : "completed"
        default: "in-progress"
        }
    }

    init(identity: Int, flaw: Flaw? = nil) {
        self.identity = identity
        self.flaw = flaw
    }

    /// - Returns: whether the command is accepted; the case is then as it leaves it.
    mutating func take(_ verb: Verb, other: ReferenceCase, fourEyes asked: Bool) -> Bool {
        let before = self
        guard decide(verb, other, asked) else {
            self = before
            return false
        }
        version += 1
        return true
    }

    private mutating func forgetResult() {
        result = nil
        approvedBy = nil
    }

    private mutating func end(_ state: String) -> Bool {
        guard isOpen else { return false }
        self.state = state
        heldFrom = nil
        return true
    }

    private mutating func move(from states: Set<String>, to state: String) -> Bool {
        guard states.contains(self.state) else { return false }
        self.state = state
        return true
    }

    private mutating func decide(_ verb: Verb, _ other: ReferenceCase, _ asked: Bool) -> Bool {
        let unsearched: Set = ["received", "reopened"]
        switch verb {
        // A search finds the person, several persons, or nobody.
        case .found:
            candidates = []
            return move(from: unsearched, to: "scoped")
        case .ambiguous:
            candidates = [17, 18]
            return !candidates.isSubset(of: decided)
                && move(from: unsearched, to: "awaiting-clarification")
        case .nobody:
            candidates = []
            return move(from: unsearched, to: "awaiting-clarification")
        case .accept17, .reject17, .reject18:
            guard state == "awaiting-clarification" else { return false }
            decided.insert(verb == .reject18 ? 18 : 17)
            // One yes is enough; a no only if nobody is left to ask about.
            if verb == .accept17 || candidates.isSubset(of: decided) { state = "received" }
            return true
        case .searchAgain:
            return candidates.isSubset(of: decided)
                && move(from: ["awaiting-clarification"], to: "received")
        // Identity comes before anything is unlearned.
        case .demandIdentity:
            demanded = 5
            return identity < 5
                && move(from: ["received", "reopened", "scoped"], to: "awaiting-identity")
        case .dropDemand:
            demanded = 0
            if state == "unlearned" { forgetResult() }
            return move(from: ["awaiting-identity"], to: "received")
                || move(from: ["unlearned"], to: "scoped")
        case .confirmByEmail, .confirmByDocument:
            guard isOpen else { return false }
            identity = max(identity, verb == .confirmByEmail ? 1 : 5)
            if state == "awaiting-identity", identity >= demanded { state = "received" }
            return true
        case .askIdentity:
            guard isOpen, !identityAsked else { return false }
            identityAsked = true
            return true
        default: return work(verb, other, asked)
        }
    }

    private mutating func work(_ verb: Verb, _ other: ReferenceCase, _ asked: Bool) -> Bool {
        let measured: Set = ["unlearned", "verified", "failed-verification"]
        switch verb {
        case .runApproximate, .runExact, .runControl:
            guard identity >= demanded, move(from: ["scoped"], to: "unlearned") else {
                return false
            }
            result = [.runExact: "exact", .runControl: "control"][verb] ?? "approximate"
            fourEyes = asked
            return true
        case .pass: return move(from: ["unlearned"], to: "verified")
        case .fail: return move(from: ["unlearned"], to: "failed-verification")
        case .retry:
            // What passed is not made again, unless it is a control that nobody can certify.
            guard state == "failed-verification" || (state == "verified" && result == "control")
            else { return false }
            forgetResult()
            state = "scoped"
            return true
        case .modelMoved:
            forgetResult()
            return move(from: measured, to: "scoped")
        case .approveByBob, .approveByAda:
            let name = verb == .approveByBob ? "bob" : "ada"
            if state == "failed-verification" {
                // Only what never saw the records can be explained.
                guard result == "exact", name == "bob" || !fourEyes else { return false }
                state = "verified"
            } else {
                // Ada ran it.
                guard state == "verified", name == "bob" else { return false }
            }
            approvedBy = name
            return true
        case .certifyByEve, .certifyByAda:
            guard state == "verified", result != "control" else { return false }
            if fourEyes { guard approvedBy == "bob", verb == .certifyByEve else { return false } }
            state = "certified"
            return true
        default: return desk(verb, other)
        }
    }

    private mutating func desk(_ verb: Verb, _ other: ReferenceCase) -> Bool {
        switch verb {
        case .hold:
            guard isOpen, state != "on-hold" else { return false }
            heldFrom = state
            state = "on-hold"
            return true
        case .renewHold, .holdExpires: return state == "on-hold"
        case .release:
            guard state == "on-hold", let heldFrom else { return false }
            state = heldFrom
            self.heldFrom = nil
            return true
        case .refuse: return end("refused")
        case .withdraw:
            if flaw == .withdrawsClosedCases, state == "certified" {
                state = "withdrawn"
                return true
            }
            return end("withdrawn")
        case .cancelUnverified: return identity == 0 && end("withdrawn")
        case .cancelWithDocument: return end("withdrawn")
        case .supersede:
            // Only a verified one, no worse than this, that may still lead to an erasure.
            return other.identity > 0 && other.identity >= identity
                && !["refused", "withdrawn", "superseded"].contains(other.state)
                && end("superseded")
        case .reopenForHit: return reopen("certified")
        case .reopenAfterReview: return reopen("refused")
        case .reopenDuplicate: return reopen("superseded")
        case .exempt, .liftExemption:
            guard isOpen, state != "on-hold", verb == .exempt || exempted else { return false }
            exempted = verb == .exempt
            // What was found has to be found anew without the record.
            if ["scoped", "unlearned", "verified", "failed-verification"].contains(state) {
                forgetResult()
                state = "received"
            }
            return true
        case .ground: return isOpen
        case .extend:
            guard isOpen, !extended else { return false }
            extended = true
            return true
        case .recipientAdd, .recipientNotify, .recipientAcknowledge:
            guard isOpen || state == "certified" else { return false }
            switch verb {
            case .recipientAdd:
                guard recipient == 0 else { return false }
                recipient = 1
            case .recipientNotify:
                guard recipient > 0 else { return false }
                recipient = max(recipient, 2)
            default:
                guard recipient > 1 else { return false }
                recipient = 3
            }
            return true
        default: return false
        }
    }

    private mutating func reopen(_ closed: String) -> Bool {
        guard move(from: [closed], to: "reopened") else { return false }
        forgetResult()
        extended = false
        reopened = true
        return true
    }
}
