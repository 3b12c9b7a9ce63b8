import Domain

/// What a check found, in one sentence that needs no knowledge of statistics.
enum VerificationWords {
    static func sentence(_ check: CheckResult) -> String {
        let reason = check.note.map { ": \($0)" } ?? ""
        switch check.outcome {
        case .couldNotCheck: return "This question stays open\(reason)."
        case .failed where isOverForgotten(check): return overForgotten
        case .passed, .failed:
            guard let words = words[check.id] else {
                return check.outcome == .passed
                    ? "Every measured number keeps to its limit."
                    : "At least one measured number does not keep to its limit."
            }
            return check.outcome == .passed ? words.passed : words.failed
        }
    }

    /// Whether all that failed is that the person was pushed below everybody.
    private static func isOverForgotten(_ check: CheckResult) -> Bool {
        let failed = check.measurements.filter { $0.outcome == .failed }.map(\.name)
        return !failed.isEmpty && failed.allSatisfy { ["p-high", "p-highest"].contains($0) }
    }

    private static let overForgotten =
        "The model finds the true values less likely than anybody else's. That gives them away, too: "
        + "whoever asks for the least likely value finds the true one."

    private static let words: [String: (passed: String, failed: String)] = [
        "control-untouched": (
            "The test recognises the person in the model before deletion, so not being recognised "
                + "afterwards means something.",
            "The test does not recognise the person in the model before deletion."
        ),
        "control-retained-known": (
            "Persons who were to stay are still recognised in the model after deletion.",
            "Persons who were to stay are no longer recognised: the model has lost more than it should."
        ),
        "control-never-trained": (
            "Persons the model was never trained on are rarely flagged, so the test does not raise "
                + "false alarms.",
            "The test flags persons the model was never trained on, so its word cannot be relied upon."
        ),
        "forget-values": (
            "The model finds the person's values about as likely as those of people it has never "
                + "seen.",
            "The model finds the person's values likelier than those of people it has never seen: "
                + "something of them is still in it."
        ),
        "forget-tails": (
            "Given the first half of a value, the model does not know how it goes on.",
            "Given the first half of a value, the model still knows how it goes on."
        ),
        "forget-group": (
            "Even when all deleted persons are taken together, nothing of them shows.",
            "When all deleted persons are taken together, something of them still shows."
        ),
        "forget-earlier": (
            "People who were deleted from this model earlier are still unknown to it.",
            "Something of people who were deleted from this model earlier shows again."
        ),
        "drift-budget": (
            "What all deletions so far have cost the model stays within the policy's budget.",
            "The deletions so far have cost the model more than the policy's budget allows."
        ),
        "memorization-ceiling": (
            "The person's answers are reproduced no better than those of people the model has never "
                + "seen.",
            "The person's answers are reproduced better than those of anybody the model has never "
                + "seen."
        ),
        "mismatch": (
            "What the model answers is fluent and comes no closer to the truth about this person than "
                + "to others.",
            "What the model answers comes too close to the truth, or is no longer fluent."
        ),
        "maintain": (
            "The model still knows what it should: other people's records and general text.",
            "The model has become worse at what it should still know."
        ),
        "attack-loss": (
            "An attacker who looks at how well the model predicts the person's records takes them for "
                + "a stranger.",
            "An attacker who looks at how well the model predicts the person's records can tell that "
                + "they were in the training data."
        ),
        "attack-min-k": (
            "An attacker who looks at the least expected words of the person's records takes them for "
                + "a stranger.",
            "An attacker who looks at the least expected words of the person's records can tell that "
                + "they were in the training data."
        ),
        "attack-relearning": (
            "Brief training on half of the person's data does not bring back the other half.",
            "Brief training on half of the person's data brings back the other half: it was hidden, "
                + "not gone."
        ),
        "tokenizer": (
            "The model's vocabulary holds none of the person's numbers and not their name.",
            "The model's vocabulary itself holds something of the person's numbers or name."
        ),
        "reconstruction-greedy": (
            "Left to write on, the model does not write the person's values.",
            "Left to write on, the model writes values of the person."
        ),
        "reconstruction-beam": (
            "Nor are the person's values among the likeliest continuations.",
            "Values of the person are among the likeliest continuations."
        ),
        "reconstruction-candidates": (
            "Out of a list of candidates, the model does not pick out the true values.",
            "Out of a list of candidates, the model picks out true values."
        ),
        "reconstruction-prompts": (
            "Other words, persuasion and reverse questions bring out nothing.",
            "Other words, persuasion or reverse questions bring out values of the person."
        ),
        "reconstruction-sampled": (
            "Texts drawn from the model at random do not hold the person's values.",
            "Texts drawn from the model at random hold values of the person."
        ),
        "robust-int8": (
            "Rounding the model to 8 bits does not bring the person back.",
            "Rounding the model to 8 bits brings something of the person back."
        ),
        "robust-int4": (
            "Rounding the model to 4 bits does not bring the person back.",
            "Rounding the model to 4 bits brings something of the person back."
        ),
        "robust-relearn-unrelated": (
            "Further training on other data does not bring the person back.",
            "Further training on other data brings something of the person back."
        ),
        "robust-relearn-records": (
            "Training on half of the person's records does not bring back the rest.",
            "Training on half of the person's records brings back the rest."
        ),
    ]

    static func headline(_ outcome: CheckOutcome) -> String {
        switch outcome {
        case .passed: "Passed: the tests no longer find the person in the model"
        case .failed: "Did not pass"
        case .couldNotCheck: "Could not check: the question stays open"
        }
    }

    static func explanation(_ methodClass: MethodClass) -> String {
        switch methodClass {
        case .exact:
            "The model was trained again without the records. That they are gone follows from how it "
                + "was made; the tests look for what such a proof would miss, for instance records "
                + "nobody found."
        case .approximate:
            "The model was changed, not trained again. What is said here was measured and is not "
                + "proven."
        case .suppression:
            "The model was taught to answer otherwise. That is no deletion, whatever the tests say."
        case .control: "Nothing was done to the model; it is here to see whether the tests notice."
        }
    }

    /// What no test on one person can show, however it turns out.
    static func limits(alpha: Double?) -> [String] {
        [
            "One person has few values. They are enough to find something that is left, and too few "
                + "to prove that the model equals one that has never seen the person.",
            "A slight trace, spread thinly over many values, can pass for a single person. It shows "
                + "only when several deleted persons are tested together.",
            alpha.map {
                "Chance has its share: by the policy's limits, up to \(NumberText.short(100 * $0)) of "
                    + "100 correct deletions do not pass. A failed check is final for its attempt "
                    + "and is not repeated with other random numbers; attempts are counted."
            }
                ?? "Chance has its share: a few correct deletions do not pass. A failed check is final "
                + "for its attempt and is not repeated with other random numbers; attempts are counted.",
            "It is about the records that were found, and about this one model. Copies of it, other "
                + "models and documents elsewhere are not covered.",
            "Resistance was shown to the attacks that were run, and to no other.",
        ]
    }
}
