import ArgumentParser
import Casework
import Certificates
import Domain
import Engine
import Foundation

struct CaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "case", abstract: "Shows cases and takes operators' decisions.",
        subcommands: [
            CaseList.self, CaseShow.self, CaseHistory.self, CaseExplain.self, CaseStates.self,
            CaseMethods.self, CaseReport.self,
            CaseAdvance.self, CaseHold.self, CaseRelease.self, CaseRefuse.self, CaseWithdraw.self,
            CaseMatches.self, CaseAcceptMatch.self, CaseRejectMatch.self, CaseApprove.self,
            CaseErase.self, CaseReply.self, CaseNotice.self, CaseExtend.self, CaseClock.self,
            CaseConfirmIdentity.self, CaseGround.self, CaseExempt.self, CaseLiftExemption.self,
            CaseDuplicates.self, CaseSupersede.self, CaseReopen.self, CaseRecipient.self,
        ])
}

struct CaseList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists cases, oldest first.",
        discussion: """
            Without --json the first 100, unless --limit says otherwise; with it all, unless it does.

            Examples:
              lethe case list
              lethe case list --state awaiting-clarification
              lethe case list --due-before 2026-12-01
              lethe case list --limit 50 --after C-2026-0150
            """)

    @OptionGroup var options: GlobalOptions
    @Option(help: "Only cases in this state; see `lethe case states`.") var state: String?
    @Option(help: ArgumentHelp("Only cases due before this date.", valueName: "date"))
    var dueBefore: String?
    @Option(help: ArgumentHelp("At most this many cases.", valueName: "count")) var limit: Int?
    @Option(help: ArgumentHelp("Only cases after this one.", valueName: "id")) var after: String?

    func validate() throws {
        guard (1...1_000_000).contains(limit ?? 1) else {
            throw ValidationError("--limit must be from 1 to 1000000.")
        }
    }

    func run() throws {
        let wanted = try state.map { name in
            try lookUp(name, in: CaseState.allCases, kind: "state", by: \.rawValue)
        }
        let due = try dueBefore.map { text in
            guard let time = Timestamp(text) else {
                throw ValidationError("--due-before must be like 2026-12-01.")
            }
            return time
        }
        let lastSeen = try after.map(Workspace.caseID)
        let store = try options.open(for: .reading).cases
        let wholeCount = try store.count(state: wanted, dueBefore: due)
        let size = limit ?? (options.json ? max(1, wholeCount) : Self.pageSize)
        // One row more than is shown tells whether others follow.
        var page = try store.list(state: wanted, dueBefore: due, limit: size + 1, after: lastSeen)
        let next = page.count > size ? page[size - 1].id : nil
        page = Array(page.prefix(size))
        if options.json {
            // The whole records of this page alone.
            let records = try page.map { try store.load($0.id) }
            try options.emit(Result(items: records, count: wholeCount, next: next)) { "" }
        } else {
            Terminal.write(text(page, wholeCount, next))
        }
    }

    /// Rows that a person is shown at a time.
    private static let pageSize = 100

    private struct Result: Encodable {
        let schema = "lethe.case-list.v1"
        let items: [CaseRecord]
        /// Of all cases with these conditions.
        let count: Int
        /// What to give to --after for the next page; nil on the last one.
        let next: CaseID?
    }

    private func text(_ page: [CaseSummary], _ wholeCount: Int, _ next: CaseID?) -> String {
        guard !page.isEmpty else { return "No cases.\n" }
        let table = Terminal.table(
            ["CASE", "STATE", "DUE", "REGIME", "MODEL", "METHOD", "ATTEMPTS", "FORMAT"],
            page.map {
                [
                    $0.id.description, $0.state.rawValue, $0.dueAt.dateText, $0.regime.rawValue,
                    $0.modelName ?? "-", $0.method ?? "-", "\($0.attempts)", $0.sourceFormat,
                ]
            })
        guard let next else { return table + "\(page.count) of \(wholeCount) cases.\n" }
        return table + "\(page.count) of \(wholeCount) cases; more with --after \(next).\n"
    }
}

