import Casework
import Domain
import Foundation
import Lineage

/// What erasing a case's records would change.
package struct ErasurePreview: Codable, Sendable {
    package struct Shard: Codable, Sendable {
        package let path: String
        package let sourcePath: String?
        /// From 1, ascending.
        package let lines: [Int]
        package let corpora: [String]
        /// Hard links elsewhere under which the old content would go on existing.
        package let otherNameCount: Int
    }
    package let schema: String
    package let caseID: CaseID
    package let recordCount: Int
    package let shards: [Shard]
    package let models: [ErasureReport.Model]
    package let checkpoints: [ErasureReport.Checkpoint]

    private enum CodingKeys: String, CodingKey {
        case caseID = "case"
        case schema, recordCount, shards, models, checkpoints
    }
}

/// An erasure that was begun: all that going on takes once the index no longer knows the records.
///
/// It names records, so it is kept only until the erasure is done, in a file for the owner alone.
struct ErasureIntent: Codable {
    let caseID: CaseID
    let records: [RecordKey]
    let targets: ErasureTargets
    let suppression: SuppressionSummary
    let otherNames: [String: Int]
}

/// What of the workspace learned from the records and is to go.
struct ErasureTargets: Codable, Equatable {
    struct Model: Codable, Equatable {
        let name: String
        let version: Int
        let digest: Digest
    }
    struct Checkpoint: Codable, Equatable {
        let runID: String
        /// Within the workspace.
        let path: String
    }
    let models: [Model]
    let checkpoints: [Checkpoint]
}

extension Workspace {
    /// What `eraseRecords` would do. Changes nothing.
    /// - Throws: as `eraseRecords`.
    package func erasurePreview(of id: CaseID) throws -> ErasurePreview {
        let record = try certifiedCase(id)
        if let report = try erasureReport(of: id), try erasureIntent(of: id) == nil {
            let remnants = try self.remnants(targets(of: report), of: record)
            return ErasurePreview(
                schema: "lethe.case-erase-plan.v1", caseID: id, recordCount: 0, shards: [],
                models: remnants.models, checkpoints: remnants.checkpoints)
        }
        let intent = try erasureIntent(of: id)
        let keys = try lineage.places(of: try intent?.records ?? recordsToErase(of: record))
            .compactMap(\.self)
        try refuseErasing(keys, of: record)
        let targets = try intent?.targets ?? self.targets(of: keys, record)
        let remnants = try self.remnants(targets, of: record)
        let byPath = Dictionary(grouping: keys, by: \.shard)
        return ErasurePreview(
            schema: "lethe.case-erase-plan.v1", caseID: id, recordCount: keys.count,
            shards: try byPath.keys.sorted().map { path in
                let own = byPath[path] ?? []
                return ErasurePreview.Shard(
                    path: path, sourcePath: try lineage.importedShard(at: path)?.sourcePath,
                    lines: Set(own.map(\.line)).sorted(), corpora: Set(own.map(\.corpus)).sorted(),
                    otherNameCount: Self.otherNameCount(path))
            }, models: remnants.models, checkpoints: remnants.checkpoints)
    }

    /// - Throws: `not-certified`, and what the store throws.
    func certifiedCase(_ id: CaseID) throws -> CaseRecord {
        let record = try cases.load(id)
        guard record.state == .certified, record.progress.certificate != nil else {
            throw EngineError(
                .notCertified,
                "\(id) is \(record.state.rawValue): records are erased once a certificate is "
                    + "issued.",
                details: ["case": id.description, "state": record.state.rawValue],
                remedy: "See `lethe case explain \(id)`.")
        }
        return record
    }

    /// The records of a certified case. Where the index no longer gives just those that it was scoped
    /// to - another case erased some that are about both - those that are left of them.
    func recordsToErase(of record: CaseRecord) throws -> [RecordKey] {
        let finder = CaseSubjectFinder(workspace: self)
        do { return try finder.scope(of: record).allRecords } catch let error as EngineError
            where error.code == .scopeChanged
        {
            var keys = try lineage.recordKeys(deletedBy: record.id.description)
            let request = try cases.request(of: record.id)
            if case .found(let result) = try finder.reach(
                request, decisions: record.progress.decisions,
                exemptions: record.progress.legal.exemptions
            ).resolution,
                result.subjects == record.progress.scope?.subjects
            {
                // Shared with an earlier case, which excluded them first.
                let known = Set(keys)
                keys += result.deletedRecords.filter { !known.contains($0) }
            }
            guard !keys.isEmpty else { throw error }
            return keys
        }
    }

    /// Open cases that would lose what they are measured by keep an erasure waiting.
    /// - Throws: `erasure-waits`.
    func refuseErasing(_ keys: [RecordKey], of record: CaseRecord) throws {
        let wanted = Set(keys)
        let finder = CaseSubjectFinder(workspace: self)
        for other in try cases.list() where !other.state.isFinal && other.id != record.id {
            let sharesRun =
                other.progress.unlearning != nil
                && other.progress.unlearning?.runID == record.progress.unlearning?.runID
            let sharesRecords =
                other.progress.scope.map { $0.recordCount > 0 } == true
                && !wanted.isDisjoint(with: (try? finder.scope(of: other).allRecords) ?? [])
            guard sharesRun || sharesRecords else { continue }
            throw EngineError(
                .erasureWaits,
                "\(other.id) is still open and is verified with "
                    + (sharesRun ? "the same run" : "some of the same records")
                    + " as \(record.id).",
                details: ["case": record.id.description, "openCase": other.id.description],
                remedy: "Finish it first: `lethe run --case \(other.id)`; see `lethe case explain "
                    + "\(other.id)`.")
        }
    }

    func targets(of report: ErasureReport) -> ErasureTargets {
        ErasureTargets(
            models: report.models.map {
                ErasureTargets.Model(name: $0.name, version: $0.version, digest: $0.digest)
            },
            checkpoints: report.checkpoints.map {
                ErasureTargets.Checkpoint(runID: $0.runID, path: $0.path)
            })
    }

    static func otherNameCount(_ path: String) -> Int {
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: real)
        return max(0, ((attributes?[.referenceCount] as? NSNumber)?.intValue ?? 1) - 1)
    }
}
