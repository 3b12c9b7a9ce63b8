import Casework
import Domain
import Foundation
import Intake

/// What became of one file.
package struct IntakeResult: Codable, Sendable {
    package struct Failure: Codable, Sendable {
        package let code: String
        package let message: String
        package let remedy: String?
        package let details: [String: String]
        /// What the command ends with if nothing worse happens; 65 bad input, 74 reading or writing.
        package let exitStatus: Int32
    }

    package enum Action: String, Codable, Sendable {
        case opened, withdrawn
    }

    package let source: String
    package let format: String?
    /// One case per request in the file; empty if it was refused.
    package let cases: [CaseID]
    /// Whether the file opened the cases or took them back.
    package let action: Action?
    /// Whether it is known who sent it: a signature was checked under one of the operator's keys.
    package let isAuthenticated: Bool
    /// What the file said and intake did not act on.
    package let remarks: [String]
    package let failure: Failure?

    init(source: String, parsed: [ParsedRequest], action: Action, cases: [CaseID]) {
        self.source = source
        format = parsed.first?.formatID
        self.cases = cases
        self.action = action
        isAuthenticated = parsed.allSatisfy { $0.request.authenticity.isVerified }
        remarks = parsed.flatMap(\.remarks).reduce(into: []) {
            if !$0.contains($1) { $0.append($1) }
        }
        failure = nil
    }

    init(source: String, error: any ReportableError) {
        self.source = source
        format = nil
        cases = []
        action = nil
        isAuthenticated = false
        remarks = []
        failure = Failure(
            code: error.codeName, message: error.message, remedy: error.remedy,
            details: error.details, exitStatus: error.kind.rawValue)
    }
}

extension Workspace {
    /// A file's request is at most this large; more is refused before it is read.
    package static let maximumRequestBytes = 1 << 20

    /// Takes request files in: each file wholly or not at all, each on its own, so that a bad one does
    /// not keep the good ones out. Every case is on disk when its result is reported.
    /// - Parameters:
    ///   - sources: files, folders (their files, not deeper), or `-` for standard input.
    ///   - receivedAt: overrides when the controller received them; not in the future.
    ///   - keys: what signatures are checked with; nil for those of the workspace, `keys/intake-keys.json`.
    /// - Throws: what concerns the workspace; what concerns a file is in its result.
    package func intake(
        _ sources: [String], format: String?, receivedAt: Timestamp?, keys: IntakeKeys? = nil,
        actor: String,
        standardInput: @escaping () throws -> Data, onResult: (IntakeResult) -> Void = { _ in }
    ) throws -> [IntakeResult] {
        let keys = try keys ?? intakeKeys()
        return try sources.flatMap { source in
            if source == "-" {
                return [("standard input", { try standardInput() })]
            }
            return try files(of: URL(fileURLWithPath: source)).map { url in
                (url.lastPathComponent, { try readRequestFile(url) })
            }
        }.map { (name: String, read: () throws -> Data) in
            let result: IntakeResult
            do {
                result = try take(
                    read(), name: name, format: format, receivedAt: receivedAt, keys: keys,
                    actor: actor)
            } catch let error as any ReportableError where Self.concernsOneFile(error) {
                result = IntakeResult(source: name, error: error)
            }
            onResult(result)
            return result
        }
    }

    private static func concernsOneFile(_ error: any ReportableError) -> Bool {
        switch error.kind {
        case .badInput, .refused, .notFound, .io: true
        default: false
        }
    }

