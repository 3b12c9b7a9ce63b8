import Crypto
import Domain
import Foundation

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
/// in the texts.
struct IdentifierFinder {
    private let catalog: CorpusCatalog
    private let texts: CorpusSearch
    /// What hashed identifiers are the hashes of, where no posting says so: SHA-256 of forms.
    private var hashed: [PersonalIdentifier: Set<String>] = [:]

    /// - Parameter identifiers: all that will be looked up; those of which only a hash is given may
    ///   have to be looked for in every record, which is done once for all of them.
    /// - Throws: `malformed-identifier`, `shard-missing`, `shard-changed`, `index-damaged`.
    init(_ catalog: CorpusCatalog, for identifiers: [PersonalIdentifier]) throws {
        self.catalog = catalog
        texts = try CorpusSearch(catalog)
        let unposted = try identifiers.filter { identifier in
            guard identifier.format != .raw else { return false }
            return try IdentityClosure([identifier]).keys.allSatisfy {
                try rows(posted: $0).isEmpty
            }
        }
        hashed = try HashedFormScan.forms(of: unposted, in: catalog)
    }

    /// The identifier, and what it is known to be the hash of.
    private func readings(_ identifier: PersonalIdentifier) -> [PersonalIdentifier] {
        let found = (hashed[identifier] ?? []).sorted().map {
            PersonalIdentifier(kind: identifier.kind, value: $0, format: .sha256)
        }
        return [identifier] + found
    }

    /// - Parameter prefix: put before the rules' names.
    /// - Throws: `malformed-identifier`; `shard-missing`, `shard-changed` if a text that should be
    ///   looked at cannot be: nothing is left out silently.
    func hits(_ identifier: PersonalIdentifier, prefix: String = "") throws -> RuleHits {
        var hits: RuleHits = [:]
        let closure = try IdentityClosure(readings(identifier))
        // A derived rule counts only where it says more than what was given says.
        func add(_ rule: MatchRule, isDerived: Bool, to row: Int64) {
            let isTold = hits[row]?.contains {
                $0.strength >= rule.strength && ($0.isAttributed || !rule.isAttributed)
            }
            if isDerived, isTold == true { return }
            hits[row, default: []].insert(rule)
        }
        let phraseRows = try texts.rows(holdingEach: closure.phrases.map(\.phrase))
        for isDerived in [false, true] {
            for key in closure.keys where key.isDerived == isDerived {
                for (row, source) in try rows(posted: key) {
                    let rule = MatchRule(
                        name: prefix + key.rule + Self.suffix(source),
                        isAttributed: source != .text, strength: key.strength)
                    add(rule, isDerived: isDerived, to: row)
                }
            }
            for (entry, rows) in zip(closure.phrases, phraseRows)
            where entry.isDerived == isDerived {
                let rule = MatchRule(
                    name: prefix + entry.rule, isAttributed: false, strength: entry.strength)
                for row in rows { add(rule, isDerived: isDerived, to: row) }
            }
        }
        return hits
    }

    private func rows(posted key: MatchKey) throws -> [(row: Int64, source: PostingSource)] {
        guard let hash = Digest(hexadecimal: key.hash) else { return [] }
        var rows: [(row: Int64, source: PostingSource)] = []
        let posting = catalog.segments.postingKeys.key(key.group, hash: hash.bytes)
        try catalog.forEachPosting(posting, key.group) { rows.append(($0, $1)) }
        return rows
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
        try reading { catalog in
            let names = try corpora.map { try $0.map { try catalog.summary(named: $0).name } }
            let hits = try IdentifierFinder(catalog, for: [identifier]).hits(identifier)
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
