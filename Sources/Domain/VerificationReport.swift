/// The three outcomes of a check. There is no fourth, and "could not check" never counts as passed.
package enum CheckOutcome: String, Codable, Sendable {
    case passed, failed
    case couldNotCheck = "could-not-check"
}

/// On which side of its threshold a value must lie.
package enum ThresholdDirection: String, Codable, Sendable {
    case above, atLeast = "at-least", below, atMost = "at-most"

    package func holds(_ value: Double, _ threshold: Double) -> Bool {
        switch self {
        case .above: value > threshold
        case .atLeast: value >= threshold
        case .below: value < threshold
        case .atMost: value <= threshold
        }
    }
}

/// One measured number with what it was held against.
package struct Measurement: Codable, Sendable, Equatable {
    /// Kebab-case name, e.g. `p-low`, `extraction-strength`.
    package let name: String
    /// Nil when it could not be computed; then `note` says why.
    package let value: Double?
    package let threshold: Double?
    package let direction: ThresholdDirection?
    /// Confidence interval `[lower, upper]`, where one is defined.
    package let interval: [Double]?
    /// What the interval is, e.g. `95 % Clopper-Pearson`.
    package let intervalKind: String?
    package let note: String?

    package init(
        _ name: String, _ value: Double?, threshold: Double? = nil,
        direction: ThresholdDirection? = nil, interval: ClosedRange<Double>? = nil,
        intervalKind: String? = nil, note: String? = nil
    ) {
        self.name = name
        self.value = value
        self.threshold = threshold
        self.direction = direction
        self.interval = interval.map { [$0.lowerBound, $0.upperBound] }
        self.intervalKind = intervalKind
        self.note = note
    }

    /// A missing value with a threshold could not be checked; without a threshold it is information.
    package var outcome: CheckOutcome {
        guard let threshold, let direction else { return .passed }
        guard let value, value.isFinite else { return .couldNotCheck }
        return direction.holds(value, threshold) ? .passed : .failed
    }
}

/// One check of the gate: a named question with its measurements and its outcome.
package struct CheckResult: Codable, Sendable, Equatable {
    /// Permanent kebab-case id, e.g. `forget-values`, `maintain`, `control-untouched`.
    package let id: String
    /// The family: `control`, `forget`, `mismatch`, `maintain`, `attack`, `tokenizer`.
    package let family: String
    /// The question in one sentence for people.
    package let title: String
    package let outcome: CheckOutcome
    package let measurements: [Measurement]
    /// Why it failed or could not be checked, or what limits it. No personal data.
    package let note: String?
    /// Nil for none, so that a check without figures is written as it was before there were any.
    private let drawn: [ReportFigure]?

    /// Pictures of what was measured; the outcome does not rest on them.
    package var figures: [ReportFigure] { drawn ?? [] }

    private enum CodingKeys: String, CodingKey {
        case id, family, title, outcome, measurements, note
        case drawn = "figures"
    }

    package init(
        id: String, family: String, title: String, outcome: CheckOutcome,
        measurements: [Measurement], note: String? = nil, figures: [ReportFigure] = []
    ) {
        self.id = id
        self.family = family
        self.title = title
        self.outcome = outcome
        self.measurements = measurements
        self.note = note
        drawn = figures.isEmpty ? nil : figures
    }

    /// The outcome follows from the measurements: failed if one failed, else could-not-check if one
    /// could not be checked or none has a threshold, else passed.
    package init(
        id: String, family: String, title: String, measurements: [Measurement],
        note: String? = nil, figures: [ReportFigure] = []
    ) {
        let gated = measurements.filter { $0.threshold != nil }.map(\.outcome)
        let outcome: CheckOutcome =
            gated.contains(.failed)
            ? .failed : gated.isEmpty || gated.contains(.couldNotCheck) ? .couldNotCheck : .passed
        self.init(
            id: id, family: family, title: title, outcome: outcome, measurements: measurements,
            note: note, figures: figures)
    }
}

