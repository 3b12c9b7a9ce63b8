import Domain

/// Taking every open case as far as it can go.
extension CaseDriver {
    /// Scopes what was received, then works through one model after the other. Cases that fail are
    /// reported and left where they are; the others go on.
    /// - Parameters:
    ///   - ids: nil means every open case.
    ///   - method: goes first on the ladder. If it is a control, nothing follows it in this run.
    ///   - onEvent: told each event as soon as it is on disk.
    /// - Throws: what concerns the workspace as a whole: interruption, I/O, broken integrity.
    @discardableResult
    package func run(
        cases ids: [CaseID]? = nil, method: String? = nil,
        onEvent: @escaping (DriverEvent) -> Void = { _ in }
    ) throws -> [DriverEvent] {
        let run = DriverRun(
            driver: self, method: method, isNamed: ids != nil, onEvent: onEvent)
        for record in try selection(ids) {
            try run.attempt([record]) { try settleIdentity(record).map { [$0] } ?? [] }
        }
        for record in try selection(ids) where StateMachine.duty(of: record) == .scope {
            try run.attempt([record]) { [try scope(record)] }
        }
        let selected = try selection(ids)
        run.reportWaiting(selected)
        for model in modelNames(selected) {
            while try run.step(
                try selection(ids).filter { $0.modelName == model && !run.isStopped($0.id) })
            {}
        }
        return run.events
    }

    /// What `run` would begin with, from what is stored now.
    package func plan(cases ids: [CaseID]? = nil, method: String? = nil) throws -> [PlannedStep] {
        let selected = try selection(ids)
        let received = selected.filter { StateMachine.duty(of: $0) == .scope }
        var steps = received.map {
            PlannedStep(
                cases: [$0.id], duty: .scope, method: nil,
                sentence: "The index would be searched for the person's records.")
        }
        for model in modelNames(selected) {
            let members = selected.filter { $0.modelName == model }
            for record in members {
                let duty = StateMachine.duty(of: record)
                guard duty == .verify || duty == .certify else { continue }
                let action = duty == .verify ? "measured" : "certified"
                steps.append(
                    PlannedStep(
                        cases: [record.id], duty: duty, method: nil,
                        sentence: "The result of the run would be \(action)."))
            }
            for group in DriverRun.groups(members, by: policy.groups) {
                guard let (next, notes) = try firstUsable(for: group, model, method: method) else {
                    continue
                }
                steps.append(
                    PlannedStep(
                        cases: group.map(\.id), duty: .unlearn, method: next.rung.method,
                        sentence: "\(counted(group.count, "case")) would be unlearned from "
                            + "\(model) in one run (\(next.costText))."
                            + notes.map { " " + $0 }.joined()))
            }
        }
        return steps
    }

    private func selection(_ ids: [CaseID]?) throws -> [CaseRecord] {
        if let ids { return try Set(ids).sorted().map { try store.load($0) } }
        return try store.openCases()
    }

    /// In the order of their oldest case.
    private func modelNames(_ records: [CaseRecord]) -> [String] {
        records.compactMap(\.modelName).reduce(into: []) { names, name in
            if !names.contains(name) { names.append(name) }
        }
    }
}

/// The memory of one `run`: what happened, and which cases are left alone for the rest of it.
private final class DriverRun {
    private let driver: CaseDriver
    private let method: String?
    /// The operator named the cases.
    private let isNamed: Bool
    private let onEvent: (DriverEvent) -> Void
    private(set) var events: [DriverEvent] = []
    private var stopped: Set<CaseID> = []

    init(
        driver: CaseDriver, method: String?, isNamed: Bool,
        onEvent: @escaping (DriverEvent) -> Void
    ) {
        self.driver = driver
        self.method = method
        self.isNamed = isNamed
        self.onEvent = onEvent
    }

    func isStopped(_ id: CaseID) -> Bool { stopped.contains(id) }

    func report(_ new: [DriverEvent]) {
        events += new
        new.forEach(onEvent)
    }

