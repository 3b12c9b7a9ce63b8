/// Which runs of 4 bytes a stretch of text holds, as bits: the substring index.
///
/// The shard's records stand in blocks of some 64 KB. Of each block the set of hashed grams is kept, and
/// of a group of blocks the sets lie transposed: for one gram the bits of all blocks side by side. So a
/// search reads, for each gram of what it looks for, one short column a group, and what is left after
/// AND-ing them are the blocks that can hold it; those are read from the shard and searched. A block that
/// holds it is never missed: its own grams are in its set.
///
/// Whole words count as grams too: those of a name are rarer than their letters.
///
/// Grams are taken from text in which every run of bytes that belong to no word is one space, with a
/// space before and after each text. So the ends of words count, and one index serves both searches for
/// bytes and phrases that allow different signs between their words.
///
/// Bit-sliced signatures: S. Wartik et al., "Hashing Algorithms", in Frakes and Baeza-Yates (eds.),
/// "Information Retrieval", 1992. One hash with 3.6 bits for each gram of a block leaves a quarter of
/// the bits set. The hash is keyed and the grams themselves are not stored, but this is no encryption:
/// whoever has many texts and the index could learn something about others from it.
struct GramHash: Sendable {
    static let byteCount = 4
    /// Bits of a position before it is scaled to a group's number of columns.
    static let positionBits: UInt64 = 18
    static let columnsPerGram = 3.6

    private let mask: UInt64
    private let factor: UInt64

    init(_ key: SipKey) {
        mask = key.low
        factor = key.high | 1
    }

    /// - Parameter gram: the bytes in the low 32 bits, the first one highest.
    @inline(__always)
    func position(_ gram: UInt64) -> Int {
        Int(truncatingIfNeeded: ((gram ^ mask) &* factor) >> (64 - Self.positionBits))
    }

    @inline(__always)
    static func column(_ position: Int, of count: Int) -> Int {
        (position * count) >> Int(positionBits)
    }

    /// What a word is after one more byte; 0 before the first. Cheap, for it is done for every byte: the
    /// hash mixes the bits.
    @inline(__always)
    static func word(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        (word << 5 | word >> 59) ^ UInt64(byte)
    }

    /// Sets words apart from grams.
    static let wordMark: UInt64 = 1 << 63

    /// Positions of the words and grams of a text in normal form, each once; words, being rarer, first.
    func positions(_ text: [UInt8]) -> [Int] {
        var found: [Int] = []
        func insert(_ gram: UInt64) {
            let position = position(gram)
            if !found.contains(position) { found.append(position) }
        }
        let spaces = text.indices.filter { text[$0] == 32 }
        for (start, end) in zip(spaces, spaces.dropFirst()) {
            insert(text[(start + 1)..<end].reduce(0, Self.word) | Self.wordMark)
        }
        guard text.count >= Self.byteCount else { return found }
        for start in 0...text.count - Self.byteCount {
            insert(text[start..<start + Self.byteCount].reduce(0) { $0 << 8 | UInt64($1) })
        }
        return found
    }

    /// Folded text with one space for every run of bytes that belong to no word.
    static func normalised(_ folded: some Sequence<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        for byte in folded {
            if FoldedWord.isWordByte(byte) {
                text.append(byte)
            } else if text.last != 32 {
                text.append(32)
            }
        }
        return text
    }
}

/// Gathers the grams of the blocks of one group.
final class SignatureBuilder {
    /// A group of blocks as it goes into the file.
    struct Group {
        let blockCount: Int
        let columnByteCount: Int
        /// 0 if the texts are not indexed: then every block may hold anything.
        let columnCount: Int
        let columns: [UInt8]

        static func withoutTexts(blockCount: Int) -> Group {
            Group(
                blockCount: blockCount, columnByteCount: (blockCount + 7) / 8, columnCount: 0,
                columns: [])
        }
    }

