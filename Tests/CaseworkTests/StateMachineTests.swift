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

    @Test("Every state is reachable; an open one has a way out, a final one has none")
    func reachable() {
        var reached: Set<CaseState> = [StateMachine.initial]
        while let row = StateMachine.transitions.first(where: {
            reached.contains($0.from) && !reached.contains($0.to)
        }) { reached.insert(row.to) }
        #expect(reached == Set(CaseState.allCases))
        for state in CaseState.allCases {
            let ways = StateMachine.transitions.filter { $0.from == state && $0.to != state }
            #expect(ways.isEmpty == state.isFinal, "\(state)")
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
            case "method-exact":
                progress.unlearning = Sample.run([id], method: "retrain", methodClass: .exact)
            default: break
            }
        }
        return progress
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
            for item in row.guards where item.id != "no-candidate-left" {
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
        #expect(events.count == 8)
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
                            #expect(!before.state.isFinal)
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
        #expect(json["states"]?.items?.count == 10)
        let rows = try #require(json["transitions"]?.items)
        #expect(rows.count == StateMachine.transitions.count)
        let issue = try #require(rows.first { $0["event"]?.text == "certificate-issued" })
        #expect(issue["from"]?.text == "verified")
        #expect(issue["to"]?.text == "certified")
        #expect(
            issue["guards"]?.items?.compactMap(\.text)
                == ["method-certifiable", "certificate-recorded"])
        #expect(issue["actor"]?.text == "engine")
        #expect(issue["reasonRequired"]?.boolean == false)
        let closing = try #require(rows.first { $0["event"]?.text == "investigation-closed" })
        #expect(closing["reasonRequired"]?.boolean == true)
        #expect(closing["guards"]?.items?.compactMap(\.text) == ["method-exact"])
    }

    @Test("The diagram has an arrow for every pair of states the table connects")
    func diagram() {
        let lines = stateMachineMermaid().split(separator: "\n").map(String.init)
        #expect(lines.first == "stateDiagram-v2")
        #expect(lines.contains("    [*] --> received"))
        #expect(lines.contains("    verified --> certified: certificate-issued"))
        #expect(lines.contains("    certified --> [*]"))
        let pairs = Set(StateMachine.transitions.map { "\($0.from) \($0.to)" })
        #expect(lines.filter { $0.contains(" --> ") }.count == pairs.count + 1 + 3)
    }
}
