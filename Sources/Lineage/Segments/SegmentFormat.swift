import Domain
import Foundation

/// The file that holds what the index knows of one shard.
///
///     page 0      header: magic, versions, counts, digest of the shard, places and checksums of the two
///                 tables, checksum of the header
///     pages 1...  parts, one after the other; each part describes a run of the shard's records and
///                 consists of the sections of `SegmentSection`, each at a multiple of 64 bytes
///     then        the table of parts, and a checksum for every page
///
/// A part covers a bounded piece of the shard, so that memory while building does not grow with the
/// shard; a lookup asks every part. A page is checked when it is first used, not when the file is
/// opened, so that opening costs nothing however large the index is.
///
/// Everything is little-endian. Ordinals count the shard's records from 0: line minus one.
enum SegmentFormat {
    static let magic: UInt64 = 0x3147_4553_4554_454C  // "LETESEG1"
    static let version: UInt64 = 1
    /// Rises whenever the same shard would be indexed differently: folding, detection, normal forms.
    static let rulesVersion: UInt64 = 2

    static let pageByteCount = 4096
    static let sectionAlignment = 64
    /// Records between two anchors.
    static let anchorStride = 64
    /// Postings between two entries of a directory.
    static let directoryStride = 128
    /// Bytes of the shard that one part covers, about: parts end where pieces do.
    static let partByteCount = 256 << 20
    /// Bytes that one worker indexes at a time.
    static let pieceByteCount = 16 << 20
    /// So that an ordinal and the source of a posting fit into 32 bits.
    static let recordCountMaximum = 1 << 30

    static func damaged(_ path: String, _ what: String) -> LineageError {
        LineageError(
            .indexDamaged, "The segment \(path) of the index is damaged: \(what).",
            details: ["path": path],
            remedy: "Make it again from its shard: `lethe corpus reindex`.")
    }
}

/// The sections of a part, in the order in which they stand in the file. Raw values are on disk.
enum SegmentSection: Int, CaseIterable {
    /// For each record 32 bits: bytes from its line's start to the next one's (30 bits), and of these
    /// the bytes of the line end (2 bits, the highest).
    case strides
    /// For each record the 32 bytes of its line's SHA-256.
    case digests
    /// For every 64th record three words: offset of its line in the shard, offset of its name in
    /// `names`, offset of its entry in `recordSubjects`.
    case anchors
    /// For each record: bytes shared with the name before, bytes that follow, the bytes. No bytes at all
    /// mean that the record has no id of its own and is named by file and line.
    case names
    /// For each record: number of subjects and their indices in the part.
    case recordSubjects
    /// The subjects' rows, rising: a keyed hash of the id each.
    case subjectRows
    /// For each subject: length of the entry; length of the id times two, plus one if its owner declared
    /// a name; the id; the ordinals of its records within the part, each minus the one before.
    case subjects
    /// For every 16th subject a word: offset of its entry in `subjects`.
    case subjectAnchors
    /// Postings of identifiers, see `PostingList`.
    case postings
    case postingDirectory
    /// Postings of record ids, apart from the others so that ids given twice are found by merging.
    case recordIDs
    case recordIDDirectory
    /// For each text block two words: ordinal of its first record, checksum of its lines in the shard.
    case blocks
    /// For each group of blocks five words: first block, blocks, bytes of a column, columns, offset of
    /// the first column in `columns`.
    case groups
    case columns

    static let subjectAnchorStride = 16
}

/// Where the sections of a part are.
struct SegmentPart {
    let firstOrdinal: Int
    let recordCount: Int
    let subjectCount: Int
    /// Of the first byte after the part's last line.
    let endOffset: Int
    /// By the raw value of the section: place in the file.
    let sections: [Range<Int>]

    func range(_ section: SegmentSection) -> Range<Int> { sections[section.rawValue] }

    var ordinals: Range<Int> { firstOrdinal..<firstOrdinal + recordCount }

    static let wordCount = 4 + 2 * SegmentSection.allCases.count
}
