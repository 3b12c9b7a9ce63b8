import Domain
import Foundation

/// What a record says about the thread, document and earlier version it belongs to, and how records
/// that belong together are found from one another.
enum Neighbours {
    static let metadataKeys: [(key: [UInt8], group: PostingGroup)] = [
        (Array("thread".utf8), .thread), (Array("document".utf8), .document),
        (Array("version_of".utf8), .version),
    ]

    /// What a record is posted under so that its neighbours find it. The owner gives these in
    /// `metadata`: `thread`, `document` and `version_of` (the id of the record it is a version of).
    static func postings(of line: RecordLine) -> [(group: PostingGroup, form: [UInt8])] {
        var postings: [(group: PostingGroup, form: [UInt8])] = []
        if let thread = line.thread { postings.append((.thread, Array(thread.utf8))) }
        if let document = line.document { postings.append((.document, Array(document.utf8))) }
        if let original = line.versionOf { postings.append((.version, Array(original.utf8))) }
        return postings
    }

    /// Where the neighbours of a record are looked up, each with how they hang together.
    static func lookups(
        from line: RecordLine
    ) -> [(relation: RecordEvidence.Relation, group: PostingGroup, form: [UInt8])] {
        var lookups: [(relation: RecordEvidence.Relation, group: PostingGroup, form: [UInt8])] = []
        if let thread = line.thread { lookups.append((.thread, .thread, Array(thread.utf8))) }
        if let document = line.document {
            lookups.append((.document, .document, Array(document.utf8)))
        }
        lookups.append((.version, .version, Array(line.id.utf8)))
        if let original = line.versionOf {
            lookups.append((.version, .version, Array(original.utf8)))
            for form in IdentifierForms.forms(.recordID, original) {
                lookups.append((.version, .recordID, Array(form.utf8)))
            }
        }
        return lookups
    }
}

/// One thread, document or chain of versions that holds a record about the person.
struct NeighbourGroup {
    let relation: RecordEvidence.Relation
    /// All of its records, the ones already found too; in the corpus of those.
    let rows: Set<Int64>
}

/// Looks up what belongs together.
struct NeighbourFinder {
    private let catalog: CorpusCatalog

    init(_ catalog: CorpusCatalog) { self.catalog = catalog }

    /// The groups that these records belong to; each group once. Ids of threads and documents count
    /// within a corpus, as those of records do.
    /// - Throws: `shard-missing`, `shard-changed`.
    func groups(of places: [RecordPlace], reader: RecordReader) throws -> [NeighbourGroup] {
        var seen = Set<[UInt8]>()
        var groups: [NeighbourGroup] = []
        for place in places {
            for lookup in Neighbours.lookups(from: try reader.read(place)) {
                let name = Array("\(place.key.corpus) \(lookup.group.rawValue) ".utf8) + lookup.form
                guard seen.insert(name).inserted else { continue }
                let found = try rows(posted: lookup.group, lookup.form)
                guard found.contains(where: { $0 != place.row }) else { continue }
                let rows = try catalog.places(of: found)
                    .filter { $0.key.corpus == place.key.corpus }.map(\.row)
                groups.append(
                    NeighbourGroup(relation: lookup.relation, rows: Set(rows + [place.row])))
            }
        }
        return groups
    }

    private func rows(posted group: PostingGroup, _ form: [UInt8]) throws -> [Int64] {
        var rows = Set<Int64>()
        let key = catalog.segments.postingKeys.key(group, form: form)
        try catalog.forEachPosting(key, group) { row, _ in rows.insert(row) }
        return rows.sorted()
    }
}