/// What the verifier found about one case's model. It holds numbers, digests and names of checks;
/// never personal data, generated text or values of records.
package struct VerificationReport: Codable, Sendable, Equatable {
    package let schema: String
    package let modelBefore: Digest
    package let modelAfter: Digest
    package let policyDigest: Digest
    package let seed: UInt64
    package let checks: [CheckResult]
    /// Source and number of the twins, e.g. `held-out persons of corpus people-twins`.
    package let twinSource: String
    package let twinCount: Int
    /// Fields of the person that were tested, and those that were not with the reason.
    package let testedFields: [String]
    package let untestedFields: [String: String]
    /// Attacks and checks that were not run.
    package let notTested: [String]
    /// Core name, thread count and batch shape: what bit-equality of the numbers depends on.
    package let environment: [String: String]

    package init(
        modelBefore: Digest, modelAfter: Digest, policyDigest: Digest, seed: UInt64,
        checks: [CheckResult], twinSource: String, twinCount: Int, testedFields: [String],
        untestedFields: [String: String], notTested: [String], environment: [String: String]
    ) {
        schema = "lethe.verification.v1"
        self.modelBefore = modelBefore
        self.modelAfter = modelAfter
        self.policyDigest = policyDigest
        self.seed = seed
        self.checks = checks
        self.twinSource = twinSource
        self.twinCount = twinCount
        self.testedFields = testedFields
        self.untestedFields = untestedFields
        self.notTested = notTested
        self.environment = environment
    }

    /// The same without pictures, where numbers alone are to be kept.
    package var withoutFigures: VerificationReport {
        VerificationReport(
            modelBefore: modelBefore, modelAfter: modelAfter, policyDigest: policyDigest,
            seed: seed,
            checks: checks.map {
                CheckResult(
                    id: $0.id, family: $0.family, title: $0.title, outcome: $0.outcome,
                    measurements: $0.measurements, note: $0.note)
            }, twinSource: twinSource, twinCount: twinCount, testedFields: testedFields,
            untestedFields: untestedFields, notTested: notTested, environment: environment)
    }

    /// The same with further checks behind its own.
    package func adding(_ more: [CheckResult]) -> VerificationReport {
        VerificationReport(
            modelBefore: modelBefore, modelAfter: modelAfter, policyDigest: policyDigest,
            seed: seed, checks: checks + more, twinSource: twinSource, twinCount: twinCount,
            testedFields: testedFields, untestedFields: untestedFields, notTested: notTested,
            environment: environment)
    }

    /// Fails closed: passed only if there is at least one check and every check passed.
    package var outcome: CheckOutcome {
        let outcomes = checks.map(\.outcome)
        if outcomes.contains(.failed) { return .failed }
        return outcomes.isEmpty || outcomes.contains(.couldNotCheck) ? .couldNotCheck : .passed
    }

    /// One report about several persons of one case: every check with the result of the person it went
    /// worst for. A field counts as tested only if it was tested for everybody.
    package init?(worstOf reports: [VerificationReport]) {
        guard let first = reports.first else { return nil }
        guard reports.count > 1 else {
            self = first
            return
        }
        func rank(_ check: CheckResult) -> Int {
            switch check.outcome {
            case .failed: 0
            case .couldNotCheck: 1
            case .passed: 2
            }
        }
        // Some checks are made for some persons only.
        let ids = reports.flatMap(\.checks).map(\.id).reduce(into: [String]()) { all, id in
            if !all.contains(id) { all.append(id) }
        }
        let sources = reports.map(\.twinSource).reduce(into: [String]()) { all, source in
            if !all.contains(source) { all.append(source) }
        }
        let checks = ids.compactMap { id in
            reports.compactMap { report in report.checks.first { $0.id == id } }
                .min { rank($0) < rank($1) }
        }
        let tested = reports.map { Set($0.testedFields) }.reduce(Set(first.testedFields)) {
            $0.intersection($1)
        }
        var untested = reports.reduce(into: [String: String]()) { all, report in
            all.merge(report.untestedFields) { first, _ in first }
        }
        for field in reports.flatMap(\.testedFields)
        where !tested.contains(field) && untested[field] == nil {
            untested[field] = "not tested for every person of the case"
        }
        self.init(
            modelBefore: first.modelBefore, modelAfter: first.modelAfter,
            policyDigest: first.policyDigest, seed: first.seed, checks: checks,
            twinSource: sources.joined(separator: "; "),
            twinCount: reports.map(\.twinCount).min() ?? 0,
            testedFields: tested.sorted(), untestedFields: untested, notTested: first.notTested,
            environment: first.environment)
    }
}
