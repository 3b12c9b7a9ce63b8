import Certificates
import Domain
import Foundation
import Lineage

/// How much of what is known of a person the search finds, measured on this workspace's corpora.
package struct MeasuredRecall: Codable, Sendable {
    package let schema: String
    package let measuredAt: Timestamp
    /// Version of Lethe whose rules were measured.
    package let version: String
    package let corpora: [String]
    /// Over the manifests of these corpora, as in a case's scope.
    package let indexDigest: Digest
    package let report: RecallReport
    /// What no rule looks for, a sentence each.
    package let notSearched: [String]
}

extension Workspace {
    /// Plants invented people in a shadow copy of corpora, searches for each as for a request, and keeps
    /// the result as the last measurement (`reports/recall.json`).
    /// - Parameters:
    ///   - corpora: names; empty means all training corpora, which requests are resolved against.
    ///   - persons: invented people, 1 and up; nil: the default.
    /// - Throws: `unknown-name`, `shard-missing`, `shard-changed`, `malformed-settings`, `cannot-create`,
    ///   `interrupted`.
    package func measureRecall(
        corpora names: [String], persons: Int?, seed: UInt64, actor: String, context: WorkContext
    ) throws -> MeasuredRecall {
        let corpora =
            names.isEmpty
            ? try lineage.corpora().filter { $0.role == .training }
            : try names.map { try lineage.corpus(named: $0) }
        for corpus in corpora { try lineage.checkShards(ofCorpus: corpus.name) }
        var settings = RecallSettings()
        settings.seed = seed
        if let persons {
            settings.personCount = persons
            // In the proportion of the defaults, and enough to see a rule that takes any namesake.
            settings.namesakePairCount = max(20, persons / 10)
        }
        let shadow = folder.appendingPathComponent("recall-shadow")
        // A killed measurement left it; the workspace's lock says that none is under way.
        try? FileManager.default.removeItem(at: shadow)
        let report = try Lineage.measureRecall(
            amid: corpora.map { $0.shards.map { URL(fileURLWithPath: $0.path) } },
            settings: settings, folder: shadow, context: context)
        let manifests = corpora.map { "\($0.name) \($0.manifestDigest)" }.sorted()
        let measured = MeasuredRecall(
            schema: "lethe.corpus-recall.v1", measuredAt: clock.now(), version: letheVersion,
            corpora: corpora.map(\.name).sorted(),
            indexDigest: Digest(of: manifests.joined(separator: "\n")), report: report,
            notSearched: searchLimitations)
        let data = try CanonicalJSON.pretty(measured)
        try DurableFile.write(data, to: layout.recall, permissions: 0o600)
        _ = try cases.appendNote(
            event: "recall-measured", actor: actor,
            digests: ["report": Digest(of: data).hexadecimal],
            facts: [
                "corpora": measured.corpora.joined(separator: " "), "seed": "\(seed)",
                "planted": "\(report.all.planted)", "found": "\(report.all.found)",
            ])
        return measured
    }

    /// The last measurement; nil if there was none. A report that cannot be read is as good as none:
    /// it must not keep a case from being shown or certified.
    package func lastRecall() -> MeasuredRecall? {
        (try? DurableFile.read(layout.recall)).flatMap {
            try? CanonicalJSON.decode(MeasuredRecall.self, from: $0)
        }
    }

    /// The last measurement as scopes and certificates cite it.
    /// - Parameter indexDigest: of the scope.
    package func recallCitation(
        forIndex indexDigest: Digest
    ) -> DeletionCertificate.SearchRecall? {
        lastRecall().map { last in
            DeletionCertificate.SearchRecall(
                measuredAt: last.measuredAt, version: last.version,
                planted: last.report.all.planted, found: last.report.all.found,
                foundWithoutAsking: last.report.all.accepted,
                lowerBound: last.report.all.recallLowerBound,
                namesakeRecords: last.report.namesakes.planted,
                namesakeRecordsTaken: last.report.namesakes.accepted,
                isOfThisIndex: last.indexDigest == indexDigest, notSearched: last.notSearched)
        }
    }
}
