import Domain
import Foundation

/// The changes of keys that a history allows, and who has to sign them.
extension KeyHistory {
    /// Adds a key of its own standing, e.g. an approver's: signed by it and by an issuer's key.
    /// - Throws: `key-change-refused` with the rule that forbids it.
    package func introducing(
        _ key: SigningKey, role: Role, by issuer: SigningKey, at time: Timestamp
    ) throws -> KeyHistory {
        try appending(.introduced(key.publicKey, role), at: time, keys: [issuer, key])
    }

    /// Adds the key of an approver who keeps it to themselves: signed by an issuer's key alone. Nobody
    /// gains by it, for what an approver signs needs the key itself.
    /// - Throws: `key-change-refused` with the rule that forbids it.
    package func introducing(
        approver key: PublicKey, by issuer: SigningKey, at time: Timestamp
    ) throws -> KeyHistory {
        try appending(.introduced(key, .approver), at: time, keys: [issuer])
    }

    /// Lets a new key take an old one's place: signed by both. Until the overlap ends, both may
    /// sign, so that nobody has to change over in one moment.
    /// - Parameter overlapSeconds: how long the old key stays valid, not negative.
    /// - Throws: `key-change-refused` with the rule that forbids it.
    package func rotating(
        from old: SigningKey, to new: SigningKey, at time: Timestamp, overlapSeconds: Int64
    ) throws -> KeyHistory {
        let (end, isTooLong) = time.secondsSince1970.addingReportingOverflow(overlapSeconds)
        guard overlapSeconds >= 0, !isTooLong else {
            throw Self.refused("an overlap is not negative")
        }
        return try appending(
            .rotated(
                from: old.keyID, to: new.publicKey,
                overlapEndsAt: Timestamp(secondsSince1970: end)),
            at: time, keys: [old, new])
    }

    /// Takes a key out of use: signed by itself or by an issuer's key. Rotate the only issuer's
    /// key first, or nobody can sign the next statement.
    /// - Parameter effectiveAt: from when on nothing it signed is trusted; `time` if nil. Earlier
    ///   where it is known since when somebody else had it.
    /// - Throws: `key-change-refused` with the rule that forbids it.
    package func revoking(
        _ keyID: Digest, reason: RevocationReason, by signer: SigningKey, at time: Timestamp,
        effectiveAt: Timestamp? = nil
    ) throws -> KeyHistory {
        try appending(
            .revoked(keyID, .init(at: effectiveAt ?? time, reason: reason)), at: time,
            keys: [signer])
    }

    private var lastDigest: Digest? { statements.last.map { Digest(of: $0.payload) } }

    private func appending(
        _ change: KeyStatement.Change, at time: Timestamp, keys: [SigningKey]
    ) throws -> KeyHistory {
        var next = self
        try next.append(
            KeyStatement(at: time, previous: lastDigest, change: change), keys: keys)
        return next
    }

    mutating func append(_ statement: KeyStatement, keys: [SigningKey]) throws {
        // A key given twice signs once, and the rules below find one signature too few.
        let unique = keys.enumerated().filter { index, key in
            !keys[..<index].contains { $0.keyID == key.keyID }
        }
        try append(
            try Envelope(
                signing: statement.payload, payloadType: KeyStatement.payloadType,
                keys: unique.map(\.element)))
    }

