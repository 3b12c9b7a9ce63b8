/// Several byte strings that are looked for in many texts in one pass.
///
/// A few are looked for one by one. Of more, the first four bytes are hashed; where a text's four bytes
/// hash alike, the strings that begin so are compared. Nothing holds an empty one.
struct NeedleSet {
    private let needles: [[UInt8]]
    /// Of the needles that are looked for one by one, by index.
    private var single: [(index: Int, needle: ByteNeedle)] = []
    /// Bits of the hashes that needles begin with, and the needles by hash.
    private var marks = [UInt64](repeating: 0, count: 1 << (hashBits - 6))
    private var byHash: [Int: [Int]] = [:]

    private static let hashBits = 12
    private static let prefixByteCount = 4
    private static let singleCountMaximum = 3

    init(_ needles: [[UInt8]]) {
        self.needles = needles
        for (index, needle) in needles.enumerated() where !needle.isEmpty {
            if needles.count <= Self.singleCountMaximum || needle.count < Self.prefixByteCount {
                single.append((index, ByteNeedle(needle)))
            } else {
                let hash = needle.withUnsafeBytes { Self.hash($0, at: 0) }
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
                let hash = Self.hash(text, at: start)
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
    private static func hash(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Int {
        let word = bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)
        return Int((word &* 0x9E37_79B1) >> UInt32(32 - hashBits))
    }
}
