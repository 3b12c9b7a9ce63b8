import Domain

/// The page on a verification for those who answer for it, a data protection officer for instance:
/// the verdict first, then every check in a sentence, with its numbers behind it.
///
/// It says nothing that is not in the report and its facts; the report's JSON is what counts.
package struct VerificationPage: Sendable {
    let report: VerificationReport
    let facts: VerificationFacts

    package init(_ report: VerificationReport, facts: VerificationFacts) {
        self.report = report
        self.facts = facts
    }

    package func html() -> String { document().html() }

    package func document() -> ReportDocument {
        var sections = [asked, checks, limits, notTested, measured]
        if let glance { sections.insert(glance, at: 1) }
        return ReportDocument(
            kind: "Verification of a deletion from a language model", title: "Case \(facts.caseID)",
            subtitle: facts.verifiedAt.map { "Verified \($0.description.prefix(10))" },
            verdict: verdict, sections: sections,
            footer: [
                "This page is a rendering of the verification report. Where the two differ, the "
                    + "report counts."
            ])
    }

    private var verdict: ReportVerdict {
        let counts = Dictionary(grouping: report.checks, by: \.outcome).mapValues(\.count)
        let result =
            report.checks.isEmpty
            ? "No check was made."
            : [CheckOutcome.passed, .failed, .couldNotCheck].compactMap { outcome in
                counts[outcome].map { count in
                    switch outcome {
                    case .passed: "\(NumberText.counted(count, "check")) passed"
                    case .failed: "\(count) did not pass"
                    case .couldNotCheck: "\(count) could not be made"
                    }
                }
            }.joined(separator: ", ") + ". An open check never counts as passed."
        return ReportVerdict(
            report.outcome, headline: VerificationWords.headline(report.outcome),
            sentences: [
                result, VerificationWords.explanation(facts.methodClass), attempts,
            ])
    }

    private var attempts: String {
        let number = facts.earlierAttempts.count + 1
        return number == 1
            ? "This was the first attempt."
            : "This was attempt \(number); the earlier ones did not pass."
    }

    private var asked: ReportSection {
        let times: [(String, Timestamp?)] = [
            ("Request received", facts.receivedAt), ("Deadline", facts.dueAt),
            ("Verified", facts.verifiedAt),
        ]
        var blocks: [ReportBlock] = [
            .paragraph(
                "Is there anything of this person left in the model? The person's values, such as a "
                    + "date of birth or a number, are put into the same sentences as the values of "
                    + "other people whom the model has never seen, called twins here. If the model "
                    + "has forgotten the person, it treats the true values like any other."),
            .facts(
                caption: "The case",
                [
                    ReportFact("Case", facts.caseID), ReportFact("Model", facts.modelName),
                    ReportFact(
                        "Method", "\(facts.methodTitle) (\(facts.methodClass.text))"),
                    ReportFact("Policy", facts.policyName),
                    ReportFact("Attempt", "\(facts.earlierAttempts.count + 1)"),
                ] + times.compactMap { name, time in time.map { ReportFact(name, .time($0)) } }),
        ]
        if facts.personCount > 1 {
            blocks.append(
                .note(
                    "The case is about \(facts.personCount) persons. Each check shows the one for whom "
                        + "it went worst."))
        }
        if !facts.earlierAttempts.isEmpty {
            blocks.append(
                .table(
                    caption: "Earlier attempts, which did not pass",
                    columns: ["Attempt", "Method", "Checks that did not pass"],
                    rows: facts.earlierAttempts.enumerated().map { index, attempt in
                        [
                            .text("\(index + 1)"), .text(attempt.method),
                            .text(attempt.checksNotPassed.joined(separator: ", ")),
                        ]
                    }))
        }
        return ReportSection("What was asked", blocks)
    }

    private var limits: ReportSection {
        ReportSection(
            "What one person's data cannot prove",
            [.list(VerificationWords.limits(alpha: facts.alpha), ifEmpty: "")])
    }

    private var notTested: ReportSection {
        let fields = report.untestedFields.sorted { $0.key < $1.key }.map { field, reason in
            [.text("Field \(field)"), .text(reason)] as [ReportText]
        }
        let others =
            report.notTested.map { [.text($0), .text("no check of this policy looks")] }
            as [[ReportText]]
        let tested =
            report.testedFields.isEmpty ? "none" : report.testedFields.joined(separator: ", ")
        var blocks: [ReportBlock] = [
            .paragraph("Fields of the person that were tested: \(tested).")
        ]
        blocks.append(
            fields.isEmpty && others.isEmpty
                ? .paragraph("Nothing is recorded as not tested.")
                : .table(
                    caption: "Not tested", columns: ["What", "Why not"], rows: fields + others))
        if !facts.attackClasses.isEmpty {
            blocks.append(
                .table(
                    caption: "Classes of attack by EDPB Opinion 28/2024, paragraph 55",
                    columns: ["Class", "What an attacker tries", "Run?", "By which checks"],
                    rows: facts.attackClasses.map {
                        [
                            .text($0.title), .text($0.explanation), .text($0.status),
                            .text(
                                $0.checks.isEmpty
                                    ? $0.note ?? "" : $0.checks.joined(separator: ", ")),
                        ]
                    }))
        }
        return ReportSection("What was not tested", blocks)
    }

    private var measured: ReportSection {
        let environment = report.environment.sorted { $0.key < $1.key }.map {
            ReportFact($0.key, $0.value)
        }
        return ReportSection(
            "What the numbers rest on",
            [
                .facts(
                    caption: "Models, rules and people compared with",
                    [
                        ReportFact("Model before", .digest(report.modelBefore)),
                        ReportFact("Model after", .digest(report.modelAfter)),
                        ReportFact("Policy", .digest(report.policyDigest)),
                        ReportFact("Twins", "\(report.twinCount), \(report.twinSource)"),
                        ReportFact("Seed", "\(report.seed)"),
                    ] + environment)
            ])
    }
}
