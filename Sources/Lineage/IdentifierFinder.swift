import Crypto
import Domain
import Foundation

/// Why a record was found.
struct MatchRule: Hashable {
    let name: String
    /// The owner of the data says so (a declared value, a subject id), not the text alone.
    let isAttributed: Bool
}

/// The records that one identifier was found in: row -> rules.
typealias RuleHits = [Int64: Set<MatchRule>]

/// Looks one identifier up: in the postings by its normal forms, and as a phrase in the texts.
struct IdentifierFinder {
    private let catalog: CorpusCatalog

    /// Short handles are too common as words to count as somebody's name in a text.
    private static let handleByteCountMinimum = 5

    init(_ catalog: CorpusCatalog) { self.catalog = catalog }

    /// - Parameter prefix: put before the rules' names.
    /// - Throws: `malformed-identifier`; `shard-missing`, `shard-changed` if a text that should be
    ///   looked at cannot be: nothing is left out silently.
    func hits(_ identifier: PersonalIdentifier, prefix: String = "") throws -> RuleHits {
        var hits: RuleHits = [:]
        let kind = identifier.kind
        for hash in try hashes(identifier) {
            for group in Self.groups(kind) {
                let key = catalog.segments.postingKeys.key(group, hash: hash)
                try catalog.forEachPosting(key, group) { row, source in
                    let rule = MatchRule(
                        name: prefix + kind.rawValue + Self.suffix(source),
                        isAttributed: source != .text)
                    hits[row, default: []].insert(rule)
                }
            }
        }
        guard identifier.format == .raw else { return hits }
        for (phrase, suffix) in Self.phrases(kind, identifier.value.revealed) {
            let rule = MatchRule(name: prefix + kind.rawValue + suffix, isAttributed: false)
            for row in try CorpusSearch(catalog).rows(holding: phrase) {
                hits[row, default: []].insert(rule)
            }
        }
        return hits
    }

    /// SHA-256 of each normal form, 32 bytes.
    private func hashes(_ identifier: PersonalIdentifier) throws -> [[UInt8]] {
        let value = identifier.value.revealed
        switch identifier.format {
        case .raw:
            let forms = IdentifierForms.forms(identifier.kind, value)
            guard !forms.isEmpty else {
                throw LineageError(
                    .malformedIdentifier,
                    "An identifier of type \(identifier.kind.rawValue) has a value that cannot be "
                        + "one.",
                    details: ["type": identifier.kind.rawValue],
                    remedy: identifier.kind == .dateOfBirth
                        ? "Write dates as 1984-12-31." : "Correct the value in the request.")
            }
            return forms.map { Array(SHA256.hash(data: Array($0.utf8))) }
        case .sha256:
            guard let digest = Digest(hexadecimal: value) else {
                throw LineageError(
                    .malformedIdentifier,
                    "An identifier of type \(identifier.kind.rawValue) is not a SHA-256 digest.",
                    details: ["type": identifier.kind.rawValue],
                    remedy: "Write 64 lower-case hexadecimal digits.")
            }
            return [digest.bytes]
        }
    }

    private static func groups(_ kind: IdentifierKind) -> [PostingGroup] {
        switch kind {
        case .phone, .nationalID: [PostingGroup(kind), .digits]
        case .customerID: [.customerID, .subject, .digits]
        case .username: [.username, .subject]
        case .recordID: [.recordID, .subject]
        case .email, .name, .address, .dateOfBirth, .text: [PostingGroup(kind)]
        }
    }

    private static func suffix(_ source: PostingSource) -> String {
        switch source {
        case .declared: "-declared"
        case .text: "-in-text"
        case .attribution: "-attributed"
        }
    }

    private static func phrases(_ kind: IdentifierKind, _ value: String) -> [(Phrase, String)] {
        func phrase(_ value: String, _ style: Phrase.Style) -> [(Phrase, String)] {
            Phrase(value, style: style).map { [($0, "-phrase")] } ?? []
        }
        switch kind {
        case .name:
            let straight = phrase(value, .name)
            return straight + straight.compactMap { $0.0.inverted.map { ($0, "-inverted") } }
        case .address: return phrase(value, .address)
        case .text: return phrase(value, .exact)
        case .username, .customerID:
            return value.utf8.count < handleByteCountMinimum ? [] : phrase(value, .handle)
        case .nationalID:
            // Numbers with letters in them (`QQ 12 34 56 C`), as given and without their spaces.
            let compact = IdentifierForms.forms(kind, value).first ?? ""
            guard !compact.utf8.allSatisfy(IdentifierDetector.isDigit),
                compact.utf8.count >= handleByteCountMinimum
            else { return [] }
            return phrase(value, .address) + phrase(compact, .handle)
        case .email, .phone, .dateOfBirth, .recordID: return []
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
            let hits = try IdentifierFinder(catalog).hits(identifier)
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
