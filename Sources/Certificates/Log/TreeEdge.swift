import Domain
import Foundation

/// The right edge of a growing tree: what has to be known to append to it.
struct TreeEdge: Sendable {
    /// Per level of tiles the hashes of the tile that is not full.
    private(set) var tiles: [[MerkleHash]] = [[]]
    /// Entries of the bundle that is not full.
    private(set) var entries: [Data] = []
    private(set) var size: UInt64 = 0
    /// Roots of the perfect subtrees that the tree consists of, largest first.
    private var peaks: [(height: Int, hash: MerkleHash)] = []

    init() {}

    /// An edge without entries of its own: all bundles are full.
    /// - Parameter tiles: per level from 0 the hashes of the tile that is not full.
    init(size: UInt64, tiles: [[MerkleHash]]) {
        self.tiles = tiles.isEmpty ? [[]] : tiles
        self.size = size
        for level in tiles.indices.reversed() {
            for hash in tiles[level] { push(hash, height: 8 * level) }
        }
    }

    var bundle: UInt64 { size / LogLayout.width }

    var root: MerkleHash {
        guard var root = peaks.last?.hash else { return .empty }
        for peak in peaks.dropLast().reversed() { root = .node(peak.hash, root) }
        return root
    }

    private mutating func push(_ hash: MerkleHash, height: Int) {
        var (hash, height) = (hash, height)
        while let last = peaks.last, last.height == height {
            hash = .node(last.hash, hash)
            height += 1
            peaks.removeLast()
        }
        peaks.append((height, hash))
    }

    /// Tiles that an append filled; level nil is the bundle of entries.
    typealias FullTile = (level: Int?, number: UInt64, content: Data)

    /// Adds an entry.
    /// - Returns: what became full.
    mutating func append(_ entry: Data) -> [FullTile] {
        let leaf = MerkleHash.leaf(entry)
        push(leaf, height: 0)
        entries.append(entry)
        tiles[0].append(leaf)
        size += 1
        guard tiles[0].count == Int(LogLayout.width) else { return [] }
        var full: [FullTile] = [(nil, bundle - 1, LogLayout.encode(entries: entries))]
        entries = []
        var level = 0
        var count = size
        while tiles[level].count == Int(LogLayout.width) {
            count /= LogLayout.width
            full.append((level, count - 1, LogLayout.encode(hashes: tiles[level])))
            if tiles.count == level + 1 { tiles.append([]) }
            tiles[level + 1].append(MerkleProof.root(of: tiles[level]))
            tiles[level] = []
            level += 1
        }
        return full
    }
}
