import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads records back from their shards by byte offset, checking each line's digest.
final class RecordReader {
    private var openPath: String?
    private var descriptor: Int32 = -1

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// - Throws: `shard-missing`, `shard-changed`, `file-unreadable`, and what `RecordLine` throws.
    func read(_ place: RecordPlace) throws -> RecordLine {
        let path = place.key.shard
        if openPath != path {
            if descriptor >= 0 { close(descriptor) }
            openPath = nil
            descriptor = -1
            descriptor = try ShardScanner.open(path)
            openPath = path
        }
        let bytes = try ShardScanner.line(
            descriptor, path: path, number: place.key.line, offset: place.offset,
            byteCount: place.byteCount, digest: place.digest)
        // Lines before it may have been erased since it was named by its own.
        return try RecordLine(
            bytes, path: path, line: place.key.line, derivedID: place.key.id)
    }

    func record(_ place: RecordPlace) throws -> CorpusRecord {
        try read(place).record(digest: place.key.digest)
    }
}
