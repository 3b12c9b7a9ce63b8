import Domain
import Foundation

/// What erasing asks of whatever keeps the places of records.
///
/// The index itself conforms; tests give a small one.
package protocol ErasureIndex: Sendable {
    /// Every entry for the file at this path: several corpora may share it; none: not indexed.
    func shards(at path: String) throws -> [ShardReference]

    /// Where these records stand now, found by corpus and id; nil for those no longer in the index.
    func places(of records: [RecordKey]) throws -> [RecordKey?]

    /// Takes over a shard that was rewritten, in every corpus that has it: the new digest and
    /// counts, removed records gone with all they can be found by, the others on their new lines,
    /// redacted ones with their new digest and only what their new text can be found by. Ids stay,
    /// also those that were made of a line's number.
    ///
    /// Called after the file is in place, and again after a kill: a change that is already taken
    /// over (`newDigest` is the stored one) must do nothing.
    func replaceShard(_ change: ShardChange) throws
}

/// A shard that was rewritten without some of its records.
package struct ShardChange: Codable, Sendable, Equatable {
    package let path: String
    package let oldDigest: Digest
    package let newDigest: Digest
    package let newByteCount: Int
    package let newRecordCount: Int
    /// Old line numbers, from 1, ascending.
    package let removedLines: [Int]
    /// In line order.
    package let redactedLines: [RedactedLine]

    /// A record of which only parts were erased.
    package struct RedactedLine: Codable, Sendable, Equatable {
        /// Old number, from 1.
        package let line: Int
        /// Of the new bytes without their line end.
        package let digest: Digest
    }

    /// Where a line stands now; nil if it was removed.
    package func newLine(of line: Int) -> Int? {
        var low = 0
        var high = removedLines.count
        while low < high {
            let middle = (low + high) / 2
            if removedLines[middle] < line { low = middle + 1 } else { high = middle }
        }
        return low < removedLines.count && removedLines[low] == line ? nil : line - low
    }
}

/// A part of a record that is about the person where the rest concerns others.
package struct RecordSpan: Codable, Sendable, Equatable {
    /// The string within the record: keys from the top, in arrays the index as a number, e.g.
    /// `["text"]`, `["metadata", "values", "email"]`, `["subjects", "0"]`.
    package let field: [String]
    /// UTF-8 offsets in the string as it is meant, not as JSON escapes it.
    package let bytes: Range<Int>

    package init(field: [String], bytes: Range<Int>) {
        self.field = field
        self.bytes = bytes
    }
}

/// A record that keeps existing without some of its parts.
package struct RecordRedaction: Sendable, Equatable {
    package let record: RecordKey
    package let spans: [RecordSpan]

    package init(record: RecordKey, spans: [RecordSpan]) {
        self.record = record
        self.spans = spans
    }
}

/// That a record was erased: enough to know it again if it comes back, nothing to read.
package struct Tombstone: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable {
        case erased, redacted
    }
    package let kind: Kind
    package let corpus: String
    /// Keyed digest of corpus and record id, 32 hexadecimal digits.
    package let recordKey: String
    /// Keyed digest of the line's digest, 32 hexadecimal digits.
    package let lineKey: String
    package let shard: String
    package let oldShardDigest: Digest
    package let newShardDigest: Digest
    package let caseID: String
    package let erasedAt: Timestamp
}

/// What an erasure did, for the certificate.
package struct ErasureResult: Codable, Sendable, Equatable {
    package struct Shard: Codable, Sendable, Equatable {
        package let path: String
        package let oldDigest: Digest
        package let newDigest: Digest
        /// What it was unpacked from and was rewritten as well; nil if it is its own source.
        package let sourcePath: String?
        package let erasedCount: Int
        package let redactedCount: Int
        /// Other names (hard links) under which the old content goes on existing.
        package let otherNameCount: Int
    }
    package let caseID: String
    /// By path.
    package let shards: [Shard]
    /// Records that an earlier attempt of the same case had erased.
    package let alreadyErasedCount: Int
    /// Registered copies that the case has not disposed of.
    package let remainingCopies: [CopyEntry]
}

/// An erasure that was found half done.
package struct ResumedErasure: Codable, Sendable, Equatable {
    package enum Outcome: Codable, Sendable, Equatable {
        /// The new content stands everywhere.
        case finished(ErasureResult.Shard)
        /// Nothing had been replaced: the old content stands everywhere.
        case undone
        /// Neither the old nor the new content stands there, or a file cannot be written.
        case blocked(code: String, message: String)
    }
    package let caseID: String
    package let shard: String
    package let outcome: Outcome
}

/// Where an erasure can be killed; tests do.
package enum ErasurePhase: String, CaseIterable, Sendable {
    case announced, written, prepared, firstFileReplaced, filesReplaced, indexReplaced
}
