import Domain
import Foundation

/// A segment that was written and is not registered yet.
struct BuiltSegment: Sendable {
    let path: String
    /// Name of the file in the segments' folder.
    let file: String
    let digest: Digest
    let byteCount: Int
    let recordCount: Int
}

/// Makes the segments of shards with two workers.
///
/// A worker takes the next piece of the current shard, indexes it, and leaves the result for whoever is
/// next in line; results are put together in the order of the pieces, so files and errors do not depend
/// on the workers. At most a few results wait, so memory stays bounded.
final class SegmentBuilder: @unchecked Sendable {
    private struct Task {
        let number: Int
        let piece: ShardPiece
        let shard: Int
    }

    private enum Outcome {
        case piece(IndexedPiece, shard: Int)
        case end(shard: Int, ShardContent)
        case failure(any Error)
    }

    private let paths: [String]
    /// By path; others are numbered plainly.
    private let numberings: [String: LineNumbering]
    private let store: SegmentStore
    private let contents: IndexContents
    private let context: WorkContext
    private let activity: String
    private let byteCount: Int
    private let pool = PiecePool()

    // Guarded by `state`.
    private let state = NSCondition()
    private var reader: ShardReader?
    private var readingShard = 0
    private var nextNumber = 0
    private var waiting: [Int: Outcome] = [:]
    private var nextOutcome = 0
    private var isConsuming = false
    private var error: (any Error)?

    // Used by whoever consumes.
    private var part = PartBuilder()
    private var writer: SegmentWriter?
    private var done = 0
    private var built: [BuiltSegment] = []

    private static let workerCount = 2
    private static let waitingMaximum = 4

    /// - Parameter numberings: of shards that lines were erased from; they may be empty.
    init(
        _ paths: [String], numberings: [String: LineNumbering] = [:], store: SegmentStore,
        contents: IndexContents = .identifiersAndTexts, activity: String, byteCount: Int,
        context: WorkContext
    ) {
        self.paths = paths
        self.numberings = numberings
        self.store = store
        self.contents = contents
        self.activity = activity
        self.byteCount = byteCount
        self.context = context
    }

    /// Writes a segment for each shard, in the order of the paths.
    /// - Throws: `empty-shard`, `file-unreadable`, `file-not-written`, `interrupted`, and what
    ///   `RecordLine` throws; then none of the segments is left.
    func build() throws -> [BuiltSegment] {
        DispatchQueue.concurrentPerform(iterations: Self.workerCount) { _ in self.work() }
        context.progress(activity, byteCount, of: byteCount)
        if let error {
            writer?.discard()
            for segment in built { store.remove(segment.file) }
            throw error
        }
        precondition(built.count == paths.count, "every outcome has been put together")
        return built
    }

    private func work() {
        let indexer = PieceIndexer(store.postingKeys, store.grams, contents)
        while let task = take() {
            let outcome: Outcome
            do {
                defer { pool.give(task.piece.memory) }
                try context.checkCancellation()
                let path = paths[task.shard]
                outcome = .piece(
                    try indexer.index(
                        task.piece, path: path, numbering: numberings[path] ?? LineNumbering()),
                    shard: task.shard)
            } catch { outcome = .failure(error) }
            deliver(outcome, task.number)
        }
    }

    /// The next piece of work; nil if there is none or something failed.
    private func take() -> Task? {
        state.lock()
        defer { state.unlock() }
        while error == nil, waiting.count >= Self.waitingMaximum { state.wait() }
        while error == nil, readingShard < paths.count {
            let number = nextNumber
            nextNumber += 1
            do {
                let reader = try reader ?? ShardReader(path: paths[readingShard], pool: pool)
                self.reader = reader
                if let piece = try reader.next() {
                    return Task(number: number, piece: piece, shard: readingShard)
                }
                waiting[number] = .end(shard: readingShard, try reader.content)
                readingShard += 1
                self.reader = nil
            } catch {
                waiting[number] = .failure(error)
                readingShard = paths.count
            }
            // Whoever has the piece before will find it; if nobody has, it is consumed here.
            consume()
        }
        return nil
    }

    private func deliver(_ outcome: Outcome, _ number: Int) {
        state.lock()
        waiting[number] = outcome
        consume()
        state.unlock()
    }

    /// Puts together what is next in line, unless somebody else is at it. Called with the lock held,
    /// which is given up while the work is done.
    private func consume() {
        guard !isConsuming else { return }
        isConsuming = true
        while error == nil, let outcome = waiting.removeValue(forKey: nextOutcome) {
            nextOutcome += 1
            state.broadcast()
            state.unlock()
            let failure: (any Error)?
            do {
                try put(outcome)
                failure = nil
            } catch { failure = error }
            state.lock()
            if let failure { error = failure }
        }
        isConsuming = false
        state.broadcast()
    }

    private func put(_ outcome: Outcome) throws {
        switch outcome {
        case .failure(let error): throw error
        case .piece(let piece, _):
            part.add(piece)
            done += piece.byteCount
            context.progress(activity, min(done, byteCount), of: byteCount)
            if part.byteCount >= SegmentFormat.partByteCount { try writePart() }
        case .end(let shard, let content):
            let path = paths[shard]
            guard content.lineCount > 0 || numberings[path]?.isPlain == false else {
                throw LineageError(
                    .emptyShard, "The shard \(path) is empty.", details: ["path": path],
                    remedy: "Leave it out; nothing of this corpus was stored.")
            }
            guard content.lineCount <= SegmentFormat.recordCountMaximum else {
                throw LineageError(
                    .malformedCorpus, "The shard \(path) has too many records.",
                    details: ["path": path], remedy: "Split it.")
            }
            try writePart()
            let writer = try writer ?? SegmentWriter(folder: store.folder)
            let file = store.fileName(content.digest)
            try writer.publish(
                as: store.url(file), digest: content.digest, byteCount: content.byteCount,
                recordCount: content.lineCount)
            self.writer = nil
            built.append(
                BuiltSegment(
                    path: path, file: file, digest: content.digest, byteCount: content.byteCount,
                    recordCount: content.lineCount))
        }
    }

    private func writePart() throws {
        guard !part.isEmpty else { return }
        let writer = try writer ?? SegmentWriter(folder: store.folder)
        self.writer = writer
        try part.write(to: writer)
        part = PartBuilder()
    }
}
