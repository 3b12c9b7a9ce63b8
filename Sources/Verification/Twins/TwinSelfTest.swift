import Domain
import TensorCore

/// What the self-test found: its check, and why generated twins must not be used.
struct TwinSelfTest {
    let check: CheckResult
    /// Nil if they may be used.
    let objection: String?
}

/// Scores of control persons' true values and of twins generated for them as for a tested person.
private struct ControlScores {
    /// C5 of all fields, of each field alone and of the tails, a control an element.
    var whole: [C5Statistics] = []
    var fields: [IdentifierKind: [C5Statistics]] = [:]
    var tails: [C5Statistics] = []
    var skippedCount = 0
}

extension Gate {
    /// Fewer controls than this decide nothing.
    static let neededTwinControlCount = 30
    /// More controls than this are not tested.
    private static let largestTwinControlCount = 100
    /// Share of each of the five p-values: together a sound generator is refused in one case of
    /// twenty.
    private static let twinControlShare = 0.01

    /// Whether generated twins may stand in for a person: to the model after, they must look like
    /// the true values of people known never to have been trained on, whose values have the same
    /// shapes.
    ///
    /// A difference that is not found is not a difference that is not there. So it is not enough
    /// that tests of equality pass; the interval of the area has to lie within bounds
    /// (`TwinShift`), which few controls cannot achieve. Nothing else than such people will do:
    /// fresh weights have not learned what values look like, and would take the worst generator for
    /// a good one.
    ///
    /// One field that is told apart is enough to refuse. To leave that field out instead would let
    /// the model under test decide what it is tested on.
    ///
    /// The outcome is never "failed": not the deletion is at fault.
    func twinSelfTest(
        _ subject: GateSubject, _ tested: Set<String>, personCount: Int, _ generator: TwinGenerator,
        _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> TwinSelfTest {
        let shapes = subject.fields.map { kind in
            let shape = subject.person.values[kind].flatMap { ValueShape(of: $0, kind: kind) }
            return "\(kind.rawValue) \(shape?.description ?? "")"
        }
        let key = ([String(personCount)] + shapes).joined(separator: "\n")
        if let known = findings.twinSelfTests[key] { return known }
        let scores = try controlScores(like: subject, tested, generator, budget, scorer)
        let result = judge(scores, of: subject.fields, personCount: personCount)
        findings.twinSelfTests[key] = result
        return result
    }

    private func controlScores(
        like subject: GateSubject, _ tested: Set<String>, _ generator: TwinGenerator,
        _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> ControlScores {
        var scores = ControlScores()
        for person in strangers where !tested.contains(person.subject) {
            guard scores.whole.count + scores.skippedCount < Self.largestTwinControlCount else {
                break
            }
            guard ValueShape.agree(person, subject.person, in: subject.fields) else { continue }
            let twins = generator.twins(
                for: person, fields: subject.fields, count: budget.controlTwinCount, pool: .gate)
            let control = GateSubject(
                person, pool: twins, neededTwinCount: budget.controlTwinCount,
                twinCount: budget.controlTwinCount,
                leftOut: GateSubject.everything(except: subject.fields))
            guard control.fields == subject.fields else { continue }
            if control.obstacle != nil {
                scores.skippedCount += 1
                continue
            }
            let values = try scorer.valueScores(
                control, fields: control.fields, extent: .shortestRecords)
            let tails = try scorer.tailScores(control, extent: .shortestRecords)
            guard case .statistics(let whole) = try PermutationOutcome({ values }) else {
                scores.skippedCount += 1
                continue
            }
            scores.whole.append(whole)
            for field in control.fields {
                if case .statistics(let c5) = try PermutationOutcome({ values.only(field) }) {
                    scores.fields[field, default: []].append(c5)
                }
            }
            if !tails.fields.isEmpty, case .statistics(let c5) = try PermutationOutcome({ tails }) {
                scores.tails.append(c5)
            }
        }
        return scores
    }

    private func judge(
        _ scores: ControlScores, of fields: [IdentifierKind], personCount: Int
    ) -> TwinSelfTest {
        let check = GateCheck.controlTwins
        func refused(_ reason: String, _ measurements: [Measurement]) -> TwinSelfTest {
            TwinSelfTest(
                check: check.result(
                    .couldNotCheck, measurements, note: reason + "; " + Self.howTwinsAreMade),
                objection: "generated twins cannot be used: " + reason)
        }
        var random = RandomNumbers(seed: seed, stream: "control-twins")
        let count = scores.whole.count
        let counted = Measurement(
            "control-count", Double(count), threshold: Double(Self.neededTwinControlCount),
            direction: .atLeast,
            note: scores.skippedCount == 0
                ? nil : "\(scores.skippedCount) more could not be scored or have too few twins")
        guard counted.outcome == .passed, scores.skippedCount * 10 <= count else {
            return refused(
                "\(count) never-trained persons with values of the same kinds and forms can be "
                    + "scored, \(scores.skippedCount) cannot; \(Self.neededTwinControlCount) are "
                    + "needed, and no more than a tenth of them may be left out", [counted])
        }
        guard
            let whole = TwinExchangeability(scores.whole.map(\.sums), generator: &random)
        else { return refused("the controls' scores are not finite numbers", [counted]) }
        let pooled = pooledC5(
            scores.whole, drawCount: Self.groupDrawCount, generator: &random)
        let share = Self.twinControlShare
        var measurements = [
            counted, whole.ranks.measurement("p-ranks", share: share),
            Measurement("ranks-distance", whole.distance),
            pooled.low.measurement("p-low", share: share),
            pooled.lowest.measurement("p-lowest", share: share),
            pooled.high.measurement("p-high", share: share),
            pooled.highest.measurement("p-highest", share: share),
        ]
        measurements += Self.shift(whole, "", TwinShift.ofWhole, personCount)
        for field in fields {
            let found = TwinExchangeability(
                (scores.fields[field] ?? []).map(\.sums), generator: &random)
            measurements += Self.shift(found, "-\(field.rawValue)", TwinShift.ofField, personCount)
        }
        // Tails are tested with these twins too: without any to compare, nothing is known of them.
        let tails =
            scores.tails.isEmpty
            ? nil : TwinExchangeability(scores.tails.map(\.sums), generator: &random)
        measurements += Self.shift(tails, "-tails", TwinShift.ofField, personCount)
        let missed = measurements.filter { $0.outcome != .passed }.map(\.name)
        guard missed.isEmpty else {
            return refused(
                "the model may tell them from the true values of \(count) people it never saw ("
                    + missed.joined(separator: ", ") + ")", measurements)
        }
        return TwinSelfTest(
            check: check.result(measurements, note: Self.howTwinsAreMade), objection: nil)
    }

    /// The area with its interval, and the farthest it may lie from 1/2 against its bound.
    private static func shift(
        _ found: TwinExchangeability?, _ suffix: String, _ bound: Double, _ personCount: Int
    ) -> [Measurement] {
        let enough = found.map { $0.controlCount >= neededTwinControlCount } ?? false
        return [
            Measurement(
                "auc" + suffix, found?.area, interval: found?.interval,
                intervalKind: "90 % normal, no narrower than for even ranks",
                note: found.map {
                    "true values against generated ones, \($0.controlCount) controls"
                }),
            Measurement(
                "largest-shift" + suffix, enough ? found?.largestShift : nil,
                threshold: TwinShift.allowed(bound, personCount: personCount), direction: .atMost,
                note: "farther end of the interval from .5"),
        ]
    }

    /// For reports.
    private static let howTwinsAreMade =
        "digits and letters are drawn place by place from known values of the same form, years around "
        + "known ones, addresses from shared and invented parts; nobody known has any of the values"
}

extension ValueShape {
    /// Whether both persons have values of one shape in all these fields.
    static func agree(
        _ a: PersonProfile, _ b: PersonProfile, in fields: [IdentifierKind]
    ) -> Bool {
        fields.allSatisfy { kind in
            guard let x = a.values[kind], let y = b.values[kind],
                let shape = ValueShape(of: x, kind: kind)
            else { return false }
            return shape == ValueShape(of: y, kind: kind)
        }
    }
}

extension ValueScores {
    fileprivate func only(_ field: IdentifierKind) -> ValueScores {
        let places = fields.indices.filter { fields[$0] == field.rawValue }
        return ValueScores(fields: places.map { fields[$0] }, rows: places.map { rows[$0] })
    }
}
