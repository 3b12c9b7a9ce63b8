import Domain

extension DeletionCertificate {
    /// The classes of attack that EDPB Opinion 28/2024, paragraph 55, names. A model is resistant
    /// to those that were run, and to nothing else.
    package enum AttackClass: String, Codable, CaseIterable, Sendable {
        case attributeInference = "attribute-inference"
        case membershipInference = "membership-inference"
        case exfiltration
        case regurgitation
        case modelInversion = "model-inversion"
        case reconstruction

        /// For people.
        package var title: String {
            switch self {
            case .attributeInference: "Attribute inference"
            case .membershipInference: "Membership inference"
            case .exfiltration: "Exfiltration"
            case .regurgitation: "Regurgitation of training data"
            case .modelInversion: "Model inversion"
            case .reconstruction: "Reconstruction"
            }
        }

        /// What an attacker tries, in plain words.
        package var explanation: String {
            switch self {
            case .attributeInference:
                "guess a fact about a known person better than for somebody the model never saw"
            case .membershipInference: "tell whether a person's records were in the training data"
            case .exfiltration: "pull stored records out of the model by prompting it"
            case .regurgitation:
                "the model repeats training text by itself when asked about a person"
            case .modelInversion: "search for the inputs that the model's internals answer to best"
            case .reconstruction: "rebuild training records from the weights or their changes"
            }
        }

        /// Checks of the gate that exercise this class. Model inversion and reconstruction need the
        /// weights' internals; the gate has no check for them, and says so.
        var checkIDs: [String] {
            switch self {
            case .attributeInference:
                [
                    "forget-values", "forget-tails", "forget-group", "forget-earlier",
                    "reconstruction-candidates",
                ]
            case .membershipInference: ["attack-loss", "attack-min-k"]
            case .exfiltration:
                [
                    "memorization-ceiling", "attack-relearning", "reconstruction-greedy",
                    "reconstruction-beam", "reconstruction-prompts",
                ]
            case .regurgitation: ["mismatch", "reconstruction-sampled"]
            case .modelInversion, .reconstruction: []
            }
        }
    }

    package enum CoverageStatus: String, Codable, Sendable {
        case run
        case notRun = "not-run"
        case notApplicable = "not-applicable"

        package var text: String {
            switch self {
            case .run: "run"
            case .notRun: "not run"
            case .notApplicable: "not applicable"
            }
        }
    }

    /// One row: a class of attack and whether it was run.
    package struct AttackCoverage: Codable, Sendable, Equatable {
        package let attackClass: AttackClass
        package let status: CoverageStatus
        /// Ids of the checks of the report that ran it.
        package let checks: [String]
        package let note: String?

        package init(
            _ attackClass: AttackClass, _ status: CoverageStatus, checks: [String] = [],
            note: String? = nil
        ) {
            self.attackClass = attackClass
            self.status = status
            self.checks = checks
            self.note = note
        }

        private enum CodingKeys: String, CodingKey {
            case attackClass = "class"
            case status, checks, note
        }

        /// The six rows that a report supports: a class counts as run if at least one of its checks
        /// reached a result.
        package static func rows(for report: VerificationReport) -> [AttackCoverage] {
            let reached = Set(report.checks.filter { $0.outcome != .couldNotCheck }.map(\.id))
            return AttackClass.allCases.map { attackClass in
                let checks = attackClass.checkIDs.filter(reached.contains)
                return checks.isEmpty
                    ? AttackCoverage(
                        attackClass, .notRun,
                        note: attackClass.checkIDs.isEmpty
                            ? "The gate has no check of this class."
                            : "No check of this class reached a result.")
                    : AttackCoverage(attackClass, .run, checks: checks)
            }
        }
    }
}
