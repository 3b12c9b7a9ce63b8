/// The runs of consecutive words of a text, as a set.
///
/// Runs are kept as 64-bit hashes: two different ones of the same pair of texts collide with a
/// probability below 1e-12, so the Jaccard index is exact for every practical purpose.
struct Shingles {
    /// Sorted, distinct.
    private let hashes: [UInt64]

    /// - Parameters:
    ///   - folded: text in `TextFolder`'s form. What stands between words does not count.
    ///   - wordCount: words of a run; a text with fewer words is one run.
    init(_ folded: [UInt8], wordCount: Int) {
        let words = FoldedWord.all(in: folded).map { Self.hash(folded[$0.range]) }
        let width = max(1, min(wordCount, words.count))
        guard !words.isEmpty else {
            hashes = []
            return
        }
        let runs = (0...words.count - width).map { start in
            words[start..<start + width].reduce(0x9E37_79B9_7F4A_7C15) { Self.mixed($0 ^ $1) }
        }
        hashes = Array(Set(runs)).sorted()
    }

    var count: Int { hashes.count }

    /// Size of the intersection over size of the union, 0 to 1; 0 if both are empty.
    func jaccardIndex(with other: Shingles) -> Double {
        var (one, two, shared) = (0, 0, 0)
        while one < hashes.count, two < other.hashes.count {
            let (left, right) = (hashes[one], other.hashes[two])
            if left == right { shared += 1 }
            if left <= right { one += 1 }
            if right <= left { two += 1 }
        }
        let union = hashes.count + other.hashes.count - shared
        return union == 0 ? 0 : Double(shared) / Double(union)
    }

    /// FNV-1a, 64 bits.
    private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): spreads every bit over all.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
