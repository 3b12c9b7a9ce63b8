import Domain
import Foundation

/// Erases records from the shards they stand in, and from what those were unpacked from.
///
/// A shard is written anew beside itself, synced, and renamed into place, so that at every moment
/// the file is wholly the old or wholly the new one. What is to be done is in the database before
/// any file changes: an erasure that was killed is undone by `resumeErasures` if nothing had been
/// replaced yet, and finished otherwise. Of an erased record keyed digests remain (`Tombstone`).
package struct ShardErasure: Sendable {
    private let index: LineageIndex
    private let places: any ErasureIndex
    private let clock: any Clock
    private let marker: String
    private let reached: @Sendable (ErasurePhase) throws -> Void

    private var journal: ErasureJournal { ErasureJournal(database: index.database) }
    private var files: ErasureFiles { ErasureFiles(key: index.key) }

    /// - Parameters:
    ///   - places: who knows where records stand.
    ///   - marker: what redacted spans are replaced by; printable ASCII without quotes and
    ///     backslashes.
    ///   - reached: called at every phase; throwing there acts like a kill at that point.
    package init(
        index: LineageIndex, places: any ErasureIndex, clock: any Clock = SystemClock(),
        marker: String = "[erased]",
        reached: @escaping @Sendable (ErasurePhase) throws -> Void = { _ in }
    ) {
        self.index = index
        self.places = places
        self.clock = clock
        self.marker = marker
        self.reached = reached
    }

    /// Erases records, and parts of records. When it returns, shards, sources, index and tombstones
    /// agree and are durable. When it throws, every shard is wholly old or wholly new; repeating
    /// the call goes on, and skips what the same case has erased.
    ///
    /// Unfinished erasures are resumed first.
    /// - Throws: `shard-changed` if a shard or source is not what was indexed; `shard-missing`,
    ///   `unknown-record`, `malformed-span`, `erasure-refused`, `unsupported-format`, `interrupted`,
    ///   `file-unreadable`, `file-not-written`.
    @discardableResult
    package func erase(
        _ records: [RecordKey], redacting redactions: [RecordRedaction] = [], caseID: String,
        context: WorkContext = WorkContext()
    ) throws -> ErasureResult {
        var finished: [ErasureResult.Shard] = []
        for resumed in try resumeErasures() where resumed.caseID == caseID {
            if case .finished(let shard) = resumed.outcome { finished.append(shard) }
        }
        let (wanted, already) = try wantedEdits(records, redactions, caseID: caseID)
        let byShard = Dictionary(grouping: wanted, by: \.place.shard)
        let paths = byShard.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for (number, path) in paths.enumerated() {
            try context.checkCancellation()
            context.progress("erase records", number, of: paths.count)
            finished.append(try eraseShard(path, byShard[path] ?? [], caseID: caseID))
        }
        context.progress("erase records", paths.count, of: paths.count)
        return ErasureResult(
            caseID: caseID, shards: finished.sorted { $0.path < $1.path },
            alreadyErasedCount: already, remainingCopies: try index.remainingCopies(of: caseID))
    }

    /// Brings every erasure that was killed to an end. Run it whenever the workspace is opened for
    /// writing; without any it does nothing.
    ///
    /// One that cannot go on is reported as blocked and stays; the others are finished.
    package func resumeErasures() throws -> [ResumedErasure] {
        try journal.open().map { state, plan in
            let outcome: ResumedErasure.Outcome
            switch state {
            case .announced:
                files.discard(plan)
                try journal.discard(shard: plan.shard)
                outcome = .undone
            case .prepared:
                do { outcome = .finished(try finish(plan)) } catch let error as any ReportableError
                {
                    outcome = .blocked(code: error.codeName, message: error.message)
                }
            }
            return ResumedErasure(caseID: plan.caseID, shard: plan.shard, outcome: outcome)
        }
    }

    private func eraseShard(
        _ path: String, _ wanted: [WantedEdit], caseID: String
    ) throws -> ErasureResult.Shard {
        var plan = try self.plan(path, wanted, caseID: caseID)
        try journal.announce(plan)
        try reached(.announced)
        do { try files.prepare(&plan) } catch {
            files.discard(plan)
            try journal.discard(shard: path)
            throw error
        }
        try reached(.written)
        try journal.prepared(plan)
        try reached(.prepared)
        return try finish(plan)
    }

    private func finish(_ prepared: ErasurePlan) throws -> ErasureResult.Shard {
        var plan = prepared
        try files.replace(&plan) { if $0 == 0 { try reached(.firstFileReplaced) } }
        try reached(.filesReplaced)
        guard let change = plan.change else {
            throw LineageError(
                .indexDamaged, "An erasure of \(plan.shard) lacks its outcome.",
                details: ["path": plan.shard], remedy: "Restore the database from a backup.")
        }
        try places.replaceShard(change)
        try reached(.indexReplaced)
        try journal.finish(plan, change, at: clock.now())
        return plan.result(change)
    }

    private func plan(
        _ path: String, _ wanted: [WantedEdit], caseID: String
    ) throws -> ErasurePlan {
        guard let entry = try places.shards(at: path).first else {
            throw LineageError(
                .erasureRefused, "\(path) is not a shard of any corpus.", details: ["path": path],
                remedy: "Erase records of shards that are indexed.")
        }
        let imported = try index.importedShard(at: path)
        var changes = [try ErasureFiles.change(.plain, path, entry.digest)]
        if let imported {
            changes += try SourceChanges(imported, entry.digest, wanted).all()
        }
        // Several corpora may hold the same file: their records on one line are one edit.
        var edits: [Int: LineEdit] = [:]
        for edit in wanted {
            let spans = edits[edit.place.line].map { $0.spans.isEmpty ? [] : edit.spans }
            edits[edit.place.line] = LineEdit(
                line: edit.place.line, lineKey: index.key.lineKey(edit.place.digest),
                spans: spans ?? edit.spans)
        }
        return ErasurePlan(
            caseID: caseID, shard: path, marker: marker,
            edits: edits.values.sorted { $0.line < $1.line },
            records: wanted.map { edit in
                ErasurePlan.Record(
                    corpus: edit.place.corpus,
                    recordKey: index.key.recordKey(corpus: edit.place.corpus, id: edit.place.id),
                    lineKey: index.key.lineKey(edit.place.digest),
                    kind: edit.spans.isEmpty ? .erased : .redacted)
            },
            files: changes, imported: imported, change: nil)
    }

    /// What is left to do, at the records' present places.
    private func wantedEdits(
        _ records: [RecordKey], _ redactions: [RecordRedaction], caseID: String
    ) throws -> (wanted: [WantedEdit], alreadyErasedCount: Int) {
        let asked =
            records.map { RecordRedaction(record: $0, spans: []) }
            + redactions.filter { !$0.spans.isEmpty }
        let present = try places.places(of: asked.map(\.record))
        let erased = try index.erasedRecordKeys(ofCase: caseID)
        var wanted: [WantedEdit] = []
        var already = 0
        for (edit, place) in zip(asked, present) {
            if let place, place.digest == edit.record.digest {
                wanted.append(WantedEdit(place: place, spans: edit.spans))
                continue
            }
            let record = edit.record
            guard erased.contains(index.key.recordKey(corpus: record.corpus, id: record.id)) else {
                throw LineageError(
                    .unknownRecord, "The corpus \"\(record.corpus)\" has no such record any more.",
                    details: ["corpus": record.corpus],
                    remedy: "Find the person's records again: the corpus changed since.")
            }
            already += 1
        }
        return (wanted, already)
    }
}

/// A record at its present place, and what goes of it.
struct WantedEdit {
    let place: RecordKey
    /// Empty: all of it.
    let spans: [RecordSpan]
}
