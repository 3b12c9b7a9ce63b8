import Domain

extension StateMachine {
    /// What the table says about a state.
    package static func description(of state: CaseState) -> StateDescription {
        // The fallback is never taken: a test holds the table against `CaseState.allCases`.
        states.first { $0.state == state }
            ?? StateDescription(state: state, duty: .nothing, waitsFor: nil, meaning: "")
    }

    package static func duty(of record: CaseRecord) -> CaseDuty {
        description(of: record.state).duty
    }

    /// The rows for an event in a state, whatever their guards say.
    package static func rows(from state: CaseState, on event: CaseEvent) -> [Transition] {
        transitions.filter { $0.from == state && $0.event == event }
    }

    /// Events that have a row in this state, in the order of the table.
    package static func events(from state: CaseState) -> [CaseEvent] {
        transitions.filter { $0.from == state }.reduce(into: []) { events, row in
            if !events.contains(row.event) { events.append(row.event) }
        }
    }

    /// Whether any row for the event requires a reason.
    package static func requiresReason(_ event: CaseEvent) -> Bool {
        transitions.contains { $0.event == event && $0.reasonRequired }
    }

    /// Whether the event could happen to the record as it is now, taking guards about facts that the
    /// event itself would bring as held.
    package static func allows(
        _ event: CaseEvent, for record: CaseRecord, assuming assumed: Set<String> = []
    ) -> Bool {
        (try? transition(for: event, of: record, assuming: assumed)) != nil
    }

    /// The row that applies to a record whose progress already holds the event's facts.
    /// - Parameter assumed: ids of guards that are not asked, to look ahead before work is done.
    /// - Throws: `not-allowed` with the states the event is allowed from; `guard-failed` with the
    ///   guard that does not hold.
    package static func transition(
        for event: CaseEvent, of record: CaseRecord, assuming assumed: Set<String> = []
    ) throws -> Transition {
        let rows = rows(from: record.state, on: event)
        guard !rows.isEmpty else {
            let sources = transitions.filter { $0.event == event }.map(\.from.rawValue)
            let allowed = sources.reduce(into: [String]()) { unique, source in
                if !unique.contains(source) { unique.append(source) }
            }
            throw CaseworkError(
                .notAllowed,
                "\(record.id) is \(record.state.rawValue), and \(event.rawValue) is allowed only "
                    + "from: \(allowed.joined(separator: ", ")).",
                details: [
                    "case": record.id.description, "state": record.state.rawValue,
                    "event": event.rawValue, "allowedFrom": allowed.joined(separator: " "),
                ],
                remedy: "See `lethe case explain \(record.id)` for what can be done now.")
        }
        var broken: TransitionGuard?
        for row in rows {
            let question = TransitionGuard.Question(record: record, destination: row.to)
            let failed = row.guards.first { !assumed.contains($0.id) && !$0.holds(question) }
            guard let failed else { return row }
            broken = broken ?? failed
        }
        throw CaseworkError(
            .guardFailed,
            "\(event.rawValue) is refused for \(record.id), which is \(record.state.rawValue), "
                + "because it requires that \(broken?.meaning ?? "a guard holds").",
            details: [
                "case": record.id.description, "state": record.state.rawValue,
                "event": event.rawValue, "guard": broken?.id ?? "",
            ],
            remedy: "See `lethe case explain \(record.id)` for what can be done now.")
    }

    /// Carries a row out on a record: effects in order, then the state and the version.
    package static func apply(_ row: Transition, to record: inout CaseRecord) {
        for effect in row.effects { effect.apply(to: &record) }
        record.state = row.to
        record.version += 1
    }
}
