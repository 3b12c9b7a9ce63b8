import Domain
import Foundation
import Lineage

/// A corpus after it was added, extended or indexed again.
package struct CorpusChange: Encodable, Sendable {
    package let summary: CorpusSummary
    /// What those of its shards were unpacked from that are not JSONL; in the order of the shards.
    package let imports: [ImportedShard]
    /// Records of erased people in the shards now given to a training corpus. They are indexed, so
    /// that requests find them; `train` refuses the corpus.
    package let suppressed: [SuppressionHit]
}

/// One record that `lethe corpus grep` found.
package struct FoundText: Encodable, Sendable {
    package let hit: RecordHit
    /// Only where the operator asked to see it.
    package let text: String?
}

extension Workspace {
    /// Registers and indexes shards. All or nothing; durable when it returns.
    ///
    /// Shards in other forms than JSONL are unpacked into `corpora/NAME` first (mode 0600).
    /// - Throws: what `LineageIndex.addCorpus` and `ShardImporter.importShard` throw.
    package func addCorpus(
        name: String, role: CorpusRole, servedCorpus: String?, shards: [URL],
        contents: IndexContents, actor: String, context: WorkContext
    ) throws -> CorpusChange {
        // Before hours go into unpacking.
        try lineage.checkNewCorpus(name: name, role: role, servedCorpus: servedCorpus)
        let (summary, plain) = try unpacking(shards, of: name, context) {
            try lineage.addCorpus(
                name: name, role: role, servedCorpus: servedCorpus, shards: $0,
                contents: contents, context: context)
        }
        try note("corpus-added", summary, actor: actor, facts: ["role": role.rawValue])
        return try change(summary, newShards: plain, context)
    }

    /// Adds shards to a corpus and indexes only them. All or nothing; durable when it returns.
    /// - Throws: what `LineageIndex.addShards` and `ShardImporter.importShard` throw.
    package func extendCorpus(
        name: String, shards: [URL], contents: IndexContents, actor: String, context: WorkContext
    ) throws -> CorpusChange {
        _ = try lineage.corpus(named: name)
        let (summary, plain) = try unpacking(shards, of: name, context) {
            try lineage.addShards(to: name, shards: $0, contents: contents, context: context)
        }
        try note(
            "corpus-extended", summary, actor: actor, facts: ["added-shards": "\(plain.count)"])
        return try change(summary, newShards: plain, context)
    }

    /// Indexes one shard of a corpus again, after it changed or its part of the index was damaged.
    /// - Parameter shard: as it is indexed, or what it was unpacked from, which is unpacked again then.
    /// - Throws: what `LineageIndex.reindex` and `ShardImporter.importAgain` throw; nothing changed
    ///   then.
    package func reindexShard(
        _ shard: URL, ofCorpus name: String, actor: String, context: WorkContext
    ) throws -> CorpusChange {
        let known = try lineage.corpus(named: name)
        let path = shard.standardizedFileURL.path
        let isIndexed = known.shards.contains { $0.path.utf8.elementsEqual(path.utf8) }
        let source =
            try isIndexed
            ? nil
            : imports(of: known).first { $0.sourcePath.utf8.elementsEqual(path.utf8) }
        let summary: CorpusSummary
        if let source {
            summary = try importer(name, context).importAgain(source) { renewed in
                let summary = try lineage.reindex(
                    shard: URL(fileURLWithPath: renewed.plainPath), ofCorpus: name,
                    context: context)
                try lineage.remember(renewed)
                return summary
            }
        } else {
            summary = try lineage.reindex(shard: shard, ofCorpus: name, context: context)
        }
        try note("shard-reindexed", summary, actor: actor, facts: [:])
        return try change(
            summary, newShards: [source.map { URL(fileURLWithPath: $0.plainPath) } ?? shard],
            context)
    }

    /// What the shards of a corpus that are not JSONL themselves were unpacked from.
    package func imports(of corpus: CorpusSummary) throws -> [ImportedShard] {
        try corpus.shards.compactMap { try lineage.importedShard(at: $0.path) }
    }

