import Domain
import Foundation
import GRDB

/// Why a record was found.
struct MatchRule: Hashable {
    let name: String
    /// The owner of the data says so (a declared value, a subject id), not the text alone.
    let isAttributed: Bool
    let strength: MatchStrength
}

/// The records that one identifier was found in: row -> rules.
typealias RuleHits = [Int64: Set<MatchRule>]

/// Looks one identifier up: in the postings by the keys of its closure, and by the closure's phrases
/// in the texts, where each hit of the full-text index is confirmed in the text itself.
struct IdentifierFinder {
    private let db: Database
    private let key: IndexKey
    private let reader = RecordReader()

    init(_ db: Database, key: IndexKey) {
        self.db = db
        self.key = key
    }

    /// - Parameter prefix: put before the rules' names.
    /// - Throws: `malformed-identifier`; `shard-missing`, `shard-changed` if a text that should be
    ///   looked at cannot be: nothing is left out silently.
    func hits(_ identifier: PersonalIdentifier, prefix: String = "") throws -> RuleHits {
        var hits: RuleHits = [:]
        let closure = try IdentityClosure([identifier])
        // A derived rule counts only where it says more than what was given says.
        func add(_ rule: MatchRule, isDerived: Bool, to row: Int64) {
            let isTold = hits[row]?.contains {
                $0.strength >= rule.strength && ($0.isAttributed || !rule.isAttributed)
            }
            if isDerived, isTold == true { return }
            hits[row, default: []].insert(rule)
        }
        for isDerived in [false, true] {
            for key in closure.keys where key.isDerived == isDerived {
                for (row, source) in try rows(posted: key) {
                    let rule = MatchRule(
                        name: prefix + key.rule + Self.suffix(source),
                        isAttributed: source != .text, strength: key.strength)
                    add(rule, isDerived: isDerived, to: row)
                }
            }
            for entry in closure.phrases where entry.isDerived == isDerived {
                let rule = MatchRule(
                    name: prefix + entry.rule, isAttributed: false, strength: entry.strength)
                for row in try rows(holding: entry.phrase) {
                    add(rule, isDerived: isDerived, to: row)
                }
            }
        }
        return hits
    }

    private func rows(posted key: MatchKey) throws -> [(row: Int64, source: PostingSource)] {
        let posting = self.key.posting(key.group, hash: key.hash)
        return try Row.fetchAll(
            db, sql: "SELECT record, source FROM posting WHERE key = ?", arguments: [posting]
        ).map { ($0["record"], PostingSource(rawValue: $0["source"]) ?? .text) }
    }

    private func rows(holding phrase: Phrase) throws -> [Int64] {
        let found = try Int64.fetchAll(
            db, sql: "SELECT rowid FROM recordText WHERE recordText MATCH ?",
            arguments: [phrase.fullTextQuery])
        var folder = TextFolder()
        return try CorpusCatalog(db).places(of: found)
            .filter { phrase.occurs(in: folder.folded(try reader.read($0).text)) }.map(\.row)
    }

    private static func suffix(_ source: PostingSource) -> String {
        switch source {
        case .declared: "-declared"
        case .text: "-in-text"
        case .attribution: "-attributed"
        }
    }
}

extension LineageIndex {
    /// Which records mention this, in corpus, shard and line order, deleted ones too; for
    /// `corpus find`.
    /// - Parameter corpora: nil means all, of every role.
    /// - Throws: `malformed-identifier`, `unknown-name`, `shard-missing`, `shard-changed`.
    package func find(
        _ identifier: PersonalIdentifier, corpora: [String]? = nil
    ) throws -> [RecordHit] {
        try database.read { db in
            let catalog = CorpusCatalog(db)
            let names = try corpora.map { try $0.map { try catalog.summary(named: $0).name } }
            let hits = try IdentifierFinder(db, key: key).hits(identifier)
            let places = try catalog.places(of: hits.keys)
                .filter { names?.contains($0.key.corpus) ?? true }
            let subjects = try catalog.subjectNames(Set(places.flatMap(\.subjects)))
            return places.map { place in
                RecordHit(
                    key: place.key, role: place.role,
                    subjects: place.subjects.compactMap { subjects[$0] }.sorted(),
                    rules: (hits[place.row] ?? []).map(\.name).sorted(),
                    deletedBy: place.deletedBy)
            }
        }
    }
}
