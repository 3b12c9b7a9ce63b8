import Domain
import Foundation

import struct Crypto.SHA256
import struct Crypto.SHA256Digest

/// A node of a Merkle tree: 32 bytes of SHA-256 (RFC 6962, section 2.1).
///
/// Leaves and inner nodes are hashed with different first bytes, so that neither can pass for the
/// other.
package struct MerkleHash: Hashable, Sendable, CustomStringConvertible {
    package static let byteCount = 32

    private let words: (UInt64, UInt64, UInt64, UInt64)

    private init(_ digest: SHA256Digest) {
        words = digest.withUnsafeBytes {
            (
                $0.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                $0.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
                $0.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
            )
        }
    }

    /// Nil unless there are exactly 32 bytes.
    package init?(bytes: some ContiguousBytes) {
        let words: (UInt64, UInt64, UInt64, UInt64)? = bytes.withUnsafeBytes {
            guard $0.count == Self.byteCount else { return nil }
            return (
                $0.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                $0.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
                $0.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
            )
        }
        guard let words else { return nil }
        self.words = words
    }

    /// Reads standard base64 as it is written: padded, no stray bits.
    package init?(base64 text: some StringProtocol) {
        guard let bytes = Base64.decodeCanonical(String(text)) else { return nil }
        self.init(bytes: bytes)
    }

    /// The root of a tree without leaves: SHA-256 of nothing.
    package static let empty = MerkleHash(SHA256.hash(data: Data()))

    /// SHA-256(0x00 || entry).
    package static func leaf(_ entry: Data) -> MerkleHash {
        var hasher = SHA256()
        hasher.update(data: [0x00])
        hasher.update(data: entry)
        return MerkleHash(hasher.finalize())
    }

    /// SHA-256(0x01 || left || right).
    package static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
        var hasher = SHA256()
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 + 2 * byteCount) { buffer in
            buffer[0] = 0x01
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            left.copy(to: bytes, at: 1)
            right.copy(to: bytes, at: 1 + byteCount)
            hasher.update(bufferPointer: UnsafeRawBufferPointer(bytes))
        }
        return MerkleHash(hasher.finalize())
    }

    private func copy(to bytes: UnsafeMutableRawBufferPointer, at offset: Int) {
        withUnsafeBytes(of: words) { source in
            UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + Self.byteCount])
                .copyMemory(from: source)
        }
    }

    package var bytes: Data { withUnsafeBytes(of: words) { Data($0) } }
    package var base64: String { Base64.text(bytes) }
    package var description: String { hexadecimalText(bytes) }

    package static func == (a: MerkleHash, b: MerkleHash) -> Bool { a.words == b.words }
    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

extension Base64 {
    /// Decodes the standard alphabet only, padded: the one text that `text(_:)` writes for the bytes.
    static func decodeCanonical(_ text: String) -> Data? {
        guard let data = decode(text), self.text(data).utf8.elementsEqual(text.utf8) else {
            return nil
        }
        return data
    }
}
