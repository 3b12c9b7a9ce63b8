import Casework
import Domain
import Foundation
import Lineage

/// Finds the records of a case: the one way from a request to records, so that every step means the
/// same ones.
struct CaseSubjectFinder {
    let workspace: Workspace

    /// Looks for the person, for copies and quotes of what is found, and for what belongs to the same
    /// thread or document.
    /// - Parameter exemptions: of the case; their records stay out of the scope whatever found them,
    ///   and whatever was decided about them. An exempted span keeps its whole record out: a record
    ///   is erased as one or not at all.
    func reach(
        _ request: DeletionRequest, decisions: [MatchDecision], exemptions: [Exemption]
    ) throws -> ScopeReach {
        let corpora = try workspace.lineage.corpora().filter { $0.role == .training }.map(\.name)
        let limited = corpora.filter(request.scope.contains)
        let onRecords = decisions.compactMap { decision in
            DoubtfulRecord(candidate: decision.subject).map {
                RecordMatch(corpus: $0.corpus, id: $0.id, isAccepted: decision.accepted)
            }
        }
        let exempted = exemptions.compactMap { exemption in
            DoubtfulRecord(exemption).map {
                RecordMatch(corpus: $0.corpus, id: $0.id, isAccepted: false)
            }
        }
        return try workspace.lineage.reach(
            request.identifiers, corpora: limited.isEmpty ? nil : limited,
            decisions: decisions.filter { DoubtfulRecord(candidate: $0.subject) == nil }
                .map { ($0.subject, $0.accepted) }, matches: onRecords + exempted)
    }

    /// The records a scoped case is about, as they were when it was scoped.
    /// - Throws: `scope-changed` if the index answers differently now.
    func scope(of record: CaseRecord) throws -> ScopeResult {
        let request = try workspace.cases.request(of: record.id)
        guard let frozen = record.progress.scope,
            case .found(let result) = try reach(
                request, decisions: record.progress.decisions,
                exemptions: record.progress.legal.exemptions
            ).resolution,
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

/// A record that may be about the person, as a candidate that the operator accepts or rejects like a
/// person: `record:CORPUS/ID`.
struct DoubtfulRecord {
    let corpus: String
    let id: String

    private static let prefix = Casework.MatchCandidate.recordPrefix

    init(_ key: RecordKey) {
        corpus = key.corpus
        id = key.id
    }

    /// Nil if the candidate is a person.
    init?(candidate: String) {
        guard candidate.hasPrefix(Self.prefix),
            let slash = candidate.firstIndex(of: "/")
        else { return nil }
        corpus = String(candidate[..<slash].dropFirst(Self.prefix.count))
        id = String(candidate[candidate.index(after: slash)...])
    }

    /// The record that an exemption names.
    init?(_ exemption: Exemption) {
        self.init(candidate: Self.prefix + exemption.record)
    }

    var candidate: String { "\(Self.prefix)\(corpus)/\(id)" }
}
