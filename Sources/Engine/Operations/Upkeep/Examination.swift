import Casework
import Certificates
import Domain
import Foundation

/// One thing `lethe doctor` looked at.
package struct Finding: Codable, Sendable {
    package let check: String
    package let isSound: Bool
    /// Sound, but something's time has come; the remedy says what does it.
    package let isDue: Bool
    package let detail: String
    /// The case or resource it is about; nil for the workspace as a whole.
    package let subject: String?
    /// What to do about it; nil where there is nothing to do.
    package let remedy: String?

    init(
        check: String, isSound: Bool, isDue: Bool = false, detail: String, subject: String? = nil,
        remedy: String? = nil
    ) {
        self.check = check
        self.isSound = isSound
        self.isDue = isDue
        self.detail = detail
        self.subject = subject
        self.remedy = remedy
    }

    /// Checks of the store that find work whose time has come, or that a killed process left: the next
    /// run does it, and nothing is damaged.
    private static let duties: Set<String> = ["timers", "retention", "leases", "overdue"]

    init(_ finding: StoreFinding) {
        let isDue = !finding.isSound && Self.duties.contains(finding.check)
        self.init(
            check: finding.check.replacingOccurrences(of: "-", with: " "),
            isSound: finding.isSound || isDue, isDue: isDue, detail: finding.detail,
            subject: finding.subject, remedy: finding.remedy)
    }
}

extension Workspace {
    /// Looks at everything that could be wrong with a workspace; changes nothing.
    package func examine() throws -> [Finding] {
        var findings: [Finding] = []
        func check(_ name: String, _ body: () throws -> String) {
            do {
                findings.append(Finding(check: name, isSound: true, detail: try body()))
            } catch let error as any ReportableError {
                findings.append(
                    Finding(
                        check: name, isSound: false, detail: error.message, remedy: error.remedy))
            } catch {
                findings.append(Finding(check: name, isSound: false, detail: "\(error)"))
            }
        }
        func broken(_ message: String) -> EngineError { EngineError(.modelDamaged, message) }

        do {
            findings += try StoreExamination.examine(
                cases, now: clock.now(), retentionDays: policy.retentionDays
            ).map { Finding($0) }
        } catch { check("case database") { throw error } }
        check("keys") { try examineKeys() }
        check("log") { try examineLog() }
        for corpus in try lineage.corpora() {
            check("corpus \(corpus.name)") {
                let changed = try lineage.verifyCorpus(named: corpus.name).filter {
                    $0.status != .same
                }
                guard changed.isEmpty else {
                    throw broken(
                        changed.map { "\($0.path) is \($0.status.rawValue)" }
                            .joined(separator: "; "))
                }
                return "\(corpus.shards.count) shards as indexed"
            }
        }
        for (entry, status) in try verifyModels() {
            check("model \(entry.name) version \(entry.version)") {
                guard status != .changed else {
                    throw broken("Its weights were changed on disk.")
                }
                return entry.digest.short + (status == .erased ? ", erased" : "")
            }
        }
        check("runs") { try examineRuns() }
        do { findings += try examineAbandonedRuns() } catch {
            check("unfinished runs") { throw error }
        }
        check("certificates") {
            let rows = try certificates()
            for row in rows { _ = try certificate(of: row.caseID) }
            return "\(rows.count) valid"
        }
        do { findings += try examineLogEntries() } catch {
            check("log entries") { throw error }
        }
        let certified = try cases.list(state: .certified)
        check("erasures") {
            var count = 0
            for record in certified {
                guard let erasure = try erasureStatus(of: record.id) else { continue }
                guard erasure.state == .erased else {
                    throw broken(
                        "The erasure of \(record.id) was stopped: `lethe case erase \(record.id) "
                            + "--yes` goes on.")
                }
                count += 1
            }
            return "\(count) done"
        }
        check("next steps") {
            let open = try cases.openCases()
            for record in open {
                let explanation = explain(record, policy: policy, now: clock.now())
                guard explanation.waitsFor != nil, !explanation.commands.isEmpty else {
                    throw broken("\(record.id) waits for nobody.")
                }
            }
            return "\(open.count), each with somebody to act"
        }
        return findings
    }

    /// Runs that were begun and are nobody's any more; nothing if there are none.
    private func examineAbandonedRuns() throws -> [Finding] {
        try abandonedRuns().map { run in
            Finding(
                check: "unfinished runs", isSound: true, isDue: true,
                detail: "No case goes on with the run; its unfinished weights are still there.",
                subject: run,
                remedy: "The next command that changes the workspace overwrites them, e.g. "
                    + "`lethe vault sweep`.")
        }
    }

    /// Looks whether what the index names of trainings is there; reads none of it.
    private func examineRuns() throws -> String {
        let known = try lineage.runs()
        let erased = try lineage.supersededModels()
        for run in known where !erased.contains(run.modelDigest) {
            let home = folder.appendingPathComponent(run.folder)
            let file = home.appendingPathComponent(RunFile.name)
            // A model that was imported without a recipe has none.
            guard FileManager.default.fileExists(atPath: file.path) || run.id.hasPrefix("I-")
            else {
                throw EngineError(
                    .noTrainingRun, "\(run.folder)/\(RunFile.name) is missing.",
                    details: ["run": run.id], remedy: "Restore it from a backup.")
            }
        }
        return "\(known.count), each with its file"
    }
}