    /// Records that hold a text anywhere, in corpus, shard and line order.
    /// - Parameters:
    ///   - corpora: names; empty means all, of every role.
    ///   - limit: at most so many.
    ///   - withTexts: reads the records' texts, for an operator who asked to see them.
    /// - Returns: the records, and whether there are more.
    /// - Throws: what `LineageIndex.search` throws.
    package func search(
        text: String, corpora: [String], limit: Int, withTexts: Bool
    ) throws -> (found: [FoundText], hasMore: Bool) {
        let hits = try lineage.search(
            text: text, corpora: corpora.isEmpty ? nil : corpora,
            limit: limit == Int.max ? nil : limit + 1)
        let shown = Array(hits.prefix(limit))
        let texts = withTexts ? try lineage.records(shown.map(\.key)).map(\.text) : []
        return (
            shown.enumerated().map { index, hit in
                FoundText(hit: hit, text: withTexts ? texts[index] : nil)
            }, hits.count > limit
        )
    }

    private func change(
        _ summary: CorpusSummary, newShards: [URL], _ context: WorkContext
    ) throws -> CorpusChange {
        let list = try lineage.suppressionList()
        let isAsked = summary.role == .training && !list.isEmpty
        return CorpusChange(
            summary: summary, imports: try imports(of: summary),
            suppressed: isAsked ? try list.screen(newShards, context: context) : [])
    }

    private func note(
        _ event: String, _ summary: CorpusSummary, actor: String, facts: [String: String]
    ) throws {
        _ = try cases.appendNote(
            event: event, actor: actor, digests: ["corpus": summary.manifestDigest.hexadecimal],
            facts: [
                "corpus": summary.name, "records": "\(summary.recordCount)",
                "shards": "\(summary.shards.count)",
            ].merging(facts) { $1 })
    }

    private func importer(_ corpus: String, _ context: WorkContext) -> ShardImporter {
        ShardImporter(folder: layout.corpora.appendingPathComponent(corpus), context: context)
    }

    /// Unpacks what is not JSONL and does something with the JSONL. If that fails, nothing unpacked is
    /// left behind.
    private func unpacking(
        _ shards: [URL], of corpus: String, _ context: WorkContext,
        _ body: ([URL]) throws -> CorpusSummary
    ) throws -> (CorpusSummary, plain: [URL]) {
        let importer = importer(corpus, context)
        importer.removeLeftovers()
        var imported: [ImportedShard] = []
        do {
            var plain: [URL] = []
            for (number, shard) in shards.enumerated() {
                guard try !ShardImporter.isPlain(shard) else {
                    plain.append(shard)
                    continue
                }
                context.progress("unpack", number, of: shards.count)
                let unpacked = try importer.importShard(shard)
                if let twin = imported.first(where: { $0.plainPath == unpacked.plainPath }) {
                    throw LineageError(
                        .duplicateShard,
                        "\(unpacked.sourcePath) has the name and the content of "
                            + "\(twin.sourcePath).", details: ["path": unpacked.sourcePath],
                        remedy: "Name each file once.")
                }
                imported.append(unpacked)
                plain.append(URL(fileURLWithPath: unpacked.plainPath))
            }
            if !imported.isEmpty { context.progress("unpack", shards.count, of: shards.count) }
            // Before the shard is known: an erasure must never miss the source.
            for shard in imported { try lineage.remember(shard) }
            return (try body(plain), plain)
        } catch {
            try? discard(imported, of: corpus)
            throw Self.named(error, bySourceOf: imported)
        }
    }

    /// What was unpacked is gone when the operator reads the message, so it names the source.
    private static func named(
        _ error: any Error, bySourceOf imported: [ImportedShard]
    ) -> any Error {
        guard let error = error as? LineageError, let path = error.details["path"],
            let shard = imported.first(where: { $0.plainPath == path })
        else { return error }
        return LineageError(
            error.code,
            error.message.replacingOccurrences(of: path, with: shard.sourcePath),
            details: error.details.merging(["path": shard.sourcePath]) { $1 },
            remedy: error.remedy, cause: error.cause)
    }

    /// Removes unpacked files that are no shard of any corpus.
    private func discard(_ imported: [ImportedShard], of corpus: String) throws {
        let indexed = Set(try lineage.corpora().flatMap(\.shards).map(\.path))
        let files = imported.map(\.plainPath).filter { !indexed.contains($0) }
            .map { URL(fileURLWithPath: $0) }
        _ = try removeForGood(files)
        // Only empty folders can be removed so.
        for file in files { rmdir(file.deletingLastPathComponent().path) }
        rmdir(layout.corpora.appendingPathComponent(corpus).path)
    }
}