    /// Cases that a run cannot move are named, so that nothing is passed over in silence.
    func reportWaiting(_ records: [CaseRecord]) {
        for record in records {
            switch StateMachine.duty(of: record) {
            case .decideMatch, .confirmIdentity, .release:
                // A case that came to wait in this run has said so already.
                guard !events.contains(where: { $0.caseID == record.id }) else { continue }
                stop(record, "Waits for an operator: `lethe case explain \(record.id)`.")
            case .nothing:
                stop(record, "Closed: \(StateMachine.description(of: record.state).meaning).")
            default: continue
            }
        }
    }

    private func stop(_ record: CaseRecord, _ sentence: String) {
        stopped.insert(record.id)
        report([DriverEvent(stopped: record, sentence)])
    }

    /// Does `work`; an error that concerns only these cases stops them for this run.
    func attempt(_ records: [CaseRecord], _ work: () throws -> [DriverEvent]) throws {
        do { report(try work()) } catch let error as any ReportableError {
            switch error.kind {
            case .interrupted, .integrity, .io: throw error
            default:
                for record in records {
                    stopped.insert(record.id)
                    report([DriverEvent(stopped: record, error.message, failure: error)])
                }
            }
        }
    }

    /// One step for the cases of one model. What is furthest on comes first, so that a group is
    /// taken to its end before the next one starts from the model it leaves.
    /// - Returns: false when nothing is left to do.
    func step(_ records: [CaseRecord]) throws -> Bool {
        func inDuty(_ duty: CaseDuty) -> [CaseRecord] {
            records.filter { StateMachine.duty(of: $0) == duty }
        }
        for record in records {
            let before = events.count
            try attempt([record]) {
                try (driver.moveIfModelMoved(record) ?? driver.settleIdentity(record)).map { [$0] }
                    ?? []
            }
            if events.count > before { return true }
        }
        if let record = inDuty(.verify).first {
            try attempt([record]) { [try driver.verify(record)] }
            return true
        }
        if let record = inDuty(.certify).first {
            try certifyOrRetry(record)
            return true
        }
        if let record = inDuty(.retryOrDecide).first {
            let runID = record.progress.unlearning?.runID
            try retry(inDuty(.retryOrDecide).filter { $0.progress.unlearning?.runID == runID })
            return true
        }
        let groups = Self.groups(inDuty(.unlearn), by: driver.policy.groups)
        guard let group = groups.first else { return false }
        if let until = waitsUntil(group) {
            for record in group {
                stop(
                    record,
                    "Waits for other cases of the model until \(until); `lethe run --case "
                        + "\(record.id)` does not wait.")
            }
            return true
        }
        try attempt(group) {
            let ladder = try driver.ladder(method: method, for: group)
            let done = try driver.unlearn(group, ladder: ladder)
            if let first = group.first, done.isEmpty { throw driver.exhausted(first) }
            return done
        }
        return true
    }

    private func certifyOrRetry(_ record: CaseRecord) throws {
        // Only a control's result can be retried from here; see the table.
        if StateMachine.allows(.retried, for: record), !endsWithControl(record) {
            try retry([record])
        } else if driver.waitsForApproval(record) {
            stop(
                record,
                "Waits for the approval of somebody else: `lethe case explain \(record.id)`.")
        } else {
            try attempt([record]) { [try driver.certify(record)] }
        }
    }

    private func retry(_ group: [CaseRecord]) throws {
        let controls = group.filter(endsWithControl)
        for record in controls {
            stop(
                record, "The method is one that is never certified; the report shows how it fared.")
        }
        var rest = group.filter { !endsWithControl($0) }
        for record in rest where driver.waitsForInvestigation(record, method: method) {
            try attempt([record]) {
                throw try driver.ladder(method: method, for: [record]).next(for: [record]) == nil
                    ? driver.exhausted(record) : driver.investigationNeeded(record)
            }
        }
        rest.removeAll { isStopped($0.id) }
        // A test over the whole group fails for everybody if one person of it shows; the others are
        // tried again without that person, from the first rung.
        let innocent = rest.filter(\.failedOnlyAsGroup)
        if !innocent.isEmpty, innocent.count < rest.count {
            try attempt(innocent) {
                try driver.splitGroup(
                    innocent, "Others of the group failed; it is tried again without them.")
            }
            rest.removeAll { $0.failedOnlyAsGroup }
        }
        guard !rest.isEmpty else { return }
        try attempt(rest) {
            let ladder = try driver.ladder(method: method, for: rest)
            var events = try driver.retry(rest, ladder: ladder)
            if events.isEmpty {
                events = try driver.splitGroup(
                    rest, "No method worked for the group; this case is tried alone.", alone: true)
            }
            if let first = rest.first, events.isEmpty { throw driver.exhausted(first) }
            return events
        }
    }

