import Domain
import LanguageModels

/// Which shard and slice each record of a training in shards belongs to.
///
/// All records of a person stand in one slice of one shard. Its place is a hash of the seed and the
/// person's id, and of nothing else: shards are balanced by chance alone, and whether somebody is there
/// moves nobody else. A record without a person is placed by its own id.
///
/// People who share a record must share a slice, and so on through a chain of shared records; such a
/// group stands where its member with the smallest hash would stand alone. For groups no rule can be
/// blind to its members, so a deletion keeps the places that the training recorded: the others of a
/// group stay where they are. That place is the one thing that still depends on the person who left.
package struct ShardPlacement: Sendable, Equatable {
    /// Counted from 0.
    package struct Place: Sendable, Hashable {
        package let shard: Int
        package let slice: Int

        package init(shard: Int, slice: Int) {
            self.shard = shard
            self.slice = slice
        }
    }

    /// By record id.
    package let places: [String: Place]

    package init(places: [String: Place]) { self.places = places }

    /// Places the records of a new training.
    package init(of records: [CorpusRecord], settings: ShardingSettings, seed: UInt64) {
        var groups = PersonGroups(seed: seed)
        for record in records { groups.join(record.subjects) }
        var places: [String: Place] = [:]
        for record in records {
            let key = groups.key(of: record.subjects) ?? Self.key(seed, record: record.id)
            places[record.id] = Self.place(key, settings)
        }
        self.places = places
    }

    /// The same places without those of some records.
    package func without(_ recordIDs: Set<String>) -> ShardPlacement {
        ShardPlacement(places: places.filter { !recordIDs.contains($0.key) })
    }

    fileprivate static func key(_ seed: UInt64, subject: String) -> Digest {
        Digest(of: "sisa/\(seed)/person/\(subject)")
    }

    private static func key(_ seed: UInt64, record id: String) -> Digest {
        Digest(of: "sisa/\(seed)/record/\(id)")
    }

    /// Two independent parts of the hash, each scaled to its range.
    private static func place(_ key: Digest, _ settings: ShardingSettings) -> Place {
        func scaled(_ digits: Substring, _ count: Int) -> Int {
            let fraction = UInt64(digits, radix: 16) ?? 0
            return Int(fraction.multipliedFullWidth(by: UInt64(count)).high)
        }
        let digits = key.hexadecimal
        return Place(
            shard: scaled(digits.prefix(16), settings.shards),
            slice: scaled(digits.dropFirst(16).prefix(16), settings.slices))
    }
}

/// People connected by the records they share, each group under the smallest of its members' keys.
private struct PersonGroups {
    let seed: UInt64
    private var keys: [String: Digest] = [:]
    /// A step from each person towards the one that stands for the group.
    private var parents: [String: String] = [:]

    init(seed: UInt64) { self.seed = seed }

    mutating func join(_ people: [String]) {
        for person in people where keys[person] == nil {
            keys[person] = ShardPlacement.key(seed, subject: person)
            parents[person] = person
        }
        for (one, other) in zip(people, people.dropFirst()) {
            let (a, b) = (root(one), root(other))
            guard a != b, let first = keys[a], let second = keys[b] else { continue }
            if first < second { parents[b] = a } else { parents[a] = b }
        }
    }

    /// nil for nobody.
    mutating func key(of people: [String]) -> Digest? {
        people.first.flatMap { keys[root($0)] }
    }

    private mutating func root(_ person: String) -> String {
        var current = person
        while let parent = parents[current], parent != current {
            // Halves the path on the way.
            let next = parents[parent] ?? parent
            parents[current] = next
            current = next
        }
        return current
    }
}
