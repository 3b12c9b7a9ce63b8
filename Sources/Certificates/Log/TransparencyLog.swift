import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `open` under a name that the log's own does not hide.
private func openFolder(_ path: String, _ flags: Int32) -> Int32 { open(path, flags) }

/// An append-only log in a folder: a Merkle tree over entries (RFC 6962), kept as C2SP tlog-tiles, and
/// its signed checkpoints.
///
/// The log proves that what was published was not taken back or reordered, to everyone who compares
/// checkpoints. That two people are shown the same log needs witnesses: the holder of the key could
/// write two.
///
/// One process at a time appends. An object is used from one thread.
package final class TransparencyLog {
    /// What checkpoints of this log are checked with; its name is their origin.
    package let key: NoteKey
    let layout: LogLayout
    /// Nil for one who only reads.
    let signingKey: SigningKey?
    private let lock: Int32

    var edge: TreeEdge
    /// The newest checkpoint, with the witnesses' signatures that were added.
    package internal(set) var latest: SignedCheckpoint
    /// Whole records of the present journal, in bytes.
    var journalByteCount: Int
    /// The checkpoint that the folder shows; nil if it must be made again.
    var published: SignedCheckpoint?
    /// A write to the journal failed: what is on disk is not known.
    var isUnsure = false
    var tiles: [TileName: [MerkleHash]] = [:]
    /// The full bundle that was read last: entries are mostly asked for one after the other.
    var lastBundle: (number: UInt64, entries: [Data])?
    var indexOfLeaf: [MerkleHash: UInt64]?

    struct TileName: Hashable {
        let level: Int
        let number: UInt64
    }

    private init(
        layout: LogLayout, key: NoteKey, signingKey: SigningKey?, lock: Int32, state: State
    ) {
        self.layout = layout
        self.key = key
        self.signingKey = signingKey
        self.lock = lock
        edge = state.edge
        latest = state.latest
        published = state.published
        journalByteCount = state.journal?.byteCount ?? 0
    }

    deinit { if lock >= 0 { close(lock) } }

    /// Entries in the log.
    package var size: UInt64 { edge.size }

    // MARK: Creating and opening

    /// Makes an empty log. When it returns, the log survives a crash.
    /// - Parameter name: origin of its checkpoints and name of its key, by custom a URL without scheme,
    ///   e.g. `example.org/erasures`.
    /// - Throws: `log-exists`, `unfit-log-name`, `file-not-written`.
    package static func create(at root: URL, key: SigningKey, name: String) throws
        -> TransparencyLog
    {
        let layout = LogLayout(root: root)
        guard let name = NoteKeyName(name) else {
            throw CertificateError(
                .unfitLogName, "The name of a log must not be empty or hold spaces or plus signs.",
                remedy: "Give a name like example.org/erasures.")
        }
        let manager = FileManager.default
        guard !manager.fileExists(atPath: layout.checkpoint.path),
            !manager.fileExists(atPath: layout.journal(0).path)
        else {
            throw CertificateError(
                .logExists, "There is a log at \(root.path) already; it was left as it is.",
                details: ["log": root.path], remedy: "Use it, or give another folder.")
        }
        let empty = try SignedCheckpoint(
            signing: Checkpoint(origin: name, size: 0, root: .empty), key: key)
        let record = LogJournal.Record(previous: 0, entries: [], checkpoint: empty)
        try DurableFile.write(LogJournal.encode(record), to: layout.journal(0))
        return try open(at: root, key: key)
    }

    /// Opens a log to append to it. Repairs what a crash left: the folder then holds the last tree
    /// whose append was acknowledged, or the next one if its record had reached the disk.
    /// - Throws: `no-log`, `log-locked`, `wrong-log`, `unsigned-checkpoint`, `invalid-note-signature`,
    ///   `damaged-log`, `inconsistent-log`, `file-unreadable`, `file-not-written`.
    package static func open(at root: URL, key: SigningKey) throws -> TransparencyLog {
        let layout = LogLayout(root: root)
        let lock = try acquireLock(layout)
        let (log, journal): (TransparencyLog, LogJournal)
        do {
            let published = try publishedCheckpoint(layout)
            guard let bundle = try layout.journals().last else { throw noLog(layout) }
            journal = try LogJournal(bundle: bundle, in: layout, isFinished: false)
            guard let name = journal.records.last?.checkpoint.checkpoint.origin else {
                throw layout.damage("holds no whole record", at: layout.journal(bundle))
            }
            let logKey = NoteKey(name: name, kind: .ed25519, publicKey: key.publicKey)
            let state = try load(
                layout, key: logKey, bundle: bundle, journal: journal, published: published)
            log = TransparencyLog(
                layout: layout, key: logKey, signingKey: key, lock: lock, state: state)
        } catch {
            close(lock)
            throw error
        }
        try log.repair(journal, bundle: log.edge.bundle)
        return log
    }

    /// Opens a log to read it; nothing is changed. A copy that holds only `checkpoint` and `tile`
    /// serves as well, but knows no checkpoints before its present one.
    /// - Throws: as `open(at:key:)`.
    package static func open(at root: URL, publicKey: NoteKey) throws -> TransparencyLog {
        let layout = LogLayout(root: root)
        // Before the journal, which a process that appends writes first.
        let published = try publishedCheckpoint(layout)
        let state: State
        if let bundle = try layout.journals().last {
            state = try load(
                layout, key: publicKey, bundle: bundle,
                journal: LogJournal(bundle: bundle, in: layout, isFinished: false),
                published: published)
        } else {
            guard let published else { throw noLog(layout) }
            try published.verify(logKey: publicKey)
            let size = published.checkpoint.size
            let width = Int(size % LogLayout.width)
            let entries =
                width == 0 ? [] : try layout.readEntries(size / LogLayout.width, width: width)
            state = State(
                edge: try loadEdge(layout, bundle: size / LogLayout.width, entries: entries),
                latest: published, published: published, journal: nil)
            guard state.edge.root == published.checkpoint.root else {
                throw layout.damage(
                    "does not have the root that the tiles give", at: layout.checkpoint)
            }
        }
        return TransparencyLog(
            layout: layout, key: publicKey, signingKey: nil, lock: -1, state: state)
    }

    // MARK: Loading

    private struct State {
        let edge: TreeEdge
        let latest: SignedCheckpoint
        let published: SignedCheckpoint?
        let journal: LogJournal?
    }

    private static func load(
        _ layout: LogLayout, key: NoteKey, bundle: UInt64, journal: LogJournal,
        published: SignedCheckpoint?
    ) throws -> State {
        guard let latest = journal.newest else {
            throw layout.damage("holds no whole record", at: layout.journal(bundle))
        }
        try latest.verify(logKey: key)
        if let published {
            try check(published, continuedBy: latest, journal: journal, bundle: bundle, layout)
        } else if latest.checkpoint.size > 0,
            !FileManager.default.fileExists(
                atPath: layout.checkpoint.path)
        {
            // A crash may empty the file, but not remove it.
            throw layout.damage("is missing", at: layout.checkpoint)
        }
        let edge = try loadEdge(layout, bundle: bundle, entries: journal.entries)
        guard edge.size == latest.checkpoint.size, edge.root == latest.checkpoint.root else {
            throw layout.damage(
                "ends with a checkpoint whose root the entries and tiles do not give",
                at: layout.journal(bundle))
        }
        return State(edge: edge, latest: latest, published: published, journal: journal)
    }

    /// What the folder shows must be something that the journal says was signed: a journal that ends
    /// before it has lost acknowledged entries.
    private static func check(
        _ published: SignedCheckpoint, continuedBy latest: SignedCheckpoint, journal: LogJournal,
        bundle: UInt64, _ layout: LogLayout
    ) throws {
        let head = published.checkpoint
        let own = head.size / LogLayout.width
        let recorded =
            own == bundle
            ? journal.checkpoint(at: head.size)
            : own < bundle
                ? try LogJournal(bundle: own, in: layout, isFinished: true)
                    .checkpoint(at: head.size) : nil
        guard let recorded, recorded.note.text == published.note.text,
            published.note.signatures.allSatisfy(recorded.note.signatures.contains)
        else {
            throw CertificateError(
                .inconsistentLog,
                "The published checkpoint over \(head.size) entries is not in the log's journal, "
                    + "which ends at \(latest.checkpoint.size): one of them was changed or is older.",
                details: ["log": layout.root.path, "published": "\(head.size)"],
                remedy: "Restore the log's folder as a whole; append nothing before.")
        }
    }

    private static func loadEdge(_ layout: LogLayout, bundle: UInt64, entries: [Data]) throws
        -> TreeEdge
    {
        var tiles: [[MerkleHash]] = [[]]
        var count = bundle
        while count > 0 {
            let width = Int(count % LogLayout.width)
            count /= LogLayout.width
            tiles.append(
                width == 0
                    ? [] : try layout.readHashes(level: tiles.count, count, width: width))
        }
        var edge = TreeEdge(size: bundle * LogLayout.width, tiles: tiles)
        for entry in entries { _ = edge.append(entry) }
        return edge
    }

    /// Nil if the file is not there, or if it is what a crash of the system makes of a file that was
    /// not synced: empty, or zeros.
    static func publishedCheckpoint(_ layout: LogLayout) throws -> SignedCheckpoint? {
        guard FileManager.default.fileExists(atPath: layout.checkpoint.path) else { return nil }
        let data = try DurableFile.read(layout.checkpoint)
        guard data.contains(where: { $0 != 0 }) else { return nil }
        return try SignedCheckpoint(parsing: data)
    }

    private static func acquireLock(_ layout: LogLayout) throws -> Int32 {
        let descriptor = DurableFile.uninterrupted {
            openFolder(layout.journalFolder.path, O_RDONLY | O_CLOEXEC)
        }
        guard descriptor >= 0 else {
            let cause = DurableFile.systemError()
            throw DurableFile.isMissing(layout.journalFolder)
                ? noLog(layout) : DurableFile.unreadable(layout.journalFolder, cause)
        }
        guard DurableFile.uninterrupted({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 else {
            close(descriptor)
            throw CertificateError(
                .logLocked, "Another process appends to the log \(layout.root.path).",
                details: ["log": layout.root.path], remedy: "Try again when it has finished.")
        }
        return descriptor
    }

    private static func noLog(_ layout: LogLayout) -> CertificateError {
        CertificateError(
            .noLog, "There is no transparency log at \(layout.root.path).",
            details: ["log": layout.root.path],
            remedy: "Give the folder that holds the file checkpoint.")
    }
}