    /// Checks a statement against all before it, and takes it in. The same rules hold whether it
    /// was made here or read from a file.
    /// - Throws: `key-change-refused`, `malformed-key-history`, and what verifying signatures
    ///   throws.
    mutating func append(_ envelope: Envelope) throws {
        guard envelope.payloadType == KeyStatement.payloadType else {
            throw Self.reader.error(
                .unexpectedValue, "A statement's payloadType is not \(KeyStatement.payloadType).")
        }
        let statement = try KeyStatement(parsing: envelope.payload)
        guard statement.previous == lastDigest else {
            throw Self.refused("a statement does not follow the one before it")
        }
        guard lastTime.map({ $0 <= statement.at }) ?? true else {
            throw Self.refused("a statement is dated before the one before it")
        }
        let signers = try signers(of: statement, count: envelope.signatures.count)
        var candidates: [PublicKey] = []
        for key in signers.joined() where !candidates.contains(key) { candidates.append(key) }
        guard envelope.signatures.count == signers.count,
            let found = try? envelope.verification(
                keys: candidates, threshold: signers.count
            ).signers,
            signers.allSatisfy({ !$0.filter(found.contains).isEmpty })
        else {
            throw Self.refused(
                "a statement needs \(signers.count == 1 ? "one signature" : "two signatures"), by "
                    + Self.signerWords(statement.change))
        }
        apply(statement)
        statements.append(envelope)
        lastTime = statement.at
    }

    /// Who has to sign: one key of each group.
    /// - Parameter count: signatures that are there; an approver's own may be missing.
    private func signers(of statement: KeyStatement, count: Int) throws -> [[PublicKey]] {
        let issuers = trusted(role: .issuer, at: statement.at)
        switch statement.change {
        case .introduced(let key, let role):
            try requireNew(key)
            guard !entries.isEmpty else {
                guard role == .issuer else {
                    throw Self.refused("the first key is an issuer's")
                }
                return [[key]]
            }
            return role == .approver && count == 1 ? [issuers] : [issuers, [key]]
        case .rotated(let oldID, let key, let end):
            try requireNew(key)
            let old = try known(oldID)
            guard old.isTrusted(at: statement.at) else {
                throw Self.refused("a key that is not valid any more cannot be rotated")
            }
            guard old.notAfter == nil else {
                throw Self.refused("the key was rotated before")
            }
            guard statement.at <= end else {
                throw Self.refused("an overlap is not negative")
            }
            return [[old.key], [key]]
        case .revoked(let keyID, let revocation):
            let entry = try known(keyID)
            // That a key was stolen may come out after it was laid aside; nothing is milder.
            guard
                entry.revocation.map({
                    $0.reason != .compromised && revocation.reason == .compromised
                }) ?? true
            else { throw Self.refused("the key was revoked before") }
            guard (entry.notBefore...max(entry.notBefore, statement.at)).contains(revocation.at)
            else {
                throw Self.refused(
                    "a revocation holds from a moment between the key's first and its own")
            }
            return [issuers + [entry.key]]
        }
    }

    private mutating func apply(_ statement: KeyStatement) {
        switch statement.change {
        case .introduced(let key, let role):
            entries.append(
                Entry(key: key, role: role, notBefore: statement.at, replaces: nil))
        case .rotated(let oldID, let key, let end):
            guard let index = entries.firstIndex(where: { $0.keyID == oldID }) else { return }
            entries[index].notAfter = end
            entries.append(
                Entry(
                    key: key, role: entries[index].role, notBefore: statement.at, replaces: oldID))
        case .revoked(let keyID, let revocation):
            guard let index = entries.firstIndex(where: { $0.keyID == keyID }) else { return }
            entries[index].revocation = revocation
        }
    }

    private func known(_ keyID: Digest) throws -> Entry {
        guard let entry = entry(keyID) else {
            throw Self.refused("the key \(keyID.short) is not in the history")
        }
        return entry
    }

    private func requireNew(_ key: PublicKey) throws {
        guard entry(key.keyID) == nil else {
            throw Self.refused("the key \(key.keyID.short) is in the history already")
        }
    }

    private static func signerWords(_ change: KeyStatement.Change) -> String {
        switch change {
        case .introduced(_, .approver): "a valid issuer's key"
        case .introduced: "the new key and by a valid issuer's key"
        case .rotated: "the old and by the new key"
        case .revoked: "the revoked key or a valid issuer's key"
        }
    }

    static func refused(_ rule: String) -> CertificateError {
        CertificateError(
            .keyChangeRefused, "The keys cannot change in this way: \(rule).",
            details: ["rule": rule], remedy: "Nothing was changed; see the key history.")
    }
}