struct CaseShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one case with its last verification.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id, e.g. C-2026-0007.") var id: String

    private struct Result: Encodable {
        let schema = "lethe.case.v1"
        let record: CaseRecord
        let report: VerificationReport?
        /// The last measured recall of the search that the scope comes from.
        let recall: DeletionCertificate.SearchRecall?
        /// Nil as long as no records were erased.
        let erasure: ErasureStatus?

        enum CodingKeys: String, CodingKey {
            case schema, report, recall, erasure
            case record = "case"
        }
    }

    func run() throws {
        let workspace = try options.open(for: .reading)
        let record = try workspace.cases.load(Workspace.caseID(id))
        let report = try workspace.report(of: record)
        let recall = record.progress.scope.flatMap {
            workspace.recallCitation(forIndex: $0.indexDigest)
        }
        let erasure = try workspace.erasureStatus(of: record.id)
        try options.emit(
            Result(record: record, report: report, recall: recall, erasure: erasure)
        ) {
            overview(record, recall) + (erasure.map { "erased      " + describe($0) } ?? "")
                + (report.map { describe($0) } ?? "")
        }
    }

    private func overview(
        _ record: CaseRecord, _ recall: DeletionCertificate.SearchRecall?
    ) -> String {
        var rows = [
            ("case", record.id.description), ("state", record.state.rawValue),
            ("received", record.receivedAt.description),
            ("due", "\(record.dueAt) (\(record.regime.rawValue))"),
            ("request", "\(record.sourceFormat), SHA-256 \(record.requestDigest.short)"),
        ]
        if let scope = record.progress.scope, scope.recordCount > 0 {
            rows.append(
                (
                    "scope",
                    "\(scope.recordCount) records of \(scope.subjects.joined(separator: ", ")) in "
                        + scope.corpora.joined(separator: ", ")
                ))
        }
        if let recall {
            rows.append(
                (
                    "search",
                    "finds at least \(String(format: "%.2f %%", 100 * recall.lowerBound)) of what is "
                        + "planted of invented people (\(recall.found) of \(recall.planted), measured "
                        + "\(recall.measuredAt.dateText)"
                        + (recall.isOfThisIndex ? ")" : ", amid other content)")
                ))
        }
        if let run = record.progress.unlearning {
            rows.append(
                (
                    "unlearned",
                    "\(run.method) (\(run.methodClass.text)), \(run.baseModel.short) -> "
                        + "\(run.outputModel.short), run \(run.runID)"
                ))
        }
        for failure in record.progress.failures {
            rows.append(
                ("failed", "\(failure.method): \(failure.failedChecks.joined(separator: ", "))"))
        }
        if let certificate = record.progress.certificate {
            rows.append(("certificate", certificate.path))
        }
        rows += legalRows(of: record).map { ($0.label, $0.value) }
        return rows.map { label, value in
            label + String(repeating: " ", count: 12 - label.count) + value + "\n"
        }.joined()
    }
}

/// A report's checks as a table.
func describe(_ report: VerificationReport) -> String {
    func number(_ value: Double) -> String { String(format: "%.4g", value) }
    func row(_ item: Domain.Measurement) -> [String] {
        let threshold = item.threshold.map { "\(item.direction?.rawValue ?? "") \(number($0))" }
        let interval = item.interval.map { bounds in
            "[" + bounds.map(number).joined(separator: ", ") + "] " + (item.intervalKind ?? "")
        }
        return [
            "  " + item.name, item.value.map(number) ?? "-", threshold ?? "",
            interval ?? item.note ?? "",
        ]
    }
    var rows: [[String]] = []
    for check in report.checks {
        rows.append([check.id, check.outcome.rawValue, "", check.note ?? ""])
        rows += check.measurements.map(row)
    }
    return "\n"
        + Terminal.table(["CHECK", "OUTCOME / VALUE", "THRESHOLD", "INTERVAL / NOTE"], rows)
}

