import Casework
import Domain
import Foundation
import TestSupport

/// Requests, summaries and stores that the tests of this module share.
enum Sample {
    static let start = Timestamp(secondsSince1970: 1_772_701_200)  // 2026-03-05T09:00:00Z
    static let email = "jane.oakfield@example.org"
    static let personName = "Jane Oakfield"

    static func request(
        _ sourceID: String = "req-1", email: String = email, name: String = personName
    ) -> VaultedRequest {
        VaultedRequest(
            rawBytes: Data("{\"id\":\"\(sourceID)\",\"email\":\"\(email)\"}".utf8),
            request: DeletionRequest(
                sourceID: sourceID, receivedAt: start, regime: .gdprEU,
                identifiers: [
                    PersonalIdentifier(kind: .email, value: email),
                    PersonalIdentifier(kind: .name, value: name),
                    PersonalIdentifier(kind: .phone, value: "+49 (151) 234-5678"),
                ],
                ground: "art17-1-b", scope: ["demo"], note: "please hurry, \(name)"))
    }

    static let newCase = NewCase(regime: .gdprEU, sourceFormat: "lethe-json")

    static func scope(
        subjects: [String] = ["person-001"], model: String? = "demo",
        candidates: [MatchCandidate] = []
    ) -> ScopeSummary {
        ScopeSummary(
            corpora: ["people"], subjects: subjects, recordCount: 5 * subjects.count,
            shardDigests: [Digest(of: "shard")], recordsDigest: Digest(of: "records"),
            models: model.map {
                [AffectedModel(name: $0, digest: Digest(of: "m0"), runIDs: ["train-1"])]
            } ?? [],
            modelName: model, indexDigest: Digest(of: "index"), candidates: candidates)
    }

    static let candidates = [
        MatchCandidate(subject: "person-017", recordCount: 3, rules: ["name-phrase"]),
        MatchCandidate(subject: "person-018", recordCount: 5, rules: ["name-phrase"]),
    ]

    static func run(
        _ cases: [CaseID], method: String = "npo", methodClass: MethodClass = .approximate
    ) -> UnlearningSummary {
        UnlearningSummary(
            runID: "run-\(method)", method: method, methodClass: methodClass,
            baseModel: Digest(of: "m0"), outputModel: Digest(of: "m-\(method)"),
            parameters: ["beta": 0.1], startedAt: start, finishedAt: start, casesInRun: cases,
            rungIndex: 0)
    }

    static func report(
        _ outcome: CheckOutcome = .passed, failed: [String] = ["forget-values"]
    ) -> VerificationSummary {
        VerificationSummary(
            reportDigest: Digest(of: "report \(outcome.rawValue)"), outcome: outcome,
            passedCount: outcome == .passed ? 12 : 11, failedCount: outcome == .failed ? 1 : 0,
            couldNotCheckCount: outcome == .couldNotCheck ? 1 : 0,
            failedChecks: outcome == .passed ? [] : failed)
    }

    static let certificate = CertificateSummary(
        payloadDigest: Digest(of: "payload"), path: "certificates/C-2026-0001.dsse.json",
        issuedAt: start)

    static let policy = Policy(
        name: "default", regime: .gdprEU,
        ladder: [
            PolicyRung(method: "npo", maximumPersons: 1), PolicyRung(method: "shrink-refit"),
            PolicyRung(method: "retrain"),
        ], gate: GatePolicy(), exactBudget: ExactBudget())

    /// A record as the store would make it, in any state, with everything a guard may ask for.
    static func record(_ state: CaseState, progress: CaseProgress? = nil) -> CaseRecord {
        let id = CaseID(year: 2026, number: 1)
        return CaseRecord(
            id: id, state: state, heldFrom: state == .onHold ? .scoped : nil, version: 1,
            createdAt: start, receivedAt: start, dueAt: start, regime: .gdprEU,
            sourceFormat: "lethe-json", requestDigest: Digest(of: "request"),
            sourceIDDigest: Digest(of: "source"), modelName: "demo",
            progress: progress ?? CaseProgress())
    }
}

/// A store in a folder that disappears with it.
struct ScratchStore {
    let folder: ScratchFolder
    let store: SQLiteCaseStore
    var path: String { folder.url.appendingPathComponent("cases.sqlite").path }

    init(clock: any Clock = FixedClock(Sample.start), folder: ScratchFolder? = nil) throws {
        self.folder = try folder ?? ScratchFolder()
        store = try SQLiteCaseStore(
            path: self.folder.url.appendingPathComponent("cases.sqlite").path,
            vault: try Vault(masterKey: Data(repeating: 7, count: 32)), clock: clock)
    }

    /// Opens the same file once more, as a new process would.
    func reopened() throws -> SQLiteCaseStore {
        try SQLiteCaseStore(
            path: path, vault: try Vault(masterKey: Data(repeating: 7, count: 32)),
            clock: FixedClock(Sample.start))
    }

    @discardableResult
    func receive(_ sourceID: String = "req-1") throws -> CaseRecord {
        try store.create(Sample.newCase, vault: Sample.request(sourceID), actor: "ada")
    }
}

/// The error a call is expected to throw.
func caseworkError(_ body: () throws -> Void) -> CaseworkError? {
    do {
        try body()
        return nil
    } catch { return error as? CaseworkError }
}
