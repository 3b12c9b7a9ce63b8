import Domain
import Foundation

/// Finds text anywhere in the indexed records, whatever no rule foresaw.
///
/// Texts are in `TextFolder`'s form. The shards' signatures tell which blocks can hold what is looked
/// for, and these blocks are read from the shards and looked through. A search has no false negatives:
/// a row that holds the bytes is in the answer.
struct CorpusSearch {
    private let catalog: CorpusCatalog
    private let shards: [CatalogShard]
    private let reader = RecordReader()

    /// More grams than that hardly narrow the blocks down further.
    private static let gramCountMaximum = 48

    /// - Parameter corpora: names; nil means all.
    init(_ catalog: CorpusCatalog, corpora: [String]? = nil) throws {
        self.catalog = catalog
        shards = try corpora.map { try catalog.shards(ofCorpora: $0) } ?? catalog.shards()
    }

    /// Rows whose folded text holds these bytes, ascending.
    /// - Throws: `shard-missing`, `shard-changed`, `index-damaged`: nothing is left out silently.
    func rows(containing needle: [UInt8]) throws -> [Int64] {
        try rows(containing: needle, atMost: .max) ?? []
    }

    /// The same, or nil if there are more than `limit` rows: looking stops at the block that has the
    /// first one too many, so what blocks after it would throw is not thrown.
    func rows(containing needle: [UInt8], atMost limit: Int) throws -> [Int64]? {
        try rows(containingEach: [needle], atMost: limit).first ?? []
    }

    /// The same for several needles, each for itself; blocks that several can stand in are read once.
    func rows(containingEach needles: [[UInt8]], atMost limit: Int) throws -> [[Int64]?] {
        let queries = needles.map { Query(text: GramHash.normalised($0), anchor: $0) }
        return try search(queries, anchors: needles, atMost: limit) { _, found in found }
    }

    /// For each phrase the rows whose folded text holds it, ascending.
    /// - Throws: `shard-missing`, `shard-changed`, `index-damaged`: nothing is left out silently.
    func rows(holdingEach phrases: [Phrase]) throws -> [[Int64]] {
        let queries = phrases.map { Query(text: $0.signatureText, anchor: $0.longestWord) }
        let table = PhraseTable(phrases)
        let anchors = Set(queries.map(\.anchor)).sorted { $0.lexicographicallyPrecedes($1) }
        return try search(queries, anchors: anchors, atMost: .max) { text, _ in
            let text = Array(text)
            return table.occurring(in: text, FoldedWord.all(in: text))
        }.map { $0 ?? [] }
    }

    /// - Throws: `unknown-record`, `shard-missing`, `shard-changed`.
    func foldedText(ofRow row: Int64) throws -> [UInt8] {
        guard let place = try catalog.places(of: [row]).first else {
            throw LineageError(.unknownRecord, "The index has no record with this row.")
        }
        var folder = TextFolder()
        return folder.folded(try reader.read(place).text)
    }

    /// What one of several searches looks for.
    private struct Query {
        /// In the form in which grams are taken, see `GramHash`.
        let text: [UInt8]
        /// Bytes that the folded text must hold; none holds nothing.
        let anchor: [UInt8]
    }

    private func search(
        _ queries: [Query], anchors: [[UInt8]], atMost limit: Int,
        _ confirm: @escaping BlockScan.Confirmation
    ) throws -> [[Int64]?] {
        let asked = queries.indices.filter { !queries[$0].anchor.isEmpty }
        let positions = asked.map {
            Array(
                catalog.segments.grams.positions(queries[$0].text).prefix(Self.gramCountMaximum))
        }
        var blocks: [BlockScan.Block] = []
        for shard in shards where !asked.isEmpty {
            let segment = try catalog.segment(shard)
            for (block, holders) in try segment.candidates(positions) {
                blocks.append(
                    BlockScan.Block(
                        shard: shard, segment: segment, block: block,
                        queries: holders.map { asked[$0] }))
            }
        }
        let scan = BlockScan(
            blocks, anchors: anchors, queryCount: queries.count, atMost: limit, confirm)
        DispatchQueue.concurrentPerform(iterations: blocks.count < 4 ? 1 : 2) { _ in scan.work() }
        return try scan.rows()
    }
}

extension LineageIndex {
    /// Records whose folded text holds this text anywhere, within words too, in corpus, shard and line
    /// order; deleted ones too. Their rule is `text`.
    /// - Parameters:
    ///   - corpora: nil means all, of every role.
    ///   - limit: at most so many, the first ones; nil means all.
    /// - Throws: `malformed-identifier` if nothing of the text is left after folding, `unknown-name`,
    ///   `shard-missing`, `shard-changed`, `index-damaged`.
    package func search(
        text: String, corpora: [String]? = nil, limit: Int? = nil
    ) throws -> [RecordHit] {
        var folder = TextFolder()
        let needle = folder.folded(text)
        guard !needle.isEmpty else {
            throw LineageError(
                .malformedIdentifier, "The text to search for holds nothing that is searched for.",
                remedy: "Give letters, digits or signs.")
        }
        return try reading { catalog in
            let names = try corpora.map { try $0.map { try catalog.summary(named: $0).name } }
            let rows = try CorpusSearch(catalog, corpora: names).rows(containing: needle)
            let places = try catalog.places(of: limit.map { Array(rows.prefix($0)) } ?? rows)
            let subjects = try catalog.subjectNames(Set(places.flatMap(\.subjects)))
            return places.map { place in
                RecordHit(
                    key: place.key, role: place.role,
                    subjects: place.subjects.compactMap { subjects[$0] }.sorted(), rules: ["text"],
                    deletedBy: place.deletedBy)
            }
        }
    }
}