    private let hash: GramHash
    private let wordCount = 1 << (Int(GramHash.positionBits) - 6)
    private let bits: UnsafeMutablePointer<UInt64>
    private let normal: UnsafeMutablePointer<UInt8>
    private var positions = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: 1 << 16)
    private var positionCount = 0
    private var ends: [Int] = []

    init(_ hash: GramHash) {
        self.hash = hash
        bits = .allocate(capacity: wordCount)
        bits.initialize(repeating: 0, count: wordCount)
        normal = .allocate(capacity: 256)
        for byte in 0..<256 {
            normal[byte] = FoldedWord.isWordByte(UInt8(byte)) ? UInt8(byte) : 32
        }
    }

    deinit {
        bits.deallocate()
        normal.deallocate()
        positions.deallocate()
    }

    /// Adds the grams of one record's folded text to the current block.
    func add(_ folded: UnsafeBufferPointer<UInt8>) {
        let (hash, bits, normal) = (hash, bits, normal)
        var gram: UInt64 = 32
        var length = 1
        var word: UInt64 = 0
        @inline(__always)
        func set(_ gram: UInt64) {
            let position = hash.position(gram)
            bits[position >> 6] |= 1 << (UInt64(position) & 63)
        }
        @inline(__always)
        func push(_ byte: UInt8) {
            gram = gram << 8 | UInt64(byte)
            length += 1
            if length >= GramHash.byteCount { set(gram & 0xFFFF_FFFF) }
            if byte != 32 {
                word = GramHash.word(word, byte)
            } else {
                set(word | GramHash.wordMark)
                word = 0
            }
        }
        for byte in folded {
            let next = normal[Int(byte)]
            if next == 32, gram & 255 == 32 { continue }
            push(next)
        }
        if gram & 255 != 32 { push(32) }
    }

    func endBlock() {
        let (bits, wordCount) = (bits, wordCount)
        if positions.count < positionCount + wordCount * 64 {
            let larger = UnsafeMutableBufferPointer<UInt32>.allocate(
                capacity: positions.count * 2 + wordCount * 64)
            _ = larger.update(fromContentsOf: positions[..<positionCount])
            positions.deallocate()
            positions = larger
        }
        let positions = positions
        var count = positionCount
        for index in 0..<wordCount where bits[index] != 0 {
            var word = bits[index]
            bits[index] = 0
            while word != 0 {
                positions[count] = UInt32(
                    truncatingIfNeeded: index << 6 | word.trailingZeroBitCount)
                count += 1
                word &= word - 1
            }
        }
        positionCount = count
        ends.append(count)
    }

    /// The group of the blocks ended since the last call.
    func endGroup() -> Group {
        defer {
            positionCount = 0
            ends.removeAll(keepingCapacity: true)
        }
        let width = (ends.count + 7) / 8
        let positions = positions
        let mean = Double(positionCount) / Double(max(ends.count, 1))
        let count = max(64, Int(mean * GramHash.columnsPerGram))
        var columns = [UInt8](repeating: 0, count: count * width)
        columns.withUnsafeMutableBufferPointer { columns in
            var start = 0
            for (block, end) in ends.enumerated() {
                let bit = UInt8(1) << UInt8(block & 7)
                for index in start..<end {
                    let column = GramHash.column(Int(positions[index]), of: count)
                    columns[column * width + (block >> 3)] |= bit
                }
                start = end
            }
        }
        return Group(
            blockCount: ends.count, columnByteCount: width, columnCount: count, columns: columns)
    }
}

extension Segment {
    /// A stretch of records that stand together, and the checksum of their lines.
    struct TextBlock {
        let part: SegmentPart
        let ordinals: Range<Int>
        let sum: UInt64
    }

    /// The blocks that can hold a text with grams at all of the positions of a query, in order, each
    /// with the indices of those queries, ascending; a query without positions can be held by any.
    /// - Throws: `index-damaged`.
    func candidates(_ queries: [[Int]]) throws -> [(block: TextBlock, queries: [Int])] {
        var found: [(block: TextBlock, queries: [Int])] = []
        for part in parts {
            let groups = try bytes(.groups, of: part)
            for group in 0..<groups.count / 40 {
                let numbers = (0..<5).map {
                    Int(truncatingIfNeeded: groups.word(group * 5 + $0))
                }
                let (first, count, width) = (numbers[0], numbers[1], numbers[2])
                let columns = numbers[4]
                var holders: [Int: [Int]] = [:]
                var bits = [UInt8](repeating: 255, count: width)
                for (query, positions) in queries.enumerated() {
                    for index in 0..<width { bits[index] = 255 }
                    for position in positions where numbers[3] > 0 {
                        let column = GramHash.column(position, of: numbers[3])
                        let bytes = try bytes(
                            .columns, of: part, at: columns + column * width, count: width)
                        var rest: UInt8 = 0
                        for index in 0..<width {
                            bits[index] &= bytes[index]
                            rest |= bits[index]
                        }
                        if rest == 0 { break }
                    }
                    for block in 0..<count where bits[block >> 3] >> (block & 7) & 1 == 1 {
                        holders[block, default: []].append(query)
                    }
                }
                for (block, queries) in holders.sorted(by: { $0.key < $1.key }) {
                    found.append((try textBlock(first + block, of: part), queries))
                }
            }
        }
        return found
    }

    private func textBlock(_ index: Int, of part: SegmentPart) throws -> TextBlock {
        let count = part.range(.blocks).count / 16
        let block = try bytes(.blocks, of: part, at: index * 16, count: 16)
        let start = Int(truncatingIfNeeded: block.word(0))
        let end =
            index + 1 < count
            ? Int(
                truncatingIfNeeded: try bytes(.blocks, of: part, at: index * 16 + 16, count: 8)
                    .word(0))
            : part.ordinals.upperBound
        guard start < end else { throw SegmentFormat.damaged(path, "a block is empty") }
        return TextBlock(part: part, ordinals: start..<end, sum: block.word(1))
    }
}
