import Domain
import Foundation

/// What an audit of a whole log found to be right.
package struct LogAudit: Sendable, Equatable {
    package let entryCount: UInt64
    /// Checkpoints in the journal whose signature and root were checked; 0 in a copy without journal.
    package let checkpointCount: Int
    package let root: MerkleHash
}

extension TransparencyLog {
    /// Reads everything in the folder again: that entries belong to the hashes in the tiles, tiles to
    /// the tiles above them, and every checkpoint that was ever signed to the entries it covers.
    /// - Throws: `damaged-log` naming the first file, and the entry where there is one, that is wrong;
    ///   `unsigned-checkpoint` or `invalid-note-signature` for a checkpoint in the journal.
    package func verify() throws -> LogAudit {
        let journals = Set(try layout.journals())
        var walked = TreeEdge()
        var checkpointCount = 0
        var lastSigned: UInt64 = 0
        for bundle in 0...edge.bundle {
            let isLast = bundle == edge.bundle
            let width = isLast ? Int(size % LogLayout.width) : 256
            let entries = width == 0 ? [] : try layout.readEntries(bundle, width: width)
            try checkLeaves(entries, of: bundle, width: width)
            let journal =
                journals.contains(bundle)
                ? try LogJournal(bundle: bundle, in: layout, isFinished: !isLast) : nil
            if isLast, journal == nil, !journals.isEmpty {
                throw layout.damage("is missing", at: layout.journal(bundle))
            }
            if let journal {
                guard journal.records.first?.previous == lastSigned else {
                    throw layout.damage(
                        "follows on a checkpoint over \(journal.records.first?.previous ?? 0) entries, "
                            + "and the journals before it end at \(lastSigned)",
                        at: layout.journal(bundle))
                }
                lastSigned = journal.records.map(\.checkpoint.checkpoint.size).max() ?? lastSigned
                try checkEntries(journal, bundle: bundle, against: entries)
            }

            var records = (journal?.records ?? [])[...]
            func checkRoots() throws {
                while let record = records.first,
                    record.checkpoint.checkpoint.size == walked.size
                        // A signature of a witness that came later.
                        || record.entries.isEmpty && record.checkpoint.checkpoint.size < walked.size
                {
                    records.removeFirst()
                    try record.checkpoint.verify(logKey: key)
                    guard
                        record.checkpoint.checkpoint.size < walked.size
                            || record.checkpoint.checkpoint.root == walked.root
                    else {
                        throw layout.damage(
                            "holds a checkpoint over \(walked.size) entries that has another root",
                            at: layout.journal(bundle), index: walked.size)
                    }
                    checkpointCount += 1
                }
            }
            try checkRoots()
            var full: [TreeEdge.FullTile] = []
            for entry in entries {
                full += walked.append(entry)
                try checkRoots()
            }
            for tile in full where (tile.level ?? 0) > 0 {
                try check(tile.content, level: tile.level ?? 0, number: tile.number, width: 256)
            }
            if isLast, let journal { try checkPartialTiles(journal, bundle: bundle, of: walked) }
        }
        for level in walked.tiles.indices.dropFirst() where !walked.tiles[level].isEmpty {
            try check(
                LogLayout.encode(hashes: walked.tiles[level]), level: level,
                number: size >> UInt64(8 * (level + 1)), width: walked.tiles[level].count)
        }
        let shown = try Self.publishedCheckpoint(layout)
        guard let shown, shown == latest, shown.checkpoint.root == walked.root else {
            throw layout.damage(
                "is not the newest checkpoint over the entries", at: layout.checkpoint)
        }
        return LogAudit(
            entryCount: walked.size, checkpointCount: checkpointCount, root: walked.root)
    }

    private func checkLeaves(_ entries: [Data], of bundle: UInt64, width: Int) throws {
        guard width > 0 else { return }
        let hashes = try layout.readHashes(level: 0, bundle, width: width)
        for (place, entry) in entries.enumerated() where MerkleHash.leaf(entry) != hashes[place] {
            throw layout.damage(
                "holds another entry \(place) than the one whose hash is in "
                    + layout.name(layout.tile(level: 0, bundle, width: width)),
                at: layout.tile(level: nil, bundle, width: width),
                index: bundle * LogLayout.width + UInt64(place))
        }
    }

    private func checkEntries(
        _ journal: LogJournal, bundle: UInt64, against entries: [Data]
    ) throws {
        for (place, entry) in journal.entries.enumerated()
        where place >= entries.count || entries[place] != entry {
            throw layout.damage(
                "holds another entry \(place) than the bundle",
                at: layout.journal(bundle), index: bundle * LogLayout.width + UInt64(place))
        }
    }

    /// A tile above the leaves against what is below it.
    private func check(_ expected: Data, level: Int, number: UInt64, width: Int) throws {
        let hashes = try layout.readHashes(level: level, number, width: width)
        let right = LogLayout.hashes(expected, count: width) ?? []
        guard let place = hashes.indices.first(where: { hashes[$0] != right[$0] }) else { return }
        throw layout.damage(
            "holds another hash \(place) than the tiles below it give",
            at: layout.tile(level: level, number, width: width))
    }

    /// Those of the unfinished bundle, one for every checkpoint over a part of it.
    private func checkPartialTiles(
        _ journal: LogJournal, bundle: UInt64, of edge: TreeEdge
    ) throws {
        for record in journal.records {
            let width = Int(record.checkpoint.checkpoint.size % LogLayout.width)
            guard width > 0 else { continue }
            let hashes = try layout.readHashes(level: 0, bundle, width: width)
            guard hashes == Array(edge.tiles[0][..<width]) else {
                throw layout.damage(
                    "holds other hashes than the entries give",
                    at: layout.tile(level: 0, bundle, width: width))
            }
            let entries = try layout.readEntries(bundle, width: width)
            guard entries == Array(edge.entries[..<width]) else {
                throw layout.damage(
                    "holds other entries than the later ones",
                    at: layout.tile(level: nil, bundle, width: width))
            }
        }
    }
}
