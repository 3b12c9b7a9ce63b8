import Domain
import Foundation

/// Reads records back from their shards by byte offset, checking each line's digest.
final class RecordReader {
    private var openPath: String?
    private var handle: FileHandle?

    deinit { try? handle?.close() }

    /// - Throws: `shard-missing`, `shard-changed`, and what `RecordLine` throws.
    func read(_ place: RecordPlace) throws -> RecordLine {
        let path = place.key.shard
        if openPath != path {
            try? handle?.close()
            handle = FileHandle(forReadingAtPath: path)
            openPath = path
        }
        guard let handle else { throw ShardScanner.missing(path) }
        let bytes = try ShardScanner.line(
            handle, path: path, number: place.key.line, offset: place.offset,
            byteCount: place.byteCount, digest: place.digest)
        // Lines before it may have been erased since it was named by its own.
        return try RecordLine(
            bytes, path: path, line: place.key.line, derivedID: place.key.id)
    }

    func record(_ place: RecordPlace) throws -> CorpusRecord {
        try read(place).record(digest: place.key.digest)
    }
}
