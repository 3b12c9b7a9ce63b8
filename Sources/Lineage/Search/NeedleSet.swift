/// Several byte strings that are looked for in many texts in one pass.
///
/// A few are looked for one by one. Of more, the first eight bytes are hashed; where a text's eight
/// bytes hash alike, the strings that begin so are compared. Nothing holds an empty one.
struct NeedleSet {
    private let needles: [[UInt8]]
    /// Of the needles that are looked for one by one, by index.
    private var single: [(index: Int, needle: ByteNeedle)] = []
    /// Bits of the hashes that needles begin with, and the needles by hash.
    private var marks: [UInt64]
    private var byHash: [Int: [Int]] = [:]
    /// Enough of them that few places of a text hash like a needle, and all marks stay in a cache.
    private let hashBits: Int

    private static let prefixByteCount = 8
    private static let singleCountMaximum = 3

    init(_ needles: [[UInt8]]) {
        self.needles = needles
        let bits = needles.count < 64 ? 12 : needles.count < 512 ? 15 : 18
        hashBits = bits
        marks = [UInt64](repeating: 0, count: 1 << (hashBits - 6))
        for (index, needle) in needles.enumerated() where !needle.isEmpty {
            if needles.count <= Self.singleCountMaximum || needle.count < Self.prefixByteCount {
                single.append((index, ByteNeedle(needle)))
            } else {
                let hash = needle.withUnsafeBytes { Self.mark($0, at: 0, bits) }
                marks[hash >> 6] |= 1 << UInt64(hash & 63)
                byHash[hash, default: []].append(index)
            }
        }
    }

    /// Indices of the needles that a text holds, ascending.
    func occurring(in text: UnsafeBufferPointer<UInt8>) -> [Int] {
        var found = single.filter { $0.needle.occurs(in: text) }.map(\.index)
        if !byHash.isEmpty, text.count >= Self.prefixByteCount {
            find(in: UnsafeRawBufferPointer(text), &found)
            found.sort()
        }
        return found
    }

    private func find(in text: UnsafeRawBufferPointer, _ found: inout [Int]) {
        marks.withUnsafeBufferPointer { marks in
            for start in 0...text.count - Self.prefixByteCount {
                let hash = Self.mark(text, at: start, hashBits)
                guard marks[hash >> 6] >> UInt64(hash & 63) & 1 == 1 else { continue }
                for index in byHash[hash] ?? [] {
                    let needle = needles[index]
                    guard start + needle.count <= text.count,
                        text[start..<start + needle.count].elementsEqual(needle),
                        !found.contains(index)
                    else { continue }
                    found.append(index)
                }
            }
        }
    }

    @inline(__always)
    private static func mark(
        _ bytes: UnsafeRawBufferPointer, at start: Int, _ hashBits: Int
    ) -> Int {
        let word = bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
        return Int(truncatingIfNeeded: (word &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - hashBits))
    }
}
