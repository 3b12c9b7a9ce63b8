import Domain
import Foundation
import GRDB

/// The erased people, as keyed digests of what they are known by; nothing in it can be read.
///
/// It is loaded whole: some 100 bytes a digest, some 20 digests a person.
package struct SuppressionList: Sendable {
    struct Entry: Sendable {
        let rule: SuppressionRule
        let caseID: String
    }
    let keys: SuppressionKeys
    private let entries: [Data: [Entry]]

    fileprivate init(keys: SuppressionKeys, entries: [Data: [Entry]]) {
        self.keys = keys
        self.entries = entries
    }

    package var isEmpty: Bool { entries.isEmpty }

    func entries(_ key: Data) -> [Entry] { entries[key] ?? [] }
}

extension LineageIndex {
    /// Keeps an erased person from coming back. Repeating it changes nothing.
    /// - Parameters:
    ///   - identifiers: of the person; strong ones suppress alone, a name only with a date of birth.
    ///     SHA-1 and MD5 suppress if one of the records holds what they are the hash of.
    ///   - records: the erased records, read before they were erased; whoever else they are about
    ///     must not be in them alone.
    /// - Returns: what was stored, and what of it cannot suppress.
    /// - Throws: `malformed-identifier` and those of the index.
    @discardableResult
    package func suppress(
        _ identifiers: [PersonalIdentifier], records: some Sequence<CorpusRecord>, caseID: String,
        at time: Timestamp
    ) throws -> SuppressionSummary {
        let keys = SuppressionKeys(key: key)
        var found: [SuppressionRule: Set<Data>] = [:]
        var unused = Set<String>()
        let hashed = HashedFormReader(try HashedForms(identifiers))
        var folder = TextFolder()
        var shortTextCount = 0
        for record in records {
            hashed.compare(record)
            let folded = folder.folded(record.text)
            if let text = keys.text(folded, FoldedWord.all(in: folded)) {
                found[.recordText, default: []].insert(text)
            } else {
                shortTextCount += 1
            }
        }
        for identifier in identifiers {
            let forms = hashed.found[identifier] ?? []
            let own =
                keys.keys(identifier)
                + forms.flatMap {
                    keys.keys(
                        PersonalIdentifier(kind: identifier.kind, value: $0, format: .sha256))
                }
            if let rule = SuppressionKeys.rule(identifier.kind), !own.isEmpty {
                found[rule, default: []].formUnion(own)
            } else {
                unused.insert(identifier.kind.rawValue)
            }
        }
        func raw(_ kind: IdentifierKind) -> [String] {
            identifiers.filter { $0.kind == kind && $0.format == .raw }.map(\.value.revealed)
        }
        for birth in raw(.dateOfBirth) {
            for name in raw(.name) {
                let (pairs, dates) = keys.keys(name: name, birth: birth)
                guard !pairs.isEmpty else { continue }
                found[.nameAndBirth, default: []].formUnion(pairs)
                found[.birthPart, default: []].formUnion(dates)
                unused.subtract([IdentifierKind.name.rawValue, IdentifierKind.dateOfBirth.rawValue])
            }
        }
        try store(found, caseID: caseID, at: time)
        return SuppressionSummary(
            keyCounts: Dictionary(
                uniqueKeysWithValues: found.map { ($0.key.rawValue, $0.value.count) }),
            unused: unused.sorted(), shortTextCount: shortTextCount)
    }

    /// Takes a case's entries away, e.g. when the person has consented anew.
    /// - Returns: entries removed.
    @discardableResult
    package func liftSuppression(caseID: String) throws -> Int {
        try database.write { db in
            try db.execute(sql: "DELETE FROM suppression WHERE caseID = ?", arguments: [caseID])
            return db.changesCount
        }
    }

    /// Keys that are held of each case, by rule.
    package func suppressionCounts() throws -> [String: [String: Int]] {
        try database.read { db in
            var counts: [String: [String: Int]] = [:]
            let rows = try Row.fetchAll(
                db, sql: "SELECT caseID, rule, count(*) AS n FROM suppression GROUP BY caseID, rule"
            )
            for row in rows { counts[row["caseID"], default: [:]][row["rule"]] = row["n"] }
            return counts
        }
    }

    /// The list as it is now.
    package func suppressionList() throws -> SuppressionList {
        let entries = try database.read { db in
            var entries: [Data: [SuppressionList.Entry]] = [:]
            let rows = try Row.fetchCursor(
                db, sql: "SELECT key, rule, caseID FROM suppression ORDER BY key, rule, caseID")
            while let row = try rows.next() {
                guard let rule = SuppressionRule(rawValue: row["rule"]) else {
                    throw LineageError(
                        .indexDamaged, "The index holds an unknown suppression rule.",
                        remedy: "Restore the workspace's database from a backup.")
                }
                entries[row["key"], default: []].append(
                    SuppressionList.Entry(rule: rule, caseID: row["caseID"]))
            }
            return entries
        }
        return SuppressionList(keys: SuppressionKeys(key: key), entries: entries)
    }

    private func store(
        _ found: [SuppressionRule: Set<Data>], caseID: String, at time: Timestamp
    ) throws {
        try database.write { db in
            let statement = try db.makeStatement(
                sql: """
                    INSERT OR IGNORE INTO suppression(key, rule, caseID, addedAt)
                    VALUES (?, ?, ?, ?)
                    """)
            for (rule, keys) in found {
                for key in keys {
                    try statement.execute(
                        arguments: [key, rule.rawValue, caseID, time.description])
                }
            }
        }
    }
}
