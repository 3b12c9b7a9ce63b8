import Domain
import Foundation

/// Reads a file of records, one JSON object a line in the form of a corpus's shards, without a workspace.
///
/// - Throws: `file-unreadable`, `oversized-line`, and those of a shard's lines (`malformed-line`,
///   `missing-text`, ...), each naming file and line; `duplicate-record`.
package func readRecords(of file: URL) throws -> [CorpusRecord] {
    var records: [CorpusRecord] = []
    var places: [String: Int] = [:]
    _ = try ShardScanner.scan(file.path) { line in
        let record = try RecordLine(line.bytes, path: file.path, line: line.number)
            .record(digest: Digest(of: Data(line.bytes)))
        if let first = places.updateValue(line.number, forKey: record.id) {
            throw LineageError(
                .duplicateRecord,
                "\(file.path), line \(line.number): the id of line \(first) again.",
                details: ["path": file.path, "line": "\(line.number)"],
                remedy: "Give every record an id of its own.")
        }
        records.append(record)
    }
    return records
}
