import Domain
import Foundation

extension TransparencyLog {
    /// An entry, as it was appended.
    /// - Throws: `no-such-log-entry`, `damaged-log`.
    package func entry(at index: UInt64) throws -> Data {
        try require(index < size, "entry \(index)")
        let (bundle, place) = index.quotientAndRemainder(dividingBy: LogLayout.width)
        if bundle == edge.bundle { return edge.entries[Int(place)] }
        let entries: [Data]
        if let lastBundle, lastBundle.number == bundle {
            entries = lastBundle.entries
        } else {
            entries = try layout.readEntries(bundle, width: 256)
            lastBundle = (bundle, entries)
        }
        let entry = entries[Int(place)]
        guard MerkleHash.leaf(entry) == (try hash(level: 0, index)) else {
            throw layout.damage(
                "does not hold the entry \(index) that was hashed into the tree",
                at: layout.tile(level: nil, bundle), index: index)
        }
        return entry
    }

    /// The number of the first entry with this hash; nil if there is none. The first call reads all
    /// hashes.
    /// - Throws: `damaged-log`.
    package func index(ofLeafHash leaf: MerkleHash) throws -> UInt64? {
        if indexOfLeaf == nil {
            var indices: [MerkleHash: UInt64] = [:]
            indices.reserveCapacity(Int(size))
            for index in 0..<size {
                let hash = try hash(level: 0, index)
                if indices[hash] == nil { indices[hash] = index }
            }
            indexOfLeaf = indices
        }
        return indexOfLeaf?[leaf]
    }

    func note(_ leaf: MerkleHash, at index: UInt64) {
        if indexOfLeaf?[leaf] == nil { indexOfLeaf?[leaf] = index }
    }

    /// The checkpoint that was signed over this many entries, with the signatures of witnesses that
    /// were added.
    /// - Throws: `no-such-checkpoint` if none was: a call of `append` signs one, whatever the number of
    ///   entries. `damaged-log`.
    package func checkpoint(at size: UInt64) throws -> SignedCheckpoint {
        if size == latest.checkpoint.size { return latest }
        let bundle = size / LogLayout.width
        guard size < self.size, try layout.journals().contains(bundle),
            let found = try LogJournal(
                bundle: bundle, in: layout, isFinished: bundle < edge.bundle
            ).checkpoint(at: size)
        else {
            throw CertificateError(
                .noSuchCheckpoint, "No checkpoint over \(size) entries was signed.",
                details: ["size": "\(size)", "entries": "\(self.size)"])
        }
        try found.verify(logKey: key)
        return found
    }

    /// The file `.tlog-proof` for an entry.
    /// - Parameter size: of a checkpoint that was signed; the newest if nil.
    /// - Throws: `no-such-log-entry`, `no-such-checkpoint`, `damaged-log`.
    package func proof(of index: UInt64, at size: UInt64? = nil) throws -> LogProof {
        let checkpoint = try size.map { try self.checkpoint(at: $0) } ?? latest
        let head = checkpoint.checkpoint
        let proof = LogProof(
            index: index, hashes: try inclusionProof(of: index, in: head.size),
            checkpoint: checkpoint)
        // A proof that does not hold must not leave the house.
        guard
            MerkleProof.verifiesInclusion(
                of: try hash(level: 0, index), at: index, size: head.size, root: head.root,
                proof: proof.hashes)
        else {
            throw layout.damage(
                "or another tile on the way from entry \(index) to the root is not the one that was "
                    + "signed",
                at: layout.tile(level: 0, index / LogLayout.width), index: index)
        }
        return proof
    }

    /// That entry `index` is in the tree of the first `size` entries.
    /// - Throws: `no-such-log-entry`, `damaged-log` if a tile cannot be read.
    package func inclusionProof(of index: UInt64, in size: UInt64) throws -> [MerkleHash] {
        try require(size <= self.size, "tree of \(size)")
        try require(index < size, "entry \(index) among the first \(size)")
        return try MerkleProof.make(index, index + 1, size: size) { try root($0, $1) }
    }

    /// That the tree of `newSize` entries continues that of `oldSize`; empty if `oldSize` is 0 or both
    /// are the same.
    /// - Throws: `no-such-log-entry`, `damaged-log` if a tile cannot be read.
    package func consistencyProof(from oldSize: UInt64, to newSize: UInt64) throws
        -> [MerkleHash]
    {
        try require(newSize <= size, "tree of \(newSize)")
        try require(oldSize <= newSize, "tree of \(oldSize) within one of \(newSize)")
        guard oldSize > 0, oldSize < newSize else { return [] }
        return try MerkleProof.make(0, oldSize, size: newSize) { try root($0, $1) }
    }

    private func require(_ isThere: Bool, _ what: @autoclosure () -> String) throws {
        guard !isThere else { return }
        throw CertificateError(
            .noSuchLogEntry, "The log has \(size) entries; there is no \(what()).",
            details: ["entries": "\(size)"])
    }

    /// The root over a range of leaves as the tree is split.
    private func root(_ start: UInt64, _ end: UInt64) throws -> MerkleHash {
        try MerkleProof.root(start, end) { start, end in
            let count = end - start
            guard count.nonzeroBitCount == 1, count.trailingZeroBitCount % 8 == 0,
                start % count == 0
            else { return nil }
            return try hash(level: count.trailingZeroBitCount / 8, start / count)
        }
    }

    /// Hash number `index` of a level of tiles.
    func hash(level: Int, _ index: UInt64) throws -> MerkleHash {
        let (number, place) = index.quotientAndRemainder(dividingBy: LogLayout.width)
        if number == size >> UInt64(8 * (level + 1)) { return edge.tiles[level][Int(place)] }
        let name = TileName(level: level, number: number)
        if let tile = tiles[name] { return tile[Int(place)] }
        let tile = try layout.readHashes(level: level, number, width: 256)
        // 8 MiB: all tiles of a quarter of a million entries.
        if tiles.count >= 1_024 { tiles.removeAll(keepingCapacity: true) }
        tiles[name] = tile
        return tile[Int(place)]
    }
}
