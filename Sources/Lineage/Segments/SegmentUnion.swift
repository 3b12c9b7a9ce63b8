import Domain

/// The segments of one corpus, looked at together.
struct SegmentUnion {
    /// In the order of the corpus's shards.
    private let members: [(path: String, segment: Segment)]

    init(_ members: [(path: String, segment: Segment)]) { self.members = members }

    /// Distinct subjects of all records.
    func subjectCount() throws -> Int {
        let lists = try members.flatMap { member in
            try member.segment.parts.map { try member.segment.bytes(.subjectRows, of: $0) }
        }
        guard lists.count > 1 else { return (lists.first?.count ?? 0) / 8 }
        var rows: [UInt64] = []
        rows.reserveCapacity(lists.reduce(0) { $0 + $1.count / 8 })
        for list in lists {
            for index in 0..<list.count / 8 { rows.append(list.word(index)) }
        }
        rows.sort()
        var count = 0
        for index in rows.indices where index == 0 || rows[index] != rows[index - 1] { count += 1 }
        return count
    }

    /// Merges the lists of record ids.
    /// - Throws: `duplicate-record`, for the first record in shard and line order whose id an earlier
    ///   one has.
    func checkDistinctIDs() throws {
        var merge = IDMerge()
        for (index, member) in members.enumerated() {
            for part in member.segment.parts {
                try merge.add(PostingList(member.segment, part, .recordIDs), member: index)
            }
        }
        var worst: (first: Place, second: Place)?
        try merge.forEachRepeatedKey { places in
            guard let pair = try firstRepetition(places) else { return }
            if let known = worst, known.second < pair.second { return }
            worst = pair
        }
        guard let (first, second) = worst else { return }
        let firstPath = members[first.member].path
        let path = members[second.member].path
        throw LineageError(
            .duplicateRecord,
            "\(path), line \(second.ordinal + 1): the record has the same id as \(firstPath), "
                + "line \(first.ordinal + 1).",
            details: [
                "path": path, "line": "\(second.ordinal + 1)", "firstPath": firstPath,
                "firstLine": "\(first.ordinal + 1)",
            ],
            remedy: "Ids must be unique within a corpus; nothing of this corpus was stored.")
    }

    struct Place: Comparable {
        let member: Int
        let ordinal: Int

        static func < (a: Place, b: Place) -> Bool {
            (a.member, a.ordinal) < (b.member, b.ordinal)
        }
    }

    /// Of records with the same key the earliest that has another one's very id.
    private func firstRepetition(_ places: [Place]) throws -> (first: Place, second: Place)? {
        var seen: [(id: [UInt8], place: Place)] = []
        for place in places.sorted() {
            let (path, segment) = members[place.member]
            let record = try segment.record(place.ordinal)
            let id =
                record.name.isEmpty
                ? Array(RecordLine.derivedID(path: path, line: place.ordinal + 1).utf8)
                : record.name
            if let known = seen.first(where: { $0.id == id }) { return (known.place, place) }
            seen.append((id, place))
        }
        return nil
    }
}

/// Merges posting lists by key.
private struct IDMerge {
    private struct Stream {
        let list: PostingList
        let member: Int
        var stretch: [Posting]
        var index = 0
        var nextStretch = 1

        var current: Posting { stretch[index] }
    }

    /// A heap by current key.
    private var streams: [Stream] = []

    mutating func add(_ list: PostingList, member: Int) throws {
        guard let first = try list.stretch(0), !first.isEmpty else { return }
        streams.append(Stream(list: list, member: member, stretch: first))
        var index = streams.count - 1
        while index > 0, streams[(index - 1) / 2].current.key > streams[index].current.key {
            streams.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func forEachRepeatedKey(_ body: ([SegmentUnion.Place]) throws -> Void) throws {
        var key: UInt64 = 0
        var places: [SegmentUnion.Place] = []
        while let top = streams.first {
            let posting = top.current
            if posting.key != key {
                if places.count > 1 { try body(places) }
                places.removeAll(keepingCapacity: true)
                key = posting.key
            }
            places.append(SegmentUnion.Place(member: top.member, ordinal: posting.ordinal))
            try advance()
        }
        if places.count > 1 { try body(places) }
    }

    /// Moves the first stream on.
    private mutating func advance() throws {
        streams[0].index += 1
        if streams[0].index == streams[0].stretch.count {
            if let stretch = try streams[0].list.stretch(streams[0].nextStretch) {
                streams[0].stretch = stretch
                streams[0].index = 0
                streams[0].nextStretch += 1
            } else {
                streams.swapAt(0, streams.count - 1)
                streams.removeLast()
            }
        }
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < streams.count {
                if streams[child].current.key < streams[least].current.key { least = child }
            }
            guard least != index else { return }
            streams.swapAt(index, least)
            index = least
        }
    }
}