    /// An operator who asks for a control, or for a suppression, wants to see how it fares, not what
    /// comes after it.
    private func endsWithControl(_ record: CaseRecord) -> Bool {
        guard let run = record.progress.unlearning else { return false }
        return !run.methodClass.isCertifiable && run.method == method
    }

    /// Cases that share the next run: all that start afresh, and those that failed in the same run.
    /// Groups that have tried more come first, then those with the older case.
    ///
    /// The policy's largest number of persons splits those that start afresh; a case that a run with
    /// others could not help is a group of its own.
    static func groups(
        _ records: [CaseRecord], by policy: GroupingPolicy? = nil
    ) -> [[CaseRecord]] {
        var groups: [(key: String, cases: [CaseRecord])] = []
        for record in records where StateMachine.duty(of: record) == .unlearn {
            let tried = record.progress.triedRungs
            let key =
                record.progress.runsAlone
                ? record.id.description
                : tried.isEmpty ? "" : record.progress.failures.last?.runID ?? ""
            if let index = groups.firstIndex(where: { $0.key == key }) {
                groups[index].cases.append(record)
            } else {
                groups.append((key, [record]))
            }
        }
        func triedCount(_ cases: [CaseRecord]) -> Int {
            cases.map(\.progress.triedRungs.count).max() ?? 0
        }
        let sized = groups.flatMap { group in
            group.key.isEmpty
                ? split(group.cases, persons: policy?.maximumPersons ?? .max) : [group.cases]
        }
        return sized.enumerated().sorted {
            (-triedCount($0.element), $0.offset) < (-triedCount($1.element), $1.offset)
        }.map(\.element)
    }

    /// In order, as many to a group as have this number of persons together; at least one case.
    private static func split(_ cases: [CaseRecord], persons limit: Int) -> [[CaseRecord]] {
        var groups: [[CaseRecord]] = []
        var count = 0
        for record in cases {
            let persons = personCount([record])
            if groups.isEmpty || count + persons > limit {
                groups.append([])
                count = 0
            }
            groups[groups.count - 1].append(record)
            count += persons
        }
        return groups
    }

    private static func personCount(_ cases: [CaseRecord]) -> Int {
        cases.reduce(0) { $0 + max(1, $1.progress.scope?.subjects.count ?? 1) }
    }

    /// Until when a group that starts afresh waits for more cases: the policy's window after its first
    /// came in, but not once it is full, nor past the planning line of a deadline, nor where the operator
    /// named the cases.
    private func waitsUntil(_ group: [CaseRecord]) -> Timestamp? {
        guard let window = driver.policy.groups?.windowSeconds, window > 0, !isNamed,
            group.allSatisfy({ $0.progress.triedRungs.isEmpty && !$0.progress.runsAlone }),
            Self.personCount(group) < driver.policy.groups?.maximumPersons ?? .max,
            let first = group.map(\.createdAt).min(), let due = group.map(\.dueAt).min()
        else { return nil }
        // A week is left for the run, the checks, the signature and the answer.
        let latest = due.secondsSince1970 - 7 * 86_400
        let until = min(first.secondsSince1970 + Int64(window), latest)
        return until > driver.clock.now().secondsSince1970
            ? Timestamp(secondsSince1970: until) : nil
    }
}

extension CaseRecord {
    /// The person's own checks passed; only what is asked over all persons of the run did not.
    fileprivate var failedOnlyAsGroup: Bool {
        progress.verification?.failedChecks == ["forget-group"]
            && (progress.unlearning?.casesInRun.count ?? 0) > 1
    }
}
