import Domain

/// A person prepared for testing: where their typed values stand, and which twins can stand in.
package struct GateSubject: Sendable {
    package let person: PersonProfile
    /// For each record, the places of the tested values in its text, in order.
    let occurrences: [[ValueOccurrence]]
    /// Fields that are tested, sorted; and the others with the reason.
    let fields: [IdentifierKind]
    let untestedFields: [String: String]
    /// Whole persons with a value for every tested field, in seeded order; at most the policy's count.
    /// Generated ones come last.
    var twins: [PersonProfile]
    var generatedTwinCount = 0
    /// Why the person cannot be tested; nil if it can.
    var obstacle: String?
    /// Whether generated twins may be used; nil where there are none.
    var selfTest: CheckResult?

    /// The first place of each field in a record; later ones could be copied from it.
    func firstOccurrences(inRecord index: Int) -> [ValueOccurrence] {
        var seen: Set<IdentifierKind> = []
        return occurrences[index].filter { seen.insert($0.kind).inserted }
    }

    /// Records that hold no tested value.
    var untestedRecordCount: Int { occurrences.count { $0.isEmpty } }
}

extension GateSubject {
    /// Values that follow from the name or are no personal value in the text: kept in every twin.
    private static let excluded: [IdentifierKind: String] = [
        .name: "the name is kept in every comparison",
        .email: "follows from the name",
        .username: "follows from the name",
        .recordID: "names a record, not a person",
        .text: "free text without a type",
    ]

    /// - Parameters:
    ///   - pool: persons never in training, in the seeded order in which they are taken.
    ///   - neededTwinCount: a field that fewer twins can stand in for is not tested.
    ///   - leftOut: further fields that are not tested, with the reason.
    init(
        _ person: PersonProfile, pool: [PersonProfile], neededTwinCount: Int, twinCount: Int,
        leftOut: [IdentifierKind: String] = [:]
    ) {
        var untested: [String: String] = [:]
        var found: [IdentifierKind: [[ValueOccurrence]]] = [:]
        let pool = pool.filter { $0.subject != person.subject }
        for (kind, value) in person.values {
            if let reason = Self.excluded[kind] ?? leftOut[kind] {
                untested[kind.rawValue] = reason
                continue
            }
            let places = person.records.map {
                valueOccurrences(of: value, kind: kind, in: $0.text)
            }
            guard places.contains(where: { !$0.isEmpty }) else {
                untested[kind.rawValue] = "does not occur in the records in a known written form"
                continue
            }
            let able = pool.count { Self.canStandIn($0, for: kind, value: value, at: places) }
            if pool.count >= neededTwinCount, able < neededTwinCount {
                untested[kind.rawValue] =
                    "only \(able) of \(pool.count) twins have such a value; "
                    + "\(neededTwinCount) are needed"
                continue
            }
            found[kind] = places
        }
        let fields = found.keys.sorted { $0.rawValue < $1.rawValue }
        let complete = pool.filter { twin in
            fields.allSatisfy { kind in
                Self.canStandIn(
                    twin, for: kind, value: person.values[kind] ?? "", at: found[kind] ?? [])
            }
        }
        self.person = person
        self.fields = fields
        untestedFields = untested
        twins = Array(complete.prefix(twinCount))
        occurrences = person.records.indices.map { index in
            withoutOverlaps(fields.flatMap { found[$0]?[index] ?? [] })
        }
        obstacle =
            fields.isEmpty
            ? "no record holds a typed value that can be tested"
            : complete.count < neededTwinCount
                ? "only \(complete.count) complete twins; \(neededTwinCount) are needed" : nil
    }

    static func canStandIn(
        _ twin: PersonProfile, for kind: IdentifierKind, value: String,
        at places: [[ValueOccurrence]]
    ) -> Bool {
        guard let other = twin.values[kind], !other.utf8.elementsEqual(value.utf8) else {
            return false
        }
        return places.joined().allSatisfy { place in
            guard let text = place.rendering.render(other) else { return false }
            // A value written over the end of a prompt needs a space to be cut at.
            return place.rendering != .verbatim || text.utf8.contains(UInt8(ascii: " "))
                || !value.utf8.contains(UInt8(ascii: " "))
        }
    }
}
