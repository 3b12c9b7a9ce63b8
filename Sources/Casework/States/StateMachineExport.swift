import Domain
import Foundation

/// The table as one JSON document, `lethe.case-states.v1`; `lethe case states --json` prints it.
package func stateMachineJSON() throws -> Data {
    try CanonicalJSON.pretty(StateMachineDocument())
}

private struct StateMachineDocument: Encodable {
    struct State: Encodable {
        let id, meaning: String
        let duty: CaseDuty
        let waitsFor: CaseActor?
        let final: Bool
    }
    struct Named: Encodable {
        let id, meaning: String
    }
    struct Row: Encodable {
        let from: CaseState
        let event: CaseEvent
        let to: CaseState
        let guards: [String]
        let effects: [TransitionEffect]
        let reasonRequired: Bool
        let actor: CaseActor
        let title: String
    }

    let schema = "lethe.case-states.v1"
    let initial = StateMachine.initial
    let states = StateMachine.states.map {
        State(
            id: $0.state.rawValue, meaning: $0.meaning, duty: $0.duty, waitsFor: $0.waitsFor,
            final: $0.state.isFinal)
    }
    let guards = TransitionGuard.all.map { Named(id: $0.id, meaning: $0.meaning) }
    let effects = TransitionEffect.allCases.map { Named(id: $0.rawValue, meaning: $0.meaning) }
    let transitions = StateMachine.transitions.map {
        Row(
            from: $0.from, event: $0.event, to: $0.to, guards: $0.guards.map(\.id),
            effects: $0.effects, reasonRequired: $0.reasonRequired, actor: $0.actor,
            title: $0.title)
    }
}

/// The table as a Mermaid state diagram. Rows between the same two states share an arrow.
package func stateMachineMermaid() -> String {
    func name(_ state: CaseState) -> String {
        state.rawValue.replacingOccurrences(of: "-", with: "_")
    }
    var lines = ["stateDiagram-v2"]
    for item in StateMachine.states {
        lines.append("    state \"\(item.state.rawValue)\" as \(name(item.state))")
    }
    lines.append("    [*] --> \(name(StateMachine.initial))")
    var arrows: [(from: CaseState, to: CaseState, events: [String])] = []
    for row in StateMachine.transitions {
        if let index = arrows.firstIndex(where: { $0.from == row.from && $0.to == row.to }) {
            arrows[index].events.append(row.event.rawValue)
        } else {
            arrows.append((row.from, row.to, [row.event.rawValue]))
        }
    }
    for arrow in arrows {
        let events = arrow.events.joined(separator: ", ")
        lines.append("    \(name(arrow.from)) --> \(name(arrow.to)): \(events)")
    }
    for item in StateMachine.states where item.state.isFinal {
        lines.append("    \(name(item.state)) --> [*]")
    }
    return lines.joined(separator: "\n") + "\n"
}
