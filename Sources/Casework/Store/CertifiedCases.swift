import Domain
import Foundation
import GRDB

/// A certified case as the verification of a later one has to know it.
package struct CertifiedCase: Sendable, Equatable {
    package let id: CaseID
    package let runID: String
    /// Persons the request was about; at least 1.
    package let personCount: Int
}

/// Statements over what a model was made for. The expressions are those of the indexes of
/// `003-cases-by-model`, letter by letter, or SQLite would not use them; a damaged row has the value
/// NULL there, so that it stays readable to those who look for damage.
package enum ModelQueries {
    static let modelName = member("$.modelName", of: "record")
    static let outputModel = member("$.progress.unlearning.outputModel", of: "record")
    static let entryOutput = member("$.digests.\"model-after\"", of: "body")

    private static func member(_ path: String, of column: String) -> String {
        "CASE WHEN json_valid(CAST(\(column) AS TEXT)) "
            + "THEN json_extract(CAST(\(column) AS TEXT), '\(path)') END"
    }

    /// Takes the model's name.
    package static let certifiedOfModel = """
        SELECT id,
        json_extract(CAST(record AS TEXT), '$.progress.unlearning.runID') AS runID,
        json_array_length(CAST(record AS TEXT), '$.progress.scope.subjects') AS subjectCount
        FROM cases WHERE state = 'certified' AND \(modelName) = ? ORDER BY year, number
        """

    /// Takes the output model's digest.
    package static let certifiedByOutput = """
        SELECT record FROM cases WHERE state = 'certified' AND \(outputModel) = ?
        ORDER BY year, number
        """

    /// Takes the output model's digest.
    package static let entriesByOutput = """
        SELECT sequence, body, hash FROM history
        WHERE \(entryOutput) IS NOT NULL AND \(entryOutput) = ? ORDER BY sequence DESC
        """
}

extension SQLiteCaseStore {
    /// Certified cases that were unlearned from the model with a name, in whichever of its versions,
    /// sorted by id. Only their rows are read.
    package func certifiedCases(ofModel name: String) throws -> [CertifiedCase] {
        try read { db in
            try Row.fetchAll(db, sql: ModelQueries.certifiedOfModel, arguments: [name]).map { row in
                let text: String = row["id"]
                guard let id = CaseID(text), let runID: String = row["runID"] else {
                    throw CaseworkError(
                        .historyBroken, "The stored row of \(text) cannot be read.",
                        details: ["case": text], remedy: "See `lethe history verify`.")
                }
                let subjectCount: Int? = row["subjectCount"]
                return CertifiedCase(
                    id: id, runID: runID, personCount: max(1, subjectCount ?? 1))
            }
        }
    }

    /// Certified cases whose run made one model of the other, sorted by id.
    package func certifiedCases(making output: Digest, of base: Digest) throws -> [CaseRecord] {
        try read { db in
            try Data.fetchAll(
                db, sql: ModelQueries.certifiedByOutput, arguments: [output.hexadecimal]
            ).map { try CanonicalJSON.decode(CaseRecord.self, from: $0) }
        }.filter { $0.progress.unlearning?.baseModel == base }
    }

    /// The report with which a run passed that made a model, from the history: a case that was opened
    /// again leaves run and report behind, while the model stays what others were made of.
    /// - Returns: the report's digest; of several cases of the run that of the last one to pass. Nil if
    ///   none passed.
    package func passedReport(ofOutput model: Digest) throws -> Digest? {
        let done = try read { db in
            try Row.fetchAll(
                db, sql: ModelQueries.entriesByOutput, arguments: [model.hexadecimal]
            ).map(Self.entry)
        }.filter { $0.event == CaseEvent.unlearnDone.rawValue }
        for run in done {
            guard let id = run.caseID else { continue }
            // What came after the case's next run is about that one.
            let verdict = try history(of: id).first {
                $0.sequence > run.sequence && Self.endsRun.contains($0.event)
            }
            guard verdict?.event == CaseEvent.verificationPassed.rawValue,
                let digest = verdict?.digests["report"].flatMap(Digest.init(hexadecimal:))
            else { continue }
            return digest
        }
        return nil
    }

    private static let endsRun = Set(
        [CaseEvent.verificationPassed, .verificationFailed, .unlearnDone].map(\.rawValue))
}
