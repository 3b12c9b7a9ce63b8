import Casework
import Certificates
import Domain
import Foundation
import Reports
import Unlearning
import Verification

extension Workspace {
    /// The verification of a case's last run as a page for people: HTML in one file.
    /// - Throws: `not-verified` for a case without one.
    package func verificationPage(of id: CaseID) throws -> String {
        let record = try cases.load(id)
        guard let report = try report(of: record), let run = record.progress.unlearning else {
            throw EngineError(
                .notVerified, "\(id) has not been verified yet.",
                details: ["case": id.description],
                remedy: "See `lethe case explain \(id)`.")
        }
        var facts = VerificationFacts(
            caseID: id.description, modelName: record.modelName ?? "-",
            methodTitle: run.lineageFacts["external-program"] != nil
                ? "\(run.method), by a program outside of Lethe"
                : (try? unlearningMethod(run.method).title) ?? run.method,
            methodClass: run.methodClass,
            policyName: report.policyDigest == policyDigest
                ? policy.name : "another one than the present, by its digest")
        // The policy may be another one by now; then its alpha is not the report's.
        if report.policyDigest == policyDigest { facts.alpha = policy.gate.alpha }
        facts.personCount = max(1, record.progress.scope?.subjects.count ?? 1)
        facts.receivedAt = record.receivedAt
        facts.dueAt = record.dueAt
        facts.verifiedAt = try cases.history(of: id).last {
            ["verification-passed", "verification-failed"].contains($0.event)
        }?.at
        // A run that did not pass is the last of the failures itself.
        facts.earlierAttempts = record.progress.failures.filter { $0.runID != run.runID }.map {
            VerificationFacts.Attempt(method: $0.method, checksNotPassed: $0.failedChecks)
        }
        facts.attackClasses = DeletionCertificate.AttackCoverage.rows(for: report).map {
            VerificationFacts.AttackClass(
                title: $0.attackClass.title, explanation: $0.attackClass.explanation,
                status: $0.status.text, checks: $0.checks, note: $0.note)
        }
        return VerificationPage(report, facts: facts).html()
    }
}

/// An evaluation as a page for people: HTML in one file.
package func evaluationPage(_ result: EvaluationResult) -> String {
    var facts = [
        ReportFact(
            "Suite", [result.suite, result.split].compactMap(\.self).joined(separator: ", ")),
        ReportFact("Model", .digest(result.model)),
    ]
    if let reference = result.reference {
        facts.append(ReportFact("Reference, trained without the records", .digest(reference)))
    }
    facts += result.itemCounts.sorted { $0.key < $1.key }.map {
        ReportFact("Questions or records, \($0.key)", "\($0.value)")
    }
    let attacks = result.membership.filter { !$0.curve.isEmpty }
    return ReportDocument(
        kind: "Evaluation", title: "Metrics and attacks, \(result.suite)",
        subtitle: "No verdict: numbers to compare, each with its limits.",
        sections: [
            ReportSection("What was measured", [.facts(caption: "Data and models", facts)]),
            ReportSection(
                "Metrics",
                [
                    .table(
                        caption: "Means over each set",
                        columns: ["Metric", "Value", "To be read with"],
                        rows: result.summary.sorted { $0.key < $1.key }.map {
                            [.code($0.key), .number($0.value), .text(result.notes[$0.key] ?? "")]
                        })
                ]),
            ReportSection(
                "Membership attacks",
                [
                    .table(
                        caption: "Forgotten records against records never trained on",
                        columns: ["Attack", "AUC", "95 % from", "to", "Why not"],
                        rows: result.membership.map { attack in
                            [
                                .code(attack.attack), .number(attack.area),
                                .number(attack.interval?.first), .number(attack.interval?.last),
                                .text(attack.obstacle ?? attack.intervalNote ?? ""),
                            ]
                        }),
                    .figures(attacks.map(curve)),
                ]),
            ReportSection(
                "What could not be computed",
                [
                    .list(
                        result.notComputed.sorted { $0.key < $1.key }
                            .map { "\($0.key): \($0.value)" }, ifEmpty: "Nothing.")
                ]),
        ]
    ).html()
}

private func curve(_ attack: MembershipEvaluation) -> ReportFigure {
    ReportFigure(
        id: "roc-\(attack.attack)", title: "How well the attack \(attack.attack) tells them apart",
        kind: .curve,
        x: ReportFigure.Axis("unseen records taken for members", unit: "share", bounds: 0...1),
        y: ReportFigure.Axis("forgotten records found", unit: "share", bounds: 0...1),
        series: [
            ReportFigure.Series(
                attack.attack, .after,
                points: attack.curve.map {
                    ReportFigure.Point($0.falsePositiveRate, $0.truePositiveRate)
                })
        ])
}
