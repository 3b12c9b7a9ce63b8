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

    /// The persons of a case with everything the corpora hold about them, and the case's scope. Records
    /// that name none of the case's subjects go with the first.
    func persons(of record: CaseRecord) throws -> (profiles: [PersonProfile], scope: ScopeResult) {
        let scope = try scope(of: record)
        let records = try workspace.lineage.records(scope.allRecords)
        let named = try identifiedValues(of: record)
        guard scope.subjects.count > 1 else {
            return (
                [profile(scope.subjects.first ?? Self.unattributed, records, named: named)], scope
            )
        }
        let subjects = Set(scope.subjects)
        let profiles = scope.subjects.enumerated().map { index, subject in
            let own = records.filter {
                $0.subjects.contains(subject)
                    || (index == 0 && subjects.isDisjoint(with: $0.subjects))
            }
            // With several subjects nobody knows whose identifiers the request names.
            return profile(subject, own, named: [:])
        }
        return (profiles, scope)
    }

    private static let unattributed = "unattributed"

    private func profile(
        _ subject: String, _ records: [CorpusRecord], named: [IdentifierKind: String]
    ) -> PersonProfile {
        let declared = PersonProfile(subject: subject, records: records)
        return PersonProfile(
            subject: subject, records: records,
            values: declared.values.merging(named) { declared, _ in declared })
    }

    /// Typed values that the request itself gives, in canonical form: what the corpus does not declare
    /// can be tested all the same.
    private func identifiedValues(of record: CaseRecord) throws -> [IdentifierKind: String] {
        var values: [IdentifierKind: String] = [:]
        for identifier in try workspace.cases.request(of: record.id).identifiers
        where identifier.format == .raw && values[identifier.kind] == nil {
            let value = identifier.value.revealed
            switch identifier.kind {
            case .phone, .nationalID:
                values[identifier.kind] = String(value.filter { $0.isASCII && $0.isNumber })
            case .dateOfBirth, .address, .name, .email: values[identifier.kind] = value
            case .username, .text, .customerID, .recordID: continue
            }
        }
        return values
    }
}
