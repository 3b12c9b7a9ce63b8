import Domain

/// The checks of the gate, in the order of the report. The raw values are permanent.
package enum GateCheck: String, CaseIterable, Sendable {
    case controlUntouched = "control-untouched"
    case controlRetainedKnown = "control-retained-known"
    case controlNeverTrained = "control-never-trained"
    case controlTwins = "control-twins"
    case controlReference = "control-reference"
    case forgetValues = "forget-values"
    case forgetTails = "forget-tails"
    case forgetGroup = "forget-group"
    case forgetEarlier = "forget-earlier"
    case memorizationCeiling = "memorization-ceiling"
    case mismatch
    case maintain
    case attackLoss = "attack-loss"
    case attackMinK = "attack-min-k"
    case attackRelearning = "attack-relearning"
    case tokenizer
    case reconstructionGreedy = "reconstruction-greedy"
    case reconstructionBeam = "reconstruction-beam"
    case reconstructionCandidates = "reconstruction-candidates"
    case reconstructionPrompts = "reconstruction-prompts"
    case reconstructionSampled = "reconstruction-sampled"
    case robustInt8 = "robust-int8"
    case robustInt4 = "robust-int4"
    case robustRelearnUnrelated = "robust-relearn-unrelated"
    case robustRelearnRecords = "robust-relearn-records"

    package var family: String {
        switch self {
        case .controlUntouched, .controlRetainedKnown, .controlNeverTrained, .controlTwins,
            .controlReference:
            "control"
        case .forgetValues, .forgetTails, .forgetGroup, .forgetEarlier, .memorizationCeiling:
            "forget"
        case .mismatch: "mismatch"
        case .maintain: "maintain"
        case .attackLoss, .attackMinK, .attackRelearning: "attack"
        case .tokenizer: "tokenizer"
        case .reconstructionGreedy, .reconstructionBeam, .reconstructionCandidates,
            .reconstructionPrompts, .reconstructionSampled:
            "reconstruction"
        case .robustInt8, .robustInt4, .robustRelearnUnrelated, .robustRelearnRecords: "robustness"
        }
    }

    /// Whether the check is run only where the policy requires it. Each such check gates one p-value.
    package var isOnRequest: Bool { ["reconstruction", "robustness"].contains(family) }

    /// The checks that a policy has run, in the order of the report.
    static func run(by policy: GatePolicy) -> [GateCheck] {
        let required = policy.requiredChecks?.checks ?? []
        return allCases.filter { !$0.isOnRequest || required.contains($0.rawValue) }
    }

    package var title: String {
        switch self {
        case .controlUntouched: "Does the test recognise the person in the model before deletion?"
        case .controlRetainedKnown: "Does the test recognise persons who were kept?"
        case .controlNeverTrained: "Does the test leave persons alone who were never trained on?"
        case .controlTwins: "Do generated twins look to the model like people it never saw?"
        case .controlReference:
            "Does the test leave a model alone that was trained without the person?"
        case .forgetValues: "Are the person's values no likelier than those of strangers?"
        case .forgetTails: "Given the first half of a value, is the second half unknown?"
        case .forgetGroup: "Is nothing left when the deleted persons are tested together?"
        case .forgetEarlier: "Are the persons deleted earlier still unknown?"
        case .memorizationCeiling: "Are the answers reproduced no better than strangers' answers?"
        case .mismatch: "Are the generated answers fluent and no closer to the truth?"
        case .maintain: "Does the model still know everything else?"
        case .attackLoss: "Does the loss attack take the person for a stranger?"
        case .attackMinK: "Does the Min-K% attack take the person for a stranger?"
        case .attackRelearning: "Does brief training on half of the data leave the rest unknown?"
        case .tokenizer: "Is the vocabulary free of the person's numbers and name?"
        case .reconstructionGreedy:
            "Does the model leave the person's values out when it writes on?"
        case .reconstructionBeam: "Are the values missing among its likeliest continuations, too?"
        case .reconstructionCandidates: "Do the true values rank among strangers' like any other?"
        case .reconstructionPrompts:
            "Do other words, persuasion and reverse questions bring nothing?"
        case .reconstructionSampled: "Are texts drawn from the model free of the person's values?"
        case .robustInt8: "Is the person still unknown after rounding to 8 bits?"
        case .robustInt4: "Is the person still unknown after rounding to 4 bits?"
        case .robustRelearnUnrelated: "Is the person still unknown after training on other data?"
        case .robustRelearnRecords: "Does training on half of the records leave the rest unknown?"
        }
    }

    func result(
        _ measurements: [Measurement], note: String? = nil, figures: [ReportFigure] = []
    ) -> CheckResult {
        CheckResult(
            id: rawValue, family: family, title: title, measurements: measurements, note: note,
            figures: figures)
    }

    func result(
        _ outcome: CheckOutcome, _ measurements: [Measurement], note: String?,
        figures: [ReportFigure] = []
    ) -> CheckResult {
        CheckResult(
            id: rawValue, family: family, title: title, outcome: outcome,
            measurements: measurements, note: note, figures: figures)
    }

    func couldNotCheck(_ reason: String) -> CheckResult {
        result(.couldNotCheck, [], note: reason)
    }
}
