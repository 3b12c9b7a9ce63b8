import Domain
import Foundation

extension TransparencyLog {
    /// Appends entries and signs one checkpoint over them.
    ///
    /// When it returns, entries and checkpoint survive a crash. After a crash in between, the log holds
    /// all of the entries or none. A call costs one sync, and about ten more when it fills a bundle of
    /// 256. After an error the entries may be in the log or not: before trying again, ask
    /// `index(ofLeafHash:)` (of the log opened again, if appending says so).
    /// - Parameter entries: each at most 65 535 bytes; without any, nothing happens.
    /// - Returns: their numbers in the log.
    /// - Throws: `read-only-log`, `unfit-log-entry`, `inconsistent-log` if the folder shows another
    ///   checkpoint than the one that is to be continued: then nothing is signed; `file-not-written`.
    @discardableResult
    package func append(_ entries: [Data]) throws -> Range<UInt64> {
        guard let signingKey else {
            throw CertificateError(
                .readOnlyLog, "The log \(layout.root.path) was opened without its signing key.",
                details: ["log": layout.root.path])
        }
        for entry in entries where entry.count > LogLayout.maximumEntryByteCount {
            throw CertificateError(
                .unfitLogEntry,
                "An entry of \(entry.count) bytes does not fit into the log; "
                    + "\(LogLayout.maximumEntryByteCount) do.")
        }
        try confirmCheckpoint()
        guard !entries.isEmpty else { return size..<size }

        var next = edge
        var full: [TreeEdge.FullTile] = []
        for entry in entries { full += next.append(entry) }
        let signed = try SignedCheckpoint(
            signing: Checkpoint(origin: key.name, size: next.size, root: next.root),
            key: signingKey)
        let previous = edge
        isUnsure = true
        if next.bundle == previous.bundle {
            let record = LogJournal.encode(
                .init(previous: previous.size, entries: entries, checkpoint: signed))
            try DurableFile.append(record, to: layout.journal(next.bundle), at: journalByteCount)
            journalByteCount += record.count
        } else {
            // Nobody looks for these before a checkpoint covers them, so they may be there early.
            var files = full.map { (layout.tile(level: $0.level, $0.number), $0.content) }
            for level in next.tiles.indices.dropFirst() where !next.tiles[level].isEmpty {
                files.append(
                    (
                        partialTile(of: next, level: level),
                        LogLayout.encode(hashes: next.tiles[level])
                    ))
            }
            try DurableFile.write(files.map { (url: $0.0, data: $0.1) })
            let record = LogJournal.encode(
                .init(previous: previous.size, entries: next.entries, checkpoint: signed))
            try DurableFile.write(record, to: layout.journal(next.bundle))
            journalByteCount = record.count
        }
        isUnsure = false
        if indexOfLeaf != nil {
            for (offset, entry) in entries.enumerated() {
                note(.leaf(entry), at: previous.size + UInt64(offset))
            }
        }
        edge = next
        latest = signed
        published = nil
        try publish()
        removePartialTiles(from: previous, to: next)
        return previous.size..<next.size
    }

    /// Nothing is signed unless the folder shows what the new checkpoint continues.
    func confirmCheckpoint() throws {
        guard !isUnsure else {
            throw CertificateError(
                .inconsistentLog,
                "An earlier append to \(layout.root.path) failed half-way; what it left is not known.",
                details: ["log": layout.root.path],
                remedy: "Open the log again, and ask it for the entries before appending them.")
        }
        guard let published else { return try publish() }
        let isShown =
            try !DurableFile.isMissing(layout.checkpoint)
            && DurableFile.read(layout.checkpoint) == published.encoded()
        guard isShown else {
            throw CertificateError(
                .inconsistentLog,
                "The log \(layout.root.path) no longer shows the checkpoint over "
                    + "\(latest.checkpoint.size) entries that was to be continued.",
                details: ["log": layout.root.path, "size": "\(latest.checkpoint.size)"],
                remedy: "Find out who wrote into the folder; restore it as a whole.")
        }
    }

    // MARK: What readers see

    /// Shows the newest checkpoint, after the tiles that it needs. All of it follows from the journal,
    /// but a reader cannot make it again: it is synced, so that a power failure leaves no torn file.
    func publish() throws {
        let width = edge.entries.count
        if width > 0 {
            try DurableFile.write(
                LogLayout.encode(entries: edge.entries),
                to: layout.tile(level: nil, edge.bundle, width: width))
            try DurableFile.write(
                LogLayout.encode(hashes: edge.tiles[0]),
                to: layout.tile(level: 0, edge.bundle, width: width))
        }
        try DurableFile.write(latest.encoded(), to: layout.checkpoint)
        published = latest
    }

    private func partialTile(of edge: TreeEdge, level: Int) -> URL {
        layout.tile(
            level: level, edge.size >> UInt64(8 * (level + 1)), width: edge.tiles[level].count)
    }

    /// Tiles that are full now need no partial form. One that stays is no harm.
    private func removePartialTiles(from old: TreeEdge, to new: TreeEdge) {
        for level in old.tiles.indices {
            let number = old.size >> UInt64(8 * (level + 1))
            guard number != new.size >> UInt64(8 * (level + 1)) else { break }
            try? FileManager.default.removeItem(at: layout.partialTiles(level: level, number))
            if level == 0 {
                try? FileManager.default.removeItem(at: layout.partialTiles(level: nil, number))
            }
        }
    }

    /// Brings the folder to what the journal says.
    func repair(_ journal: LogJournal, bundle: UInt64) throws {
        // Files of a killed process that were never renamed.
        try DurableFile.shredLeftovers(in: layout.root, deep: true)
        // A record that an earlier process could not sync may be readable now and gone after a crash:
        // the file is written anew, which also removes a torn end.
        let content = try DurableFile.read(layout.journal(bundle)).prefix(journal.byteCount)
        try DurableFile.write(Data(content), to: layout.journal(bundle))
        for record in journal.records {
            let width = Int(record.checkpoint.checkpoint.size % LogLayout.width)
            guard width > 0 else { continue }
            let files = [
                (
                    layout.tile(level: nil, bundle, width: width),
                    LogLayout.encode(entries: Array(edge.entries[..<width]))
                ),
                (
                    layout.tile(level: 0, bundle, width: width),
                    LogLayout.encode(hashes: Array(edge.tiles[0][..<width]))
                ),
            ]
            for (url, content) in files where (try? DurableFile.read(url)) != content {
                try DurableFile.write(content, to: url)
            }
        }
        if published != latest {
            try DurableFile.write(latest.encoded(), to: layout.checkpoint)
            published = latest
        }
    }
}