    private func files(of url: URL) throws -> [URL] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw EngineError(
                .noInput, "There is no file or folder \(url.path).", details: ["path": url.path],
                remedy: "Check the path.")
        }
        guard isFolder.boolValue else { return [url] }
        let names = try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
        let files = names.filter { !$0.hasPrefix(".") }.map { url.appendingPathComponent($0) }
            .filter { file in
                var isInnerFolder: ObjCBool = false
                let exists = FileManager.default.fileExists(
                    atPath: file.path, isDirectory: &isInnerFolder)
                return exists && !isInnerFolder.boolValue
            }
        guard !files.isEmpty else {
            throw EngineError(
                .noInput, "The folder \(url.path) holds no file.", details: ["path": url.path])
        }
        return files
    }

    /// The keys of the workspace that senders' signatures are checked with.
    /// - Throws: `unusable-keys`, `file-unreadable`.
    package func intakeKeys() throws -> IntakeKeys {
        guard FileManager.default.fileExists(atPath: layout.intakeKeys.path) else { return .none }
        return try IntakeKeys(
            parsing: DurableFile.read(layout.intakeKeys),
            sourceName: layout.intakeKeys.lastPathComponent)
    }

    private func take(
        _ data: Data, name: String, format: String?, receivedAt: Timestamp?, keys: IntakeKeys,
        actor: String
    ) throws -> IntakeResult {
        let now = clock.now()
        let parsed = try parseRequests(
            data, sourceName: name, format: format, keys: keys, arrival: receivedAt ?? now)
        let withdrawals = parsed.compactMap { item -> (ParsedRequest, String)? in
            guard case .withdrawal(let earlier) = item.request.kind else { return nil }
            return (item, earlier)
        }
        guard withdrawals.isEmpty else {
            guard withdrawals.count == parsed.count else {
                throw EngineError(
                    .mixedRequests, "\(name) holds requests and withdrawals of requests together.",
                    details: ["source": name], remedy: "Split it into two files.")
            }
            return try takeBack(withdrawals, of: data, name: name, actor: actor)
        }
        let calendar = try policy.workingCalendar()
        let zone = try policy.controllerZone()
        let new = parsed.map { item in
            let request = item.request.received(at: receivedAt ?? item.request.receivedAt ?? now)
            return (
                new: NewCase(
                    regime: request.regime ?? policy.regime, sourceFormat: item.formatID,
                    calendar: calendar, zone: zone, identity: Self.level(of: request)),
                vault: VaultedRequest(rawBytes: data, request: request)
            )
        }
        let records = try cases.create(new, actor: actor)
        return IntakeResult(
            source: name, parsed: parsed, action: .opened, cases: records.map(\.id))
    }

    /// A signature under a key that the controller knows counts as proof of who asks.
    private static func level(of request: DeletionRequest) -> IdentityLevel {
        request.authenticity.isVerified ? .authenticatedRequest : .unverified
    }

    /// A request that was verified is taken back under the same key only.
    private func isFromSameSender(
        _ record: CaseRecord, _ message: DeletionRequest
    ) throws -> Bool {
        guard !record.state.isFinal, record.progress.legal.identity.level > .unverified,
            case .verified(_, let own) = try cases.request(of: record.id).authenticity
        else { return true }
        guard case .verified(_, let theirs) = message.authenticity else { return false }
        return own.utf8.elementsEqual(theirs.utf8)
    }

    /// Ends the cases that a sender takes back, all that the file names or none. A message that is worse
    /// verified than the request was cannot do that. The same file once more ends no other case: not
    /// even a later one of the same sender and id.
    private func takeBack(
        _ withdrawals: [(ParsedRequest, String)], of data: Data, name: String, actor: String
    ) throws -> IntakeResult {
        let message = Digest(of: data)
        var taken: [TakenBack] = []
        for (item, earlier) in withdrawals {
            // Our own ids can be counted through; only the Data Rights Protocol names cases by them.
            let known =
                item.formatID == "drp" && CaseID(earlier) != nil
                ? [CaseID(earlier)].compactMap { $0 } : try cases.cases(ofSource: earlier)
            let found = try known.map { try cases.load($0) }.filter {
                try $0.sourceFormat == item.formatID && isFromSameSender($0, item.request)
            }
            let free = found.filter { record in !taken.contains { $0.id == record.id } }
            // The one that this message ended before, or the newest that is still open; else the newest,
            // whose refusal to end again is then told.
            guard
                let record = free.last(where: { $0.wasTakenBack(by: message) })
                    ?? free.last(where: { !$0.state.isFinal }) ?? found.last
            else {
                throw EngineError(
                    .noSuchRequest, "\(name) takes back a request that did not come in.",
                    details: ["source": name], remedy: "See `lethe case list`.")
            }
            taken.append(TakenBack(record.id, level: Self.level(of: item.request)))
        }
        let closed = try cases.cancel(taken, message: message, actor: actor, at: clock.now())
        try discardAbandonedWork()
        return IntakeResult(
            source: name, parsed: withdrawals.map(\.0), action: .withdrawn,
            cases: closed.map(\.id))
    }
}

extension DeletionRequest {
    /// The same with the time of receipt filled in.
    fileprivate func received(at time: Timestamp) -> DeletionRequest {
        DeletionRequest(
            sourceID: sourceID, receivedAt: time, regime: regime, identifiers: identifiers,
            ground: ground, scope: scope, note: note?.revealed, kind: kind,
            authenticity: authenticity, callbacks: callbacks.map(\.revealed),
            relationships: relationships, limits: limits, demandIDs: demandIDs)
    }
}
