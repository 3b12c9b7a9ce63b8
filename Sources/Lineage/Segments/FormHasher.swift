import Crypto
import Domain
import Foundation

/// Turns normal forms of identifiers into the keys they are posted under.
///
/// A key is SipHash-2-4, under a secret of the identifier's group, of the form's SHA-256: 64 bits. The
/// inner SHA-256 lets a request that gives only the hash of a form find the same posting; the outer
/// function is what keeps the index from telling identifiers to somebody who has not got the workspace's
/// key. Forms met lately are remembered, because people's records repeat them.
final class FormHasher {
    private struct Slot {
        var fingerprint: UInt64 = 0
        var key: UInt64 = 0
        var start = 0
        var count = -1
    }

    private let keys: PostingKeys
    private let slots: UnsafeMutablePointer<Slot>
    private let arena: UnsafeMutablePointer<UInt8>
    private var used = 0

    private static let slotCount = 1 << 16
    private static let arenaByteCount = 1 << 22

    init(_ keys: PostingKeys) {
        self.keys = keys
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(repeating: Slot(), count: Self.slotCount)
        arena = .allocate(capacity: Self.arenaByteCount)
    }

    deinit {
        arena.deallocate()
        slots.deallocate()
    }

    /// The key of a form, asking the memory of recent forms first.
    func key(_ group: PostingGroup, _ form: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let secret = keys[group]
        guard let base = form.baseAddress, form.count <= 128 else {
            return keys.key(secret, form)
        }
        let fingerprint = Self.fingerprint(form, secret.low)
        let index = Int(truncatingIfNeeded: fingerprint >> 32) & (Self.slotCount - 1)
        let slot = slots[index]
        if slot.fingerprint == fingerprint, slot.count == form.count,
            memcmp(arena + slot.start, base, form.count) == 0
        {
            return slot.key
        }
        let key = keys.key(secret, form)
        if used + form.count > Self.arenaByteCount {
            for index in 0..<Self.slotCount { slots[index].count = -1 }
            used = 0
        }
        memcpy(arena + used, base, form.count)
        slots[index] = Slot(fingerprint: fingerprint, key: key, start: used, count: form.count)
        used += form.count
        return key
    }

    func key(_ group: PostingGroup, _ form: [UInt8]) -> UInt64 {
        form.withUnsafeBufferPointer { key(group, $0) }
    }

    /// The key of a form that will not be met again.
    func freshKey(_ group: PostingGroup, _ form: UnsafeBufferPointer<UInt8>) -> UInt64 {
        keys.key(keys[group], form)
    }

    private static func fingerprint(_ bytes: UnsafeBufferPointer<UInt8>, _ seed: UInt64) -> UInt64 {
        var hash = seed
        var index = 0
        let raw = UnsafeRawBufferPointer(bytes)
        @inline(__always)
        func mix(_ word: UInt64) {
            hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
        }
        while index + 8 <= raw.count {
            mix(raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest: UInt64 = 0
        while index < raw.count {
            rest = rest << 8 | UInt64(raw[index])
            index += 1
        }
        mix(rest)
        return hash
    }
}

/// The secrets of the groups, made from the workspace's key.
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
