import Domain
import Foundation
import GRDB

extension SQLiteCaseStore: LeaseRegister {
    private struct Stored {
        let token: Int64
        let holder: LeaseHolder
        let expiresAfterBoot: Int64

        init(_ row: Row) throws {
            token = row["token"]
            expiresAfterBoot = row["expiresAfterBoot"]
            holder = try CanonicalJSON.decode(
                LeaseHolder.self, from: Data((row["holder"] as String).utf8))
        }

        /// Judged by the time since the machine's start: setting the clock changes nothing.
        func isLive(for here: LeaseHolder, at secondsSinceBoot: Int64) -> Bool {
            !holder.hasEnded(seenFrom: here) && secondsSinceBoot < expiresAfterBoot
        }
    }

    private func stored(_ resource: LeaseResource, in db: Database) throws -> Stored? {
        try Row.fetchOne(
            try db.cachedStatement(sql: "SELECT * FROM leases WHERE resource = ?"),
            arguments: [resource.description]
        ).map(Stored.init)
    }

    package func acquireLease(
        on resources: [LeaseResource], seconds: Int, actor: String
    ) throws -> Lease {
        let here = LeaseHolder.current(bootClock)
        let resources = Set(resources).sorted { $0.description < $1.description }
        return try write { db in
            var overtaken: [String] = []
            for resource in resources {
                if let id = resource.caseID { _ = try Self.record(id, in: db) }
                guard let old = try stored(resource, in: db) else { continue }
                guard !old.isLive(for: here, at: bootClock.seconds()) else {
                    throw Self.held(resource, by: old.holder)
                }
                overtaken.append("\(resource) \(old.token)")
            }
            try db.execute(sql: "UPDATE fencing SET token = token + 1")
            guard let token = try Int64.fetchOne(db, sql: "SELECT token FROM fencing") else {
                throw CaseworkError(
                    .databaseDamaged, "The case database has no fencing token.",
                    remedy: "Restore it from a backup.")
            }
            let holder = String(decoding: try CanonicalJSON.compact(here), as: UTF8.self)
            for resource in resources {
                try db.cachedStatement(
                    sql: """
                        INSERT OR REPLACE INTO leases (resource, caseID, token, holder, actor,
                        seconds, heartbeatAt, expiresAt, expiresAfterBoot)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """
                ).execute(
                    arguments: [
                        resource.description, resource.caseID?.description, token, holder, actor,
                        seconds, clock.now().secondsSince1970,
                        clock.now().secondsSince1970 + Int64(seconds),
                        bootClock.seconds() + Int64(seconds),
                    ])
            }
            if !overtaken.isEmpty {
                try append(
                    HistoryDraft(
                        event: "lease-taken-over", actor: actor,
                        facts: [
                            "lease": String(token), "from": overtaken.joined(separator: ", "),
                        ]), in: db)
            }
            return Lease(token: token, resources: resources, seconds: seconds)
        }
    }

    package func renewLease(_ lease: Lease) throws {
        try write { db in
            for resource in lease.resources {
                let now = clock.now().secondsSince1970
                try db.cachedStatement(
                    sql: """
                        UPDATE leases SET heartbeatAt = ?, expiresAt = ?, expiresAfterBoot = ?
                        WHERE resource = ? AND token = ?
                        """
                ).execute(
                    arguments: [
                        now, now + Int64(lease.seconds),
                        bootClock.seconds() + Int64(lease.seconds), resource.description,
                        lease.token,
                    ])
                guard db.changesCount == 1 else { throw Self.lost(resource, lease) }
            }
        }
    }

    package func releaseLease(_ lease: Lease) throws {
        try write { db in
            for resource in lease.resources {
                try db.cachedStatement(
                    sql: "DELETE FROM leases WHERE resource = ? AND token = ?"
                ).execute(arguments: [resource.description, lease.token])
            }
        }
    }

    package func allLeases() throws -> [LeaseStatus] {
        let here = LeaseHolder.current(bootClock)
        return try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM leases ORDER BY resource").map { row in
                let stored = try Stored(row)
                let name: String? = row["caseID"]
                return LeaseStatus(
                    resource: row["resource"], caseID: name.flatMap { CaseID($0) },
                    token: stored.token, actor: row["actor"],
                    processID: stored.holder.processID,
                    heartbeatAt: Timestamp(secondsSince1970: row["heartbeatAt"]),
                    expiresAt: Timestamp(secondsSince1970: row["expiresAt"]),
                    isLive: stored.isLive(for: here, at: bootClock.seconds()))
            }
        }
    }

    /// The lease must be the present one of the case and of all its other resources. One that ran
    /// out but that nobody took over is still the present one: no other work can have been done.
    /// - Throws: `lease-lost`.
    func requireCurrent(_ lease: Lease, for id: CaseID, in db: Database) throws {
        guard lease.resources.contains(.work(on: id)) else {
            throw Self.lost(.work(on: id), lease)
        }
        for resource in lease.resources where try stored(resource, in: db)?.token != lease.token {
            throw Self.lost(resource, lease)
        }
    }

    /// What the engine finds out without a lease is not taken while somebody else has one.
    /// - Throws: `lease-held`.
    func refuseWhileLeased(_ id: CaseID, event: CaseEvent, in db: Database) throws {
        guard let lease = try stored(.work(on: id), in: db),
            lease.isLive(for: LeaseHolder.current(bootClock), at: bootClock.seconds())
        else { return }
        throw Self.held(.work(on: id), by: lease.holder)
    }

    private static func held(_ resource: LeaseResource, by holder: LeaseHolder) -> CaseworkError {
        CaseworkError(
            .leaseHeld, "Process \(holder.processID) is working on \(resource).",
            details: [
                "resource": resource.description, "process": String(holder.processID),
            ], remedy: "Try again when it is done.")
    }

    private static func lost(_ resource: LeaseResource, _ lease: Lease) -> CaseworkError {
        CaseworkError(
            .leaseLost,
            "The work on \(resource) was taken over by another process, so its result is dropped.",
            details: ["resource": resource.description, "lease": String(lease.token)],
            remedy: "Nothing needs to be done; the other process goes on.")
    }
}
