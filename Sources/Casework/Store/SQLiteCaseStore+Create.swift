import Domain
import Foundation
import GRDB

extension SQLiteCaseStore {
    /// Makes one case per request in one transaction. A time of receipt later than the present is
    /// taken as the present, and the history keeps what was claimed. A file that several of the
    /// requests came in is stored once.
    /// - Throws: `duplicate-request` naming the case that already holds the same file and source id.
    package func create(
        _ all: [(new: NewCase, vault: VaultedRequest)], actor: String
    ) throws -> [CaseRecord] {
        try write { db in
            try HistoryTail.extending(in: db) { tail in
                var batch = Batch(
                    files: RequestFiles(of: all.map(\.vault)), numbers: [:],
                    keyID: try Self.vaultKeyID(in: db), actor: actor)
                return try all.map {
                    try create($0.new, vault: $0.vault, batch: &batch, tail: &tail, in: db)
                }
            }
        }
    }

    /// What the cases of one call share.
    private struct Batch {
        var files: RequestFiles
        /// The last number given, by year.
        var numbers: [Int: Int]
        let keyID: String?
        let actor: String
    }

    private func create(
        _ new: NewCase, vault request: VaultedRequest, batch: inout Batch,
        tail: inout HistoryTail, in db: Database
    ) throws -> CaseRecord {
        let now = clock.now()
        guard let sourceIDDigest = vault.keyedDigest(of: request.request.sourceID) else {
            throw CaseworkError(.malformedKey, "The master key gives no digest.")
        }
        let file = batch.files.next(request.rawBytes)
        let claimed = request.request.receivedAt ?? now
        let receivedAt = min(claimed, now)
        let legal = LegalFile(
            opening: new, receivedAt: receivedAt, requestDigest: file.digest, now: now,
            actor: batch.actor)
        let record = CaseRecord(
            id: try Self.nextID(now, after: &batch.numbers, in: db), state: StateMachine.initial,
            version: 1, createdAt: now, receivedAt: receivedAt,
            dueAt: try LegalClock.of(new.regime).deadline(
                receivedAt: receivedAt, facts: legal.clock ?? ClockFacts(receivedAt: receivedAt),
                calendar: new.calendar, now: now
            ).dueAt,
            regime: new.regime, sourceFormat: new.sourceFormat, requestDigest: file.digest,
            sourceIDDigest: sourceIDDigest, scopeLimits: request.request.scope,
            modelName: new.modelName, progress: CaseProgress(legal: legal))
        let bytes = try CanonicalJSON.compact(record)
        try insert(record, bytes: bytes, in: db)
        let isFirst = file.shared.map { batch.files.takesStoring($0) } ?? false
        try store(
            request, file: file, isFirstOfFile: isFirst, of: record.id, keyID: batch.keyID, in: db)
        var facts = [
            "format": new.sourceFormat, "regime": new.regime.rawValue,
            "received-at": receivedAt.description, "due-at": record.dueAt.description,
            "identifier-count": String(request.request.identifiers.count),
        ]
        facts.merge(legal.openingFacts) { first, _ in first }
        if claimed != receivedAt { facts["received-at-claimed"] = claimed.description }
        try tail.append(
            HistoryDraft(
                caseID: record.id, event: HistoryEntry.caseCreated, to: record.state,
                actor: batch.actor,
                digests: [
                    "request": file.digest.hexadecimal,
                    HistoryEntry.recordKey: Digest(of: bytes).hexadecimal,
                ], facts: facts), at: now, in: db)
        try moveTimers(from: nil, to: record, adding: [], in: db)
        try insertIntents(new.intents, of: record.id, at: now, in: db)
        return record
    }

    private func insert(_ record: CaseRecord, bytes: Data, in db: Database) throws {
        do {
            try db.cachedStatement(
                sql: """
                    INSERT INTO cases
                    (id, year, number, state, version, dueAt, requestDigest, sourceIDDigest, record)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(
                arguments: [
                    record.id.description, record.id.year, record.id.number,
                    record.state.rawValue, record.version, record.dueAt.secondsSince1970,
                    record.requestDigest.hexadecimal, record.sourceIDDigest.hexadecimal, bytes,
                ])
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            try refuseDuplicate(record, in: db)
            throw error
        }
    }

    private func refuseDuplicate(_ record: CaseRecord, in db: Database) throws {
        let existing = try String.fetchOne(
            db, sql: "SELECT id FROM cases WHERE requestDigest = ? AND sourceIDDigest = ?",
            arguments: [record.requestDigest.hexadecimal, record.sourceIDDigest.hexadecimal])
        if let existing {
            throw CaseworkError(
                .duplicateRequest, "This request is already there as \(existing).",
                details: ["case": existing, "requestDigest": record.requestDigest.hexadecimal],
                remedy: "See `lethe case show \(existing)`. If it is a new request, give it an id "
                    + "of its own.")
        }
    }

    private static func nextID(
        _ now: Timestamp, after numbers: inout [Int: Int], in db: Database
    ) throws -> CaseID {
        let year = CivilDate(now).year
        let last =
            try numbers[year]
            ?? Int.fetchOne(
                db, sql: "SELECT max(number) FROM cases WHERE year = ?", arguments: [year])
        let number = (last ?? 0) + 1
        numbers[year] = number
        return CaseID(year: year, number: number)
    }
}
