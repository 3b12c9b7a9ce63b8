import Casework
import Certificates
import Domain
import Foundation

/// One thing `lethe doctor` looked at.
package struct Finding: Codable, Sendable {
    package let check: String
    package let isSound: Bool
    package let detail: String
}

extension Workspace {
    /// Looks at everything that could be wrong with a workspace; changes nothing.
    package func examine() throws -> [Finding] {
        var findings: [Finding] = []
        func check(_ name: String, _ body: () throws -> String) {
            do {
                findings.append(Finding(check: name, isSound: true, detail: try body()))
            } catch let error as any ReportableError {
                findings.append(Finding(check: name, isSound: false, detail: error.message))
            } catch {
                findings.append(Finding(check: name, isSound: false, detail: "\(error)"))
            }
        }
        func broken(_ message: String) -> EngineError { EngineError(.modelDamaged, message) }

        check("history chain") { "\(try cases.verifyHistory().entryCount) entries" }
        check("durability") {
            let settings = try cases.durabilitySettings()
            guard settings["synchronous"] == "2", settings["journal_mode"] == "wal" else {
                throw broken("The case database is not synced at every commit.")
            }
            return "write-ahead log, synced at every commit"
        }
        check("keys") {
            for file in [layout.vaultKey, layout.signingKey] {
                let mode =
                    try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
                    as? Int
                guard mode == 0o600 else {
                    throw broken("\(file.lastPathComponent) can be read by others.")
                }
            }
            return "key \(try signingKey().keyID.short)"
        }
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
        check("certificates") {
            let rows = try certificates()
            for row in rows { _ = try certificate(of: row.caseID) }
            return "\(rows.count) valid"
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
        check("open cases") {
            let open = try cases.list().filter { !$0.state.isFinal }
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
}
