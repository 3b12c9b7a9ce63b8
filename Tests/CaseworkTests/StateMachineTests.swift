import Casework
import Domain
import Foundation
import Testing

@Suite struct StateMachineTests {
    @Test("The table describes every state once and uses every event")
    func complete() {
        #expect(
            StateMachine.states.map(\.state.rawValue).sorted()
                == CaseState.allCases.map(\.rawValue).sorted())
        for event in CaseEvent.allCases {
            #expect(StateMachine.transitions.contains { $0.event == event }, "\(event)")
        }
        for guardian in StateMachine.transitions.flatMap(\.guards) {
            #expect(TransitionGuard.all.contains { $0.id == guardian.id })
        }
        #expect(Set(TransitionGuard.all.map(\.id)).count == TransitionGuard.all.count)
    }

    @Test("Every state is reachable; an open one has a way out, a closed one only its re-opening")
    func reachable() {
        var reached: Set<CaseState> = [StateMachine.initial]
        while let row = StateMachine.transitions.first(where: {
            reached.contains($0.from) && !reached.contains($0.to)
        }) { reached.insert(row.to) }
        #expect(reached == Set(CaseState.allCases))
        for state in CaseState.allCases {
            let ways = StateMachine.transitions.filter { $0.from == state && $0.to != state }
            #expect(ways.allSatisfy { $0.event == .reopened } == state.isFinal, "\(state)")
        }
        #expect(StateMachine.transitions.allSatisfy { $0.from != .withdrawn })
        for row in StateMachine.transitions where row.event == .reopened {
            #expect(row.from.isFinal)
        }
    }

    @Test("Every open state can reach certified, refused and withdrawn")
    func endsReachable() {
        for state in CaseState.allCases where !state.isFinal {
            var reached: Set<CaseState> = [state]
            while let row = StateMachine.transitions.first(where: {
                reached.contains($0.from) && !reached.contains($0.to)
            }) { reached.insert(row.to) }
            #expect(reached.isSuperset(of: [.certified, .refused, .withdrawn]), "\(state)")
        }
    }

    /// Facts under which every guard of a row holds.
    static func progress(for row: Transition) -> CaseProgress {
        let id = CaseID(year: 2026, number: 1)
        var progress = CaseProgress(
            scope: Sample.scope(), policyDigest: Digest(of: "policy"),
            rung: PolicyRung(method: "npo"), unlearning: Sample.run([id]),
            verification: Sample.report(), certificate: Sample.certificate,
            decisions: [
                MatchDecision(
                    subject: "person-017", accepted: false, at: Sample.start, actor: "ada")
            ])
        for item in row.guards {
            switch item.id {
            case "candidates-known", "candidate-left":
                progress.scope = Sample.scope(candidates: Sample.candidates)
            case "check-not-passed": progress.verification = Sample.report(.failed)
            case "result-is-control":
                progress.unlearning = Sample.run([id], method: "none", methodClass: .control)
            case "run-shared":
                progress.unlearning = Sample.run([id, CaseID(year: 2026, number: 99)])
            case "method-exact":
                progress.unlearning = Sample.run([id], method: "retrain", methodClass: .exact)
            default: legalFacts(for: item.id, row, &progress)
            }
        }
        return progress
    }

    /// What guards about decisions ask for.
    static func legalFacts(for id: String, _ row: Transition, _ progress: inout CaseProgress) {
        func days(_ count: Int64) -> Timestamp {
            Timestamp(secondsSince1970: Sample.start.secondsSince1970 + count * 86_400)
        }
        let evidence = IdentityEvidence(
            level: .emailControl, evidence: Digest(of: "seen"), at: Sample.start, actor: "ada")
        switch id {
        case "identity-recorded": progress.legal.identity.evidence = [evidence]
        case "identity-insufficient": progress.legal.identity.required = .document
        case "approver-independent", "closer-independent", "four-eyes-kept":
            progress.legal.fourEyes = true
            progress.legal.runners = ["ada"]
            progress.legal.certifier = "bob"
            progress.legal.approval = Approval(
                actor: "bob", at: Sample.start, outputModel: progress.unlearning?.outputModel)
        case "hold-in-force":
            progress.legal.hold = HoldOrder(
                authority: "court", orderedAt: Sample.start, until: days(1))
        case "hold-run-out":
            progress.legal.hold = HoldOrder(
                authority: "court", orderedAt: Sample.start, until: days(1), expiredAt: days(1))
        case "refusal-complete":
            progress.legal.refusal = Refusal(
                ground: "art17-3-e", text: "a lawsuit", toldAt: Sample.start, actor: "ada")
        case "cancellation-authentic":
            progress.legal.cancellation = Cancellation(
                message: Digest(of: "no"), level: .unverified, at: Sample.start)
        case "superseder-verified":
            progress.legal.supersededBy = Supersession(
                by: CaseID(year: 2026, number: 2), level: .accountLogin, at: Sample.start,
                actor: "ada")
        case "cause-fits":
            let cause = ReopeningCause.allCases.first { $0.opens == row.from } ?? .newHit
            progress.legal.reopenings = [
                Reopening(
                    cause: cause, at: Sample.start, actor: "ada", version: 1, certificate: nil)
            ]
        case "exemption-recorded":
            progress.legal.exemptions = [
                Exemption(
                    ground: "art17-3-e", record: "people/1", at: Sample.start, actor: "ada")
            ]
        case "ground-recorded":
            progress.legal.ground = GroundFinding(
                ground: "art17-1-b", at: Sample.start, actor: "ada")
        case "extension-in-time":
            progress.legal.clock = ClockFacts(receivedAt: Sample.start)
            progress.legal.clock?.extended = ClockExtension(
                givenAt: days(3), reason: "many systems", actor: "ada")
        case "recipient-known":
            progress.legal.recipients = [Recipient(name: "shop", addedAt: Sample.start)]
        default: break
        }
    }

    static func held(_ row: Transition) -> CaseRecord {
        let record = Sample.record(row.from, progress: progress(for: row))
        guard row.event == .release else { return record }
        return CaseRecord(
            id: record.id, state: row.from, heldFrom: row.to, version: 1,
            createdAt: record.createdAt, receivedAt: record.receivedAt, dueAt: record.dueAt,
            regime: record.regime, sourceFormat: record.sourceFormat,
            requestDigest: record.requestDigest, sourceIDDigest: record.sourceIDDigest,
            modelName: record.modelName, progress: record.progress)
    }

    @Test("Every row is taken when its guards hold")
    func everyRow() throws {
        for row in StateMachine.transitions {
            var record = Self.held(row)
            let found = try StateMachine.transition(for: row.event, of: record)
            #expect(found.to == row.to, "\(row.from) \(row.event)")
            StateMachine.apply(found, to: &record)
            #expect(record.state == row.to)
            #expect(record.version == 2)
        }
    }

    @Test("Every guard that asks for facts refuses a case without them")
    func everyGuardRefuses() {
        for row in StateMachine.transitions {
            // These hold as long as nothing is demanded.
            let lenient = ["no-candidate-left", "identity-sufficient", "closer-independent"]
            for item in row.guards where !lenient.contains(item.id) && item.id != "four-eyes-kept" {
                let bare = Sample.record(row.from)
                // The bare held case was held from `scoped`, which is a fact it does have.
                guard row.event != .release || row.to != bare.heldFrom else { continue }
                let taken = (try? StateMachine.transition(for: row.event, of: bare))?.to
                #expect(taken != row.to, "\(row.from) \(row.event) \(item.id)")
            }
        }
    }

    @Test("A control that passed its checks can be tried again but never certified")
    func control() {
        let id = CaseID(year: 2026, number: 1)
        let progress = CaseProgress(
            scope: Sample.scope(), policyDigest: Digest(of: "policy"),
            rung: PolicyRung(method: "none"),
            unlearning: Sample.run([id], method: "none", methodClass: .control),
            verification: Sample.report(), certificate: Sample.certificate)
        let record = Sample.record(.verified, progress: progress)
        let error = caseworkError {
            _ = try StateMachine.transition(for: .certificateIssued, of: record)
        }
        #expect(error?.code == .guardFailed)
        #expect(error?.details["guard"] == "method-certifiable")
        #expect(error?.kind == .refused)
        #expect(StateMachine.allows(.retried, for: record))
    }

    @Test("Three operator decisions in any order leave a consistent case from every state")
    func interleavings() throws {
        let events = CaseEvent.allCases.filter { event in
            StateMachine.transitions.contains { $0.event == event && $0.actor == .operator }
        }
        #expect(events.count == 22)
        var taken = 0
        for start in CaseState.allCases {
            for first in events {
                for second in events {
                    for third in events {
                        var record = Sample.record(start)
                        for event in [first, second, third] {
                            let before = record
                            guard let row = try? StateMachine.transition(for: event, of: record)
                            else {
                                #expect(record == before)
                                continue
                            }
                            StateMachine.apply(row, to: &record)
                            taken += 1
                            #expect(record.version == before.version + 1)
                            #expect((record.heldFrom != nil) == (record.state == .onHold))
                            #expect(
                                !before.state.isFinal || event == .reopened || row.from == row.to)
                            if event == .release { #expect(record.state == before.heldFrom) }
                        }
                    }
                }
            }
        }
        #expect(taken > 1_000)
    }

    @Test("A refused event names the states it is allowed from")
    func refusedEvent() {
        let error = caseworkError {
            _ = try StateMachine.transition(for: .certificateIssued, of: Sample.record(.scoped))
        }
        #expect(error?.code == .notAllowed)
        #expect(
            error?.message == "C-2026-0001 is scoped, and certificate-issued is allowed only "
                + "from: verified.")
        #expect(error?.remedy == "See `lethe case explain C-2026-0001` for what can be done now.")
    }

    @Test("The export holds every row with its guards, effects and actor")
    func export() throws {
        let json = try JSONParser.parse(try stateMachineJSON())
        #expect(json["schema"]?.text == "lethe.case-states.v1")
        #expect(json["initial"]?.text == "received")
        #expect(json["states"]?.items?.count == 13)
        let rows = try #require(json["transitions"]?.items)
        #expect(rows.count == StateMachine.transitions.count)
        let issue = try #require(rows.first { $0["event"]?.text == "certificate-issued" })
        #expect(issue["from"]?.text == "verified")
        #expect(issue["to"]?.text == "certified")
        #expect(
            issue["guards"]?.items?.compactMap(\.text)
                == ["method-certifiable", "certificate-recorded", "four-eyes-kept"])
        #expect(issue["actor"]?.text == "engine")
        #expect(issue["reasonRequired"]?.boolean == false)
        let closing = try #require(rows.first { $0["event"]?.text == "investigation-closed" })
        #expect(closing["reasonRequired"]?.boolean == true)
        #expect(
            closing["guards"]?.items?.compactMap(\.text) == ["method-exact", "closer-independent"])
    }

    @Test("The diagram has an arrow for every pair of states the table connects")
    func diagram() {
        let lines = stateMachineMermaid().split(separator: "\n").map(String.init)
        #expect(lines.first == "stateDiagram-v2")
        #expect(lines.contains("    [*] --> received"))
        #expect(lines.contains("    verified --> certified: certificate-issued"))
        #expect(lines.contains("    superseded --> [*]"))
        let pairs = Set(StateMachine.transitions.map { "\($0.from) \($0.to)" })
        #expect(lines.filter { $0.contains(" --> ") }.count == pairs.count + 1 + 4)
    }
}
