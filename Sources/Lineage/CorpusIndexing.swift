import Domain
import Foundation
import GRDB

extension LineageIndex {
    /// Registers and indexes a corpus: all of it, or - when this throws - nothing.
    /// - Parameters:
    ///   - servedCorpus: the training corpus that twins, controls or general text belong to.
    ///   - shards: JSONL files, at least one; read once, in this order, in pieces, by two workers.
    ///   - contents: what is indexed; `reindex` adds the texts of a shard later.
    /// - Throws: `corpus-exists`, `malformed-corpus`, `duplicate-shard`, `empty-shard`,
    ///   `file-unreadable`,
    ///   `file-not-written`, `interrupted`, `index-locked`, and for lines `empty-line`, `invalid-utf8`,
    ///   `malformed-line`, `oversized-line`, `unknown-key`, `missing-text`, `malformed-field`,
    ///   `duplicate-record`.
    @discardableResult
    package func addCorpus(
        name: String, role: CorpusRole = .training, servedCorpus: String? = nil, shards: [URL],
        contents: IndexContents = .identifiersAndTexts, context: WorkContext = WorkContext()
    ) throws -> CorpusSummary {
        try checkName(name)
        let paths = try distinctPaths(shards)
        return try segments.building {
            try database.read {
                try self.checkNew($0, name: name, role: role, served: servedCorpus)
            }
            return try withSegments(
                of: paths, corpus: name, besides: [], contents: contents, context
            ) { built, count in
                try database.write { db in
                    try self.checkNew(db, name: name, role: role, served: servedCorpus)
                    try db.execute(
                        sql: """
                            INSERT INTO corpus(name, role, servedCorpus, digest, subjectCount)
                            VALUES (?, ?, ?, '', ?)
                            """, arguments: [name, role.rawValue, servedCorpus, count])
                    let row = db.lastInsertedRowID
                    for segment in built { try Self.insertShard(db, corpus: row, segment) }
                    return try self.updatedSummary(db, corpus: row, name: name)
                }
            }
        }
    }

    /// Every corpus, in the order in which they were added.
    package func corpora() throws -> [CorpusSummary] {
        try reading { try $0.summaries() }
    }

    /// - Throws: `unknown-name`, listing the known corpora and the nearest.
    package func corpus(named name: String) throws -> CorpusSummary {
        try reading { try $0.summary(named: name) }
    }

    /// Reads every shard again and compares digests, in the order of the shards, and checks what the
    /// index holds of them.
    /// - Throws: `unknown-name`, `index-damaged`, `index-outdated`; `file-unreadable` for a shard that is
    ///   there and cannot be read.
    package func verifyCorpus(named name: String) throws -> [ShardCheck] {
        try reading { catalog in
            let known = try catalog.summary(named: name).name
            for shard in try catalog.shards(ofCorpora: [known]) {
                try catalog.segment(shard).verify()
            }
        }
        return try corpus(named: name).shards.map { shard in
            let found =
                try ShardScanner.exists(shard.path)
                ? Digest(ofFileAt: URL(fileURLWithPath: shard.path)) : nil
            let status: ShardCheck.Status =
                found == nil ? .missing : found == shard.digest ? .same : .changed
            return ShardCheck(
                path: shard.path, status: status, expected: shard.digest, found: found)
        }
    }

    /// Equal sets of shards give equal digests, in whatever order.
    static func manifestDigest(_ shards: [Digest]) -> Digest {
        Digest(of: shards.sorted().map(\.hexadecimal).joined(separator: "\n"))
    }

    /// Whether a corpus can be added like this, asked before its shards are unpacked.
    /// - Throws: `malformed-corpus`, `corpus-exists`, `unknown-name`.
    package func checkNewCorpus(
        name: String, role: CorpusRole, servedCorpus: String?
    ) throws {
        try checkName(name)
        try database.read { try self.checkNew($0, name: name, role: role, served: servedCorpus) }
    }

    private func checkName(_ name: String) throws {
        let isPlain = name.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
        guard isPlain, (1...64).contains(name.utf8.count), name.utf8.first != 45,
            name.utf8.first != UInt8(ascii: ".")
        else {
            throw LineageError(
                .malformedCorpus, "\"\(name.prefix(80))\" cannot be the name of a corpus.",
                remedy: "Use 1 to 64 letters, digits, hyphens, points and underscores, no hyphen "
                    + "or point first.")
        }
    }

    func distinctPaths(_ shards: [URL]) throws -> [String] {
        guard !shards.isEmpty else {
            throw LineageError(
                .malformedCorpus, "A corpus needs at least one shard.",
                remedy: "Name one or more JSONL files.")
        }
        var resolved: [String] = []
        return try shards.map { shard in
            let path = shard.standardizedFileURL.path
            let real = shard.resolvingSymlinksInPath().standardizedFileURL.path
            guard !resolved.contains(where: { $0.utf8.elementsEqual(real.utf8) }) else {
                throw LineageError(
                    .duplicateShard, "The shard \(path) is given twice.", details: ["path": path],
                    remedy: "Name each file once.")
            }
            resolved.append(real)
            return path
        }
    }

    static func fileByteCount(_ path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }

    private func checkNew(
        _ db: Database, name: String, role: CorpusRole, served: String?
    ) throws {
        let catalog = CorpusCatalog(db, segments)
        guard try !catalog.names().contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
            throw LineageError(
                .corpusExists, "There already is a corpus named \"\(name)\".",
                details: ["corpus": name],
                remedy: "Choose another name; `lethe corpus show \(name)` shows the existing one.")
        }
        if let served {
            guard role != .training else {
                throw LineageError(
                    .malformedCorpus, "A training corpus cannot belong to another corpus.",
                    details: ["corpus": name],
                    remedy: "Give the role twins, controls or general, or leave the other out.")
            }
            guard try catalog.summary(named: served).role == .training else {
                throw LineageError(
                    .malformedCorpus, "The corpus \"\(served)\" is not a training corpus.",
                    details: ["corpus": served],
                    remedy: "Name the training corpus that \"\(name)\" belongs to.")
            }
        }
    }
}
