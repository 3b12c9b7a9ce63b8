import Domain
import Foundation

import struct Crypto.SHA256

/// Every checkpoint that the log signed while it had `bundle * 256 ..< (bundle + 1) * 256` entries,
/// and the entries from `bundle * 256` on that they cover.
///
/// It is what makes an append durable with a single sync: a record with the new entries and the
/// signed checkpoint over them is appended, and everything else that the append leaves in the folder
/// follows from it and is made again when the log is opened after a crash. The file stays when the
/// bundle is full: it is where published checkpoints are found again.
///
/// A record is the length of its content in four bytes, big-endian, SHA-256 of the content, and the
/// content: the size of the checkpoint that was signed before in eight bytes, the number of entries in
/// two, the entries as in a bundle, and the checkpoint. A record whose checkpoint is that of an earlier
/// one has no entries and adds signatures of witnesses.
struct LogJournal: Sendable {
    struct Record: Sendable {
        /// Size of the checkpoint before, so that no file can be taken away unnoticed.
        let previous: UInt64
        let entries: [Data]
        let checkpoint: SignedCheckpoint
    }

    private static let headerByteCount = 4 + MerkleHash.byteCount

    let records: [Record]
    /// Bytes of the file that are whole records; what follows was never acknowledged.
    let byteCount: Int
    let hasTornEnd: Bool

    var entries: [Data] { records.flatMap(\.entries) }

    /// The checkpoint over the most entries; the last record may be a witness's signature under an
    /// earlier one.
    var newest: SignedCheckpoint? {
        records.map(\.checkpoint.checkpoint.size).max().flatMap(checkpoint(at:))
    }

    /// The checkpoint of this size with all signatures that were added.
    func checkpoint(at size: UInt64) -> SignedCheckpoint? {
        records.last { $0.checkpoint.checkpoint.size == size }?.checkpoint
    }

    static func encode(_ record: Record) -> Data {
        let count = record.entries.count
        let content =
            withUnsafeBytes(of: record.previous.bigEndian) { Data($0) }
            + [UInt8(count >> 8), UInt8(count & 0xFF)]
            + LogLayout.encode(entries: record.entries) + record.checkpoint.encoded()
        let length = withUnsafeBytes(of: UInt32(content.count).bigEndian) { Data($0) }
        return length + Data(SHA256.hash(data: content)) + content
    }

    /// Reads as many records as are whole. A record that is not, with nothing after it, is what a crash
    /// leaves; the caller knows from the published checkpoint whether it was more than that.
    /// - Parameter isFinished: a later journal exists, so that this one has no torn end.
    /// - Throws: `damaged-log` for a bad record before the last, and for one that is whole but says
    ///   something impossible; `file-unreadable`.
    init(bundle: UInt64, in layout: LogLayout, isFinished: Bool) throws {
        let url = layout.journal(bundle)
        let data = try layout.read(url)
        var records: [Record] = []
        var place = 0
        var size = bundle * LogLayout.width
        while data.count - place >= Self.headerByteCount {
            let length = data[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            let start = place + Self.headerByteCount
            guard length <= data.count - start else { break }
            let content = data[start..<start + length]
            guard Data(SHA256.hash(data: content)) == data[place + 4..<start] else {
                guard start + length == data.count else {
                    throw layout.damage("has a changed record \(records.count + 1)", at: url)
                }
                break
            }
            guard let record = Self.record(content) else {
                throw layout.damage("has an unreadable record \(records.count + 1)", at: url)
            }
            let head = record.checkpoint.checkpoint
            let isRepeated =
                record.entries.isEmpty
                && records.contains {
                    $0.checkpoint.checkpoint == head
                }
            size += UInt64(record.entries.count)
            let follows = records.last.map { _ in size - UInt64(record.entries.count) }
            guard isRepeated || head.size == size,
                size < (bundle + 1) * LogLayout.width,
                isRepeated || follows ?? record.previous == record.previous
            else {
                throw layout.damage(
                    "has a checkpoint over \(head.size) entries in record \(records.count + 1), "
                        + "where there are \(size)", at: url)
            }
            records.append(record)
            place = start + length
        }
        self.records = records
        byteCount = place
        hasTornEnd = place < data.count
        guard !isFinished || !hasTornEnd else {
            throw layout.damage("has a changed record \(records.count + 1)", at: url)
        }
    }

    private static func record(_ content: Data) -> Record? {
        guard content.count >= 10 else { return nil }
        let previous = content.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let start = content.startIndex + 10
        let count = Int(content[start - 2]) << 8 | Int(content[start - 1])
        var place = start
        for _ in 0..<count {
            guard content.endIndex - place >= 2 else { return nil }
            place += 2 + (Int(content[place]) << 8 | Int(content[place + 1]))
            guard place <= content.endIndex else { return nil }
        }
        guard
            let entries = LogLayout.entries(
                Data(content[start..<place]), count: count),
            let checkpoint = try? SignedCheckpoint(parsing: Data(content[place...]))
        else { return nil }
        return Record(previous: previous, entries: entries, checkpoint: checkpoint)
    }
}
