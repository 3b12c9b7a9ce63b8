import Casework
import Domain
import Foundation
import Lineage

/// Finds the records of a case: the one way from a request to records, so that every step means the
/// same ones.
struct CaseSubjectFinder {
    let workspace: Workspace

    func resolve(
        _ request: DeletionRequest, decisions: [MatchDecision]
    ) throws -> Resolution {
        let corpora = try workspace.lineage.corpora().filter { $0.role == .training }.map(\.name)
        let limited = corpora.filter(request.scope.contains)
        return try workspace.lineage.resolve(
            request.identifiers, corpora: limited.isEmpty ? nil : limited,
            decisions: decisions.map { ($0.subject, $0.accepted) })
    }

    /// The records a scoped case is about, as they were when it was scoped.
    /// - Throws: `scope-changed` if the index answers differently now.
    func scope(of record: CaseRecord) throws -> ScopeResult {
        let request = try workspace.cases.request(of: record.id)
        guard let frozen = record.progress.scope,
            case .found(let result) = try resolve(request, decisions: record.progress.decisions),
            combinedDigest(result.allRecords.map(\.digest)) == frozen.recordsDigest
        else {
            throw EngineError(
                .scopeChanged,
                "The index no longer gives the records \(record.id) was scoped to.",
                details: ["case": record.id.description],
                remedy:
                    "See `lethe corpus verify`. Withdraw the case and take the request in again."
            )
        }
        return result
    }

    /// The person of a case with everything the corpora hold about them.
    func person(of record: CaseRecord) throws -> (profile: PersonProfile, scope: ScopeResult) {
        let scope = try scope(of: record)
        let records = try workspace.lineage.records(scope.allRecords)
        let subject = scope.subjects.joined(separator: "+")
        return (
            PersonProfile(subject: subject.isEmpty ? "unattributed" : subject, records: records),
            scope
        )
    }
}
