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

    package let source: String
    package let format: String?
    /// One case per request in the file; empty if it was refused.
    package let cases: [CaseID]
    package let failure: Failure?

    init(source: String, format: String?, cases: [CaseID]) {
        self.source = source
        self.format = format
        self.cases = cases
        failure = nil
    }

    init(source: String, error: any ReportableError) {
        self.source = source
        format = nil
        cases = []
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
    /// - Throws: what concerns the workspace; what concerns a file is in its result.
    package func intake(
        _ sources: [String], format: String?, receivedAt: Timestamp?, actor: String,
        standardInput: @escaping () throws -> Data, onResult: (IntakeResult) -> Void = { _ in }
    ) throws -> [IntakeResult] {
        try sources.flatMap { source in
            if source == "-" {
                return [("standard input", { try standardInput() })]
            }
            return try files(of: URL(fileURLWithPath: source)).map { url in
                (url.lastPathComponent, { try Self.readRequest(url) })
            }
        }.map { (name: String, read: () throws -> Data) in
            let result: IntakeResult
            do {
                result = try take(
                    read(), name: name, format: format, receivedAt: receivedAt, actor: actor)
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

    private static func readRequest(_ url: URL) throws -> Data {
        let size =
            (try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int) ?? 0
        guard size <= maximumRequestBytes else {
            throw EngineError(
                .noInput,
                "\(url.lastPathComponent) has \(size) bytes; a request has at most 1 MiB.",
                details: ["source": url.lastPathComponent])
        }
        return try DurableFile.read(url)
    }

    private func take(
        _ data: Data, name: String, format: String?, receivedAt: Timestamp?, actor: String
    ) throws -> IntakeResult {
        let parsed = try parseRequests(data, sourceName: name, format: format)
        let now = clock.now()
        let new = parsed.map { item in
            let request = item.request
            let received = receivedAt ?? request.receivedAt ?? now
            let complete = DeletionRequest(
                sourceID: request.sourceID, receivedAt: received, regime: request.regime,
                identifiers: request.identifiers, ground: request.ground, scope: request.scope,
                note: request.note?.revealed)
            return (
                new: NewCase(regime: request.regime ?? policy.regime, sourceFormat: item.formatID),
                vault: VaultedRequest(rawBytes: data, request: complete)
            )
        }
        let records = try cases.create(new, actor: actor)
        return IntakeResult(source: name, format: parsed.first?.formatID, cases: records.map(\.id))
    }
}
