import Domain
import Foundation
import GRDB

extension SQLiteCaseStore {
    /// Makes one case per request in one transaction. A time of receipt later than the present is
    /// taken as the present, and the history keeps what was claimed.
    /// - Throws: `duplicate-request` naming the case that already holds the same file and source id.
    package func create(
        _ all: [(new: NewCase, vault: VaultedRequest)], actor: String
    ) throws -> [CaseRecord] {
        try reportingDatabaseErrors {
            try queue.write { db in
                try all.map { try create($0.new, vault: $0.vault, actor: actor, in: db) }
            }
        }
    }

    private func create(
        _ new: NewCase, vault request: VaultedRequest, actor: String, in db: Database
    ) throws -> CaseRecord {
        let now = clock.now()
        guard let sourceIDDigest = vault.keyedDigest(of: request.request.sourceID) else {
            throw CaseworkError(.malformedKey, "The master key gives no digest.")
        }
        let requestDigest = Digest(of: request.rawBytes)
        try refuseDuplicate(requestDigest, sourceIDDigest, in: db)
        let claimed = request.request.receivedAt ?? now
        let receivedAt = min(claimed, now)
        let legal = LegalFile(
            opening: new, receivedAt: receivedAt, requestDigest: requestDigest, now: now,
            actor: actor)
        let record = CaseRecord(
            id: try Self.nextID(now, in: db), state: StateMachine.initial, version: 1,
            createdAt: now, receivedAt: receivedAt,
            dueAt: try LegalClock.of(new.regime).deadline(
                receivedAt: receivedAt, facts: legal.clock ?? ClockFacts(receivedAt: receivedAt),
                calendar: new.calendar, now: now
            ).dueAt,
            regime: new.regime, sourceFormat: new.sourceFormat, requestDigest: requestDigest,
            sourceIDDigest: sourceIDDigest, scopeLimits: request.request.scope,
            modelName: new.modelName, progress: CaseProgress(legal: legal))
        try insert(record, in: db)
        let sealed = try vault.seal(try request.encoded(), for: record.id)
        try db.execute(
            sql: "INSERT INTO vaultKeys (caseID, wrappedKey) VALUES (?, ?)",
            arguments: [record.id.description, sealed.wrappedKey])
        try db.execute(
            sql: "INSERT INTO vaultContents (caseID, sealed) VALUES (?, ?)",
            arguments: [record.id.description, sealed.content])
        var facts = [
            "format": new.sourceFormat, "regime": new.regime.rawValue,
            "received-at": receivedAt.description, "due-at": record.dueAt.description,
            "identifier-count": String(request.request.identifiers.count),
        ]
        facts.merge(legal.openingFacts) { first, _ in first }
        if claimed != receivedAt { facts["received-at-claimed"] = claimed.description }
        try append(
            HistoryDraft(
                caseID: record.id, event: HistoryEntry.caseCreated, to: record.state, actor: actor,
                digests: [
                    "request": requestDigest.hexadecimal,
                    HistoryEntry.recordKey: try record.digest().hexadecimal,
                ], facts: facts), in: db)
        return record
    }

    private func insert(_ record: CaseRecord, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO cases
                (id, year, number, state, version, dueAt, requestDigest, sourceIDDigest, record)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                record.id.description, record.id.year, record.id.number, record.state.rawValue,
                record.version, record.dueAt.secondsSince1970, record.requestDigest.hexadecimal,
                record.sourceIDDigest.hexadecimal, try CanonicalJSON.compact(record),
            ])
    }

    private func refuseDuplicate(
        _ requestDigest: Digest, _ sourceIDDigest: Digest, in db: Database
    ) throws {
        let existing = try String.fetchOne(
            db, sql: "SELECT id FROM cases WHERE requestDigest = ? AND sourceIDDigest = ?",
            arguments: [requestDigest.hexadecimal, sourceIDDigest.hexadecimal])
        if let existing {
            throw CaseworkError(
                .duplicateRequest, "This request is already there as \(existing).",
                details: ["case": existing, "requestDigest": requestDigest.hexadecimal],
                remedy: "See `lethe case show \(existing)`. If it is a new request, give it an id "
                    + "of its own.")
        }
    }

    private static func nextID(_ now: Timestamp, in db: Database) throws -> CaseID {
        let year = CivilDate(now).year
        let last = try Int.fetchOne(
            db, sql: "SELECT max(number) FROM cases WHERE year = ?", arguments: [year])
        return CaseID(year: year, number: (last ?? 0) + 1)
    }
}
