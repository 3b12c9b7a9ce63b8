import Domain
import Foundation
import Lineage

/// Something that a restored backup brought back and that must be erased again, as one row.
package struct RestoreRow: Encodable, Sendable, Equatable {
    /// `shard`, `record`, `index-entry`, `model` or `unreadable`.
    package let kind: String
    package let path: String?
    package let line: Int?
    package let corpus: String?
    package let model: String?
    package let version: Int?
    package let digest: Digest?
    package let isCurrent: Bool?
    /// Cases whose erasure it undoes.
    package let cases: [String]
    /// Why a file could not be looked at.
    package let code: String?

    private init(
        _ kind: String, path: String? = nil, line: Int? = nil, corpus: String? = nil,
        model: String? = nil, version: Int? = nil, digest: Digest? = nil, isCurrent: Bool? = nil,
        cases: [String] = [], code: String? = nil
    ) {
        self.kind = kind
        self.path = path
        self.line = line
        self.corpus = corpus
        self.model = model
        self.version = version
        self.digest = digest
        self.isCurrent = isCurrent
        self.cases = cases
        self.code = code
    }

    init(_ finding: RestoreFinding) {
        switch finding {
        case .shard(let path, let cases): self.init("shard", path: path, cases: cases)
        case .record(let path, let line, let corpus, let caseID):
            self.init("record", path: path, line: line, corpus: corpus, cases: [caseID])
        case .indexEntry(let path, let cases): self.init("index-entry", path: path, cases: cases)
        case .model(let name, let version, let digest, let isCurrent, let caseID):
            self.init(
                "model", model: name, version: version, digest: digest, isCurrent: isCurrent,
                cases: [caseID])
        case .unreadable(let path, let code): self.init("unreadable", path: path, code: code)
        }
    }
}

extension Workspace {
    /// Looks for erased people in files of any known form, or in folders of text files, before
    /// anything is trained on them. Changes nothing.
    /// - Throws: what `SuppressionList.screen` throws.
    package func screen(_ files: [URL], context: WorkContext) throws -> [SuppressionHit] {
        try lineage.suppressionList().screen(files, context: context)
    }

    /// Refuses a training on records of erased people. Records that are excluded from training anyway
    /// do not count.
    /// - Parameter keys: the records to be trained on, all records of the corpora that are not excluded.
    /// - Throws: `suppressed-records` with files, lines and cases; what `SuppressionList.screen` throws.
    func refuseSuppressed(
        _ keys: [RecordKey], ofCorpora corpora: [String], context: WorkContext
    ) throws {
        let list = try lineage.suppressionList()
        guard !list.isEmpty else { return }
        var shards: [URL] = []
        for name in corpora {
            for shard in try lineage.corpus(named: name).shards {
                let url = URL(fileURLWithPath: shard.path)
                if !shards.contains(url) { shards.append(url) }
            }
        }
        var lines: [String: Set<Int>] = [:]
        for key in keys { lines[key.shard, default: []].insert(key.line) }
        let hits = try list.screen(shards, context: context).filter {
            lines[$0.file]?.contains($0.line) == true
        }
        guard let first = hits.first else { return }
        let places = Self.distinctPlaces(hits)
        let shown = places.prefix(Self.shownPlaceCount)
        let more = places.count > shown.count ? " and \(places.count - shown.count) more" : ""
        throw EngineError(
            .suppressedRecords,
            "Records of erased people stand in what is to be trained on: "
                + shown.joined(separator: "; ") + more + ".",
            details: [
                "records": "\(places.count)", "path": first.file, "line": "\(first.line)",
                "cases": Set(hits.map(\.caseID)).sorted().joined(separator: " "),
            ],
            remedy: "Remove these records from the files and index them again with `lethe corpus "
                + "reindex`; `lethe corpus screen` lists them all.")
    }

    private static let shownPlaceCount = 5

    private static func distinctPlaces(_ hits: [SuppressionHit]) -> [String] {
        var places: [(place: String, cases: [String])] = []
        for hit in hits {
            let place = "\(hit.file), line \(hit.line)"
            if places.last?.place == place {
                if !places[places.count - 1].cases.contains(hit.caseID) {
                    places[places.count - 1].cases.append(hit.caseID)
                }
            } else {
                places.append((place, [hit.caseID]))
            }
        }
        return places.map { "\($0.place) (\($0.cases.joined(separator: " ")))" }
    }

    /// Lists what a restored backup brought back of erased people.
    /// - Parameters:
    ///   - files: further files that the restore brought, beside the known shards and their sources.
    ///   - tombstones: an export of tombstones, which a restored database may lack; taken in first.
    ///     The workspace must be open for changing then.
    /// - Throws: `malformed-ledger`, `file-unreadable`, `interrupted` and those of the index.
    package func restoreCheck(
        files: [URL], tombstones: URL?, context: WorkContext
    ) throws -> [RestoreRow] {
        if let tombstones { try lineage.importTombstones(from: tombstones) }
        for file in files where !FileManager.default.fileExists(atPath: file.path) {
            throw DomainError(
                .fileUnreadable, "\(file.path) does not exist.", details: ["path": file.path],
                remedy: "Check the path.")
        }
        return try lineage.restoreCheck(
            files: files, context: context,
            isPresent: { entry in
                FileManager.default.fileExists(
                    atPath: folder.appendingPathComponent(entry.path).path)
            }
        ).map(RestoreRow.init)
    }
}