struct CaseHistory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Shows what happened to a case, entry by entry.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String

    func run() throws {
        let store = try options.open(for: .reading).cases
        let caseID = try Workspace.caseID(id)
        if options.json {
            return try options.stream("case-history") { write in
                try store.forEachEntry(of: caseID) { try write($0) }
            }
        }
        // The widths of a table are known only at its end.
        var rows: [[String]] = []
        try store.forEachEntry(of: caseID) {
            rows.append([
                "\($0.sequence)", $0.at.description, $0.event, $0.from?.rawValue ?? "-",
                $0.to?.rawValue ?? "-", $0.actor, $0.reason ?? "-", $0.hash.short,
            ])
        }
        Terminal.write(
            Terminal.table(["#", "AT", "EVENT", "FROM", "TO", "ACTOR", "REASON", "HASH"], rows))
    }
}

struct CaseExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says who must do what by when, what blocks, and the exact command to go on.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String

    private struct Result: Encodable {
        let schema = "lethe.case-explanation.v1"
        let explanation: Explanation
    }

    func run() throws {
        let explanation = try options.open(for: .reading).explanation(of: Workspace.caseID(id))
        try options.emit(Result(explanation: explanation)) { describe(explanation) }
    }

    private func describe(_ explanation: Explanation) -> String {
        var text =
            "\(explanation.caseID) is \(explanation.state.rawValue): \(explanation.summary).\n"
        if let actor = explanation.waitsFor {
            text += "Waits for: \(actor.rawValue), by \(explanation.dueAt.dateText) "
            text +=
                explanation.daysLeft >= 0
                ? "(\(explanation.daysLeft) days left)\n"
                : "(\(-explanation.daysLeft) days overdue)\n"
        }
        if let blockedBy = explanation.blockedBy { text += "Blocked by: \(blockedBy)\n" }
        for reason in explanation.reasons { text += "  - \(reason)\n" }
        if !explanation.dates.isEmpty {
            text += "Dates:\n" + explanation.dates.map { "  - \($0.sentence)\n" }.joined()
        }
        if !explanation.stillRequired.isEmpty {
            text +=
                "Still required:\n" + explanation.stillRequired.map { "  - \($0)\n" }.joined()
        }
        if !explanation.commands.isEmpty {
            text += "To go on:\n" + explanation.commands.map { "  \($0)\n" }.joined()
        }
        if !explanation.otherCommands.isEmpty {
            text += "Or:\n" + explanation.otherCommands.map { "  \($0)\n" }.joined()
        }
        return text
    }
}

struct CaseStates: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "states", abstract: "Prints the state machine: every transition there is.",
        discussion: "With --json the table itself; --diagram prints it for Mermaid.")

    @OptionGroup var options: GlobalOptions
    @Flag(help: "As a Mermaid state diagram.") var diagram = false

    func run() throws {
        if options.json {
            Terminal.write(String(decoding: try stateMachineJSON(), as: UTF8.self) + "\n")
        } else if diagram {
            Terminal.write(stateMachineMermaid() + "\n")
        } else {
            Terminal.write(
                Terminal.table(
                    ["FROM", "EVENT", "TO", "BY", "MEANING"],
                    StateMachine.transitions.map {
                        [
                            $0.from.rawValue, $0.event.rawValue, $0.to.rawValue,
                            $0.actor.rawValue, $0.title,
                        ]
                    }))
        }
    }
}

struct CaseAdvance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "advance", abstract: "Makes exactly one transition, the next one.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String
    @Option(help: "Method of the unlearning run this leads to, or auto.") var method: String?
    @OptionGroup var reference: ReferenceOptions

    func run() throws {
        let display = ProgressDisplay()
        let workspace = try options.open(for: .changing)
        if let method { try checkRunMethod(method, policy: workspace.policy) }
        let driver = workspace.driver(
            actor: options.actorName, context: display.context,
            reference: try reference.request(in: workspace))
        let event = try driver.advance(Workspace.caseID(id), methodOverride: method)
        try options.emit(Listing("case-advance", [event])) { line(for: event) }
        if event.to == .failedVerification {
            throw ExitCode(FailureKind.verificationFailed.rawValue)
        }
    }
}
