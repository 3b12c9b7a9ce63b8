import Certificates
import Domain

/// A certificate of the usual size: 14 checks, 8 copies. The numbers are those of a run on invented
/// persons.
enum UsualCertificate {
    static let clopperPearson =
        "95 % Clopper-Pearson of the share of candidates at least as extreme"

    private static func p(
        _ name: String, _ value: Double, _ interval: ClosedRange<Double>,
        threshold: Double? = 0.005
    ) -> Measurement {
        Measurement(
            name, value, threshold: threshold, direction: threshold == nil ? nil : .above,
            interval: interval, intervalKind: clopperPearson)
    }

    static func checks() -> [CheckResult] {
        [
            CheckResult(
                id: "control-untouched", family: "control",
                title: "Does the test recognise the person in the model before deletion?",
                outcome: .passed,
                measurements: [
                    p("p-low", 0.005, 0...0.018366, threshold: nil),
                    p("p-lowest", 0.005, 0...0.018366, threshold: nil),
                ], note: "recognised at the thresholds of forget-values"),
            CheckResult(
                id: "control-retained-known", family: "control",
                title: "Does the test recognise persons who were kept?",
                measurements: [
                    Measurement(
                        "known-share", 1, threshold: 0.75, direction: .atLeast,
                        interval: 0.5407418735600995...1, intervalKind: "95 % Clopper-Pearson",
                        note: "6 of 6 persons, each field in its shortest record")
                ]),
            CheckResult(
                id: "control-never-trained", family: "control",
                title: "Does the test leave persons alone who were never trained on?",
                measurements: [
                    Measurement(
                        "flagged-share", 0.07692307692307693, threshold: 0.25, direction: .atMost,
                        interval: 0.0019456...0.3602974, intervalKind: "95 % Clopper-Pearson")
                ]),
            CheckResult(
                id: "forget-values", family: "forget",
                title: "Are the person's values no likelier than those of strangers?",
                measurements: [
                    p("p-low", 0.215, 0.1565...0.2744), p("p-lowest", 0.165, 0.1127...0.2194),
                    p("p-high", 0.79, 0.7256...0.8435), p("p-highest", 0.71, 0.6401...0.7707),
                ], note: "1 of 6 records hold no tested value"),
            CheckResult(
                id: "forget-tails", family: "forget",
                title: "Given the first half of a value, is the second half unknown?",
                measurements: [
                    p("p-low", 0.125, 0.0788...0.1741), p("p-lowest", 0.555, 0.4808...0.6231),
                ]),
            CheckResult(
                id: "forget-earlier", family: "forget",
                title: "Are the persons deleted earlier still unknown?",
                measurements: [
                    Measurement(
                        "extraction-strength", 0.15268549280177188,
                        threshold: 0.28491161616161614, direction: .atMost,
                        note: "largest over the persons"),
                    p("p-low", 0.381, 0.3674...0.3945, threshold: 0.0024),
                    p("p-lowest", 0.6246, 0.6109...0.638, threshold: 0.0024),
                    Measurement("person-count", 4),
                ]),
            CheckResult(
                id: "memorization-ceiling", family: "forget",
                title: "Are the answers reproduced no better than strangers' answers?",
                measurements: [
                    Measurement(
                        "extraction-strength", 0.06476043113974149, threshold: 0.23492072706632094,
                        direction: .atMost),
                    Measurement(
                        "exact-memorization", 0.44476261286606117, threshold: 0.6272507965994557,
                        direction: .atMost),
                ]),
            CheckResult(
                id: "mismatch", family: "mismatch",
                title: "Are the generated answers fluent and no closer to the truth?",
                measurements: [
                    p("p-closer-to-truth", 0.92, 0.8727...0.9533),
                    Measurement("rouge-l-f1", 0.1152542372881356),
                    Measurement(
                        "answer-loss-before", 4.11950669864593, threshold: 8.198953524759673,
                        direction: .atMost, note: "nats per token of the generated answers"),
                    Measurement("repetition", 0.02110603754439373),
                ]),
            CheckResult(
                id: "maintain", family: "maintain",
                title: "Does the model still know everything else?",
                measurements: [
                    Measurement(
                        "token-match-ratio", 1.0003630642623744, threshold: 0.99,
                        direction: .atLeast),
                    Measurement(
                        "whole-record-ratio", 1.00920245398773, threshold: 0.97,
                        direction: .atLeast),
                    Measurement(
                        "whole-record-share", 0.996969696969697, interval: 0.98323...0.99992,
                        intervalKind: "95 % Clopper-Pearson"),
                    Measurement(
                        "loss-rise", -5.205447748399955e-05, threshold: 0.02, direction: .atMost,
                        note: "nats per token of retained records"),
                    Measurement(
                        "perplexity-ratio", 0.9981565939134359, threshold: 1.05,
                        direction: .atMost),
                ]),
            CheckResult(
                id: "attack-loss", family: "attack",
                title: "Does the loss attack take the person for a stranger?",
                measurements: [
                    p("p-member", 0.22509, 0.17407...0.27658, threshold: 0.00369),
                    Measurement(
                        "auc", 0.5978395061728395, interval: 0.32644...0.83488,
                        intervalKind: "95 % percentile bootstrap"),
                ]),
            CheckResult(
                id: "attack-min-k", family: "attack",
                title: "Does the Min-K% attack take the person for a stranger?",
                measurements: [
                    p("p-member", 0.07011, 0.03999...0.10332, threshold: 0.00369)
                ]),
            CheckResult(
                id: "attack-relearning", family: "attack",
                title: "Does brief training on half of the data leave the rest unknown?",
                measurements: [
                    p("p-low", 0.56, 0.4859...0.628),
                    p("p-lowest", 0.63, 0.557...0.6954, threshold: nil),
                ], note: "3 steps at 0.001 on address, phone; tested on date-of-birth"),
            CheckResult(
                id: "tokenizer", family: "tokenizer",
                title: "Is the vocabulary free of the person's numbers and name?",
                measurements: ["number-token-count", "name-token-count", "tokenizer-text-count"]
                    .map { Measurement($0, 0, threshold: 0, direction: .atMost) }),
            CheckResult(
                id: "drift-budget", family: "maintain",
                title: "Is what all deletions have cost the model together within the budget?",
                measurements: [
                    Measurement(
                        "utility-loss", 0.0024245265015515605, threshold: 0.004,
                        direction: .atMost),
                    Measurement("deletion-count", 5),
                ]),
        ]
    }
}
