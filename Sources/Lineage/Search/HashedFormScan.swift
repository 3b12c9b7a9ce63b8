import Domain
import Foundation

/// Compares all records of an index with the hashes of a request, in one pass over the shards; with as
/// many threads as call `work`.
///
/// The pass ends when every hash was found: a hash is of one spelling, and a spelling of one form.
final class HashedFormScan: @unchecked Sendable {
    private struct Block {
        let shard: CatalogShard
        let segment: Segment
        let block: Segment.TextBlock
    }

    private let forms: HashedForms
    private let blocks: [Block]
    private let lock = NSLock()
    // Guarded by `lock`.
    private var next = 0
    private var found: [PersonalIdentifier: Set<String>] = [:]
    private var failure: (block: Int, error: any Error)?

    private init(_ forms: HashedForms, _ catalog: CorpusCatalog) throws {
        self.forms = forms
        var blocks: [Block] = []
        for shard in try catalog.shards() {
            let segment = try catalog.segment(shard)
            for (block, _) in try segment.candidates([[]]) {
                blocks.append(Block(shard: shard, segment: segment, block: block))
            }
        }
        self.blocks = blocks
    }

    /// SHA-256, in lower-case hexadecimal, of the posted forms that the identifiers are hashes of.
    /// - Parameter identifiers: raw ones are passed over; without others no shard is read.
    /// - Throws: `malformed-identifier`; `shard-missing`, `shard-changed`, `index-damaged` if a record
    ///   that should be looked at cannot be.
    static func forms(
        of identifiers: [PersonalIdentifier], in catalog: CorpusCatalog
    ) throws -> [PersonalIdentifier: Set<String>] {
        let forms = try HashedForms(identifiers)
        guard forms.identifierCount > 0 else { return [:] }
        let scan = try HashedFormScan(forms, catalog)
        DispatchQueue.concurrentPerform(iterations: 2) { _ in scan.work() }
        if let failure = scan.failure { throw failure.error }
        return scan.found
    }

    private func work() {
        let blockReader = BlockReader(anchors: [])
        let reader = HashedFormReader(forms)
        var scanner = LineScanner()
        while let index = take() {
            let block = blocks[index]
            do {
                try blockReader.forEachLine(
                    of: block.block, block.segment, path: block.shard.path
                ) { line, ordinal in
                    try Self.compare(line, block.shard, ordinal, reader, &scanner, forms)
                }
                lock.withLock { found.merge(reader.found) { $0.union($1) } }
            } catch {
                lock.withLock {
                    if failure.map({ $0.block > index }) ?? true { failure = (index, error) }
                }
            }
        }
    }

    private func take() -> Int? {
        lock.withLock {
            guard next < blocks.count, failure == nil, found.count < forms.identifierCount
            else { return nil }
            next += 1
            return next - 1
        }
    }

    private static func compare(
        _ line: UnsafeBufferPointer<UInt8>, _ shard: CatalogShard, _ ordinal: Int,
        _ reader: HashedFormReader, _ scanner: inout LineScanner, _ forms: HashedForms
    ) throws {
        // A record's own id is rarely asked for, and most lines need no parser without it.
        let isRead =
            forms.formats[.recordID] == nil
            && scanner.scan(line) { scanned in
                reader.compare(
                    text: scanned.prompt.map { $0 + [32] + scanned.completion }
                        ?? Array(scanned.completion))
                for (kind, value) in scanned.values { compare(kind, value, reader) }
                for subject in scanned.subjects {
                    reader.compare(subject: String(decoding: subject, as: UTF8.self))
                }
            }
        guard !isRead else { return }
        let record = try RecordLine(line, path: shard.path, line: ordinal + 1)
        reader.compare(text: Array(record.text.utf8))
        for subject in record.subjects { reader.compare(subject: subject) }
        reader.compare(id: record.id)
        let values = try JSONParser.parse(line)["metadata"]?["values"]?.members ?? []
        for member in values {
            guard var value = member.value.text else { continue }
            var kind = member.key
            kind.withUTF8 { kind in value.withUTF8 { compare(kind, $0, reader) } }
        }
    }

    private static func compare(
        _ kind: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>,
        _ reader: HashedFormReader
    ) {
        guard let kind = IdentifierKind(rawValue: String(decoding: kind, as: UTF8.self)),
            let canonical = IdentifierForms.canonical(
                kind, String(decoding: value, as: UTF8.self))
        else { return }
        reader.compare(kind, canonical: canonical, spelling: Array(value))
    }
}
