import Crypto
import Domain
import Foundation

/// The secrets of the groups, made from the workspace's key.
///
/// The key that a form is posted under is SipHash-2-4, under the secret of its group, of the form's
/// SHA-256: 64 bits. The inner SHA-256 lets a request that gives only the hash of a form find the same
/// posting; the outer function is what keeps the index from telling identifiers to somebody who has not
/// got the workspace's key.
struct PostingKeys: Sendable {
    private let secrets: [SipKey]

    init(_ key: IndexKey) {
        let groups = PostingGroup.allCases.sorted { $0.index < $1.index }
        secrets = groups.map { key.derived("posting \($0.rawValue)") }
    }

    subscript(group: PostingGroup) -> SipKey { secrets[group.index] }

    func key(_ secret: SipKey, _ form: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hasher = SHA256()
        hasher.update(bufferPointer: UnsafeRawBufferPointer(form))
        return hasher.finalize().withUnsafeBytes { secret.hash(words: $0) }
    }

    func key(_ group: PostingGroup, form: [UInt8]) -> UInt64 {
        form.withUnsafeBufferPointer { key(self[group], $0) }
    }

    /// The key of a form of which only the SHA-256 is known.
    func key(_ group: PostingGroup, hash: [UInt8]) -> UInt64 {
        hash.withUnsafeBytes { self[group].hash(words: $0) }
    }

    /// The row of a subject in every segment: the id's keyed hash, which for an id that is its own
    /// normal form is the one it is posted under. Two ids with the same row would be one person; with a
    /// million subjects that happens once in 40 million workspaces, and is noticed where rows are turned
    /// into ids.
    func subjectRow(_ id: String) -> Int64 {
        let id = Array(id.utf8)
        let isSmall = id.allSatisfy(RecordPostings.isSmall)
        return Int64(bitPattern: key(isSmall ? .subject : .subjectRow, form: id))
    }
}

extension Domain.Digest {
    /// The digest's 32 bytes.
    var bytes: [UInt8] {
        let digits = hexadecimal.utf8.map { $0 < 58 ? $0 - 48 : $0 - 87 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
