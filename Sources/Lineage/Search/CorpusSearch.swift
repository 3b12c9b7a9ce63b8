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
        guard !needle.isEmpty else { return [] }
        return try search(GramHash.normalised(needle), anchor: needle, atMost: limit) { _ in true }
    }

    /// Records whose folded text holds the phrase.
    /// - Throws: `shard-missing`, `shard-changed`, `index-damaged`: nothing is left out silently.
    func rows(holding phrase: Phrase) throws -> [Int64] {
        try search(phrase.signatureText, anchor: phrase.longestWord, atMost: .max) {
            phrase.occurs(in: Array($0))
        } ?? []
    }

    /// - Throws: `unknown-record`, `shard-missing`, `shard-changed`.
    func foldedText(ofRow row: Int64) throws -> [UInt8] {
        guard let place = try catalog.places(of: [row]).first else {
            throw LineageError(.unknownRecord, "The index has no record with this row.")
        }
        var folder = TextFolder()
        return folder.folded(try RecordReader().read(place).text)
    }

    /// - Parameters:
    ///   - text: in the form in which grams are taken, see `GramHash`.
    ///   - anchor: bytes that the folded text must hold, looked for first.
    ///   - confirm: given a folded text that holds the anchor.
    /// - Returns: nil if more than `limit` rows are confirmed.
    private func search(
        _ text: [UInt8], anchor: [UInt8], atMost limit: Int,
        _ confirm: @escaping (UnsafeBufferPointer<UInt8>) -> Bool
    ) throws -> [Int64]? {
        let positions = Array(
            catalog.segments.grams.positions(text).prefix(Self.gramCountMaximum))
        var blocks: [BlockScan.Block] = []
        for shard in shards {
            let segment = try catalog.segment(shard)
            for block in try segment.candidates(positions) {
                blocks.append(BlockScan.Block(shard: shard, segment: segment, block: block))
            }
        }
        let scan = BlockScan(blocks, anchor: anchor, atMost: limit, confirm)
        DispatchQueue.concurrentPerform(iterations: blocks.count < 4 ? 1 : 2) { _ in scan.work() }
        return try scan.rows()
    }
}

/// Looks blocks through, with as many threads as call `work`.
private final class BlockScan: @unchecked Sendable {
    struct Block {
        let shard: CatalogShard
        let segment: Segment
        let block: Segment.TextBlock
    }

    private let blocks: [Block]
    private let anchor: [UInt8]
    private let confirm: (UnsafeBufferPointer<UInt8>) -> Bool
    private let limit: Int
    private let lock = NSLock()
    // Guarded by `lock`.
    private var next = 0
    private var foundCount = 0
    private var results: [Result<[Int64], any Error>?]

    init(
        _ blocks: [Block], anchor: [UInt8], atMost limit: Int,
        _ confirm: @escaping (UnsafeBufferPointer<UInt8>) -> Bool
    ) {
        self.blocks = blocks
        self.anchor = anchor
        self.confirm = confirm
        self.limit = limit
        results = Array(repeating: nil, count: blocks.count)
    }

    /// Looks through one block after the other until none is left or more was found than is asked for.
    func work() {
        let reader = BlockReader(anchor: anchor)
        while let index = take() {
            let result = rows(of: blocks[index], reader)
            lock.withLock {
                results[index] = result
                if case .success(let rows) = result { foundCount += rows.count }
            }
        }
    }

    /// Rows of all blocks, or nil if there are more than asked for; the error of a block if it comes
    /// before that is known. Blocks are taken in order and whoever took one ends it, so the answer does
    /// not depend on how many threads looked.
    func rows() throws -> [Int64]? {
        var rows: [Int64] = []
        for result in results {
            rows += try result?.get() ?? []
            if rows.count > limit { return nil }
        }
        return rows.sorted()
    }

    private func take() -> Int? {
        lock.withLock {
            guard next < blocks.count, foundCount <= limit else { return nil }
            next += 1
            return next - 1
        }
    }

    private func rows(of block: Block, _ reader: BlockReader) -> Result<[Int64], any Error> {
        do {
            let ordinals = try reader.ordinals(
                of: block.block, block.segment, path: block.shard.path, confirm)
            return .success(ordinals.map(block.shard.row(ofRecord:)))
        } catch { return .failure(error) }
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
