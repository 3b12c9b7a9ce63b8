import Domain
import TensorCore

/// Invents whole twins for a person: values of the same kinds and shapes that belong to nobody
/// known.
///
/// A value is drawn from what values of its kind and shape look like over all known people (see
/// `CharacterSource`, `DateSource`, `AddressSource`); the person's own values are left out of that.
/// Drawn values count only if nobody known has them. What nobody has told the generator (check
/// digits, numbers that follow from a date) it does not know, and a model may: therefore
/// `control-twins`.
///
/// The same seed and person give the same twins, and more of them begin with the fewer.
package struct TwinGenerator: Sendable {
    /// Who may see the twins. Which pool a value can be in follows from a hash of the value alone,
    /// so no two twins of different pools share a value, whatever the seeds and the persons.
    package enum Pool: String, Sendable {
        /// For methods of unlearning.
        case fit
        /// For nobody but the gate.
        case gate
    }

    /// Values of one shape that must be known of other people: below that their distribution cannot
    /// be told at all.
    package static let neededValueCount = 20

    private struct Key: Hashable {
        let kind: IdentifierKind
        let shape: ValueShape
    }
    private struct Known: Sendable {
        let subject: String
        let value: String
    }

    private let known: [Key: [Known]]
    private let taken: [IdentifierKind: Set<String>]
    private let seed: UInt64

    /// Values learned from for each kind and shape; more add nothing to the tests' resolution.
    private static let largestKnownCount = 5000
    /// Draws after which a value that nobody has is given up.
    private static let attemptCount = 500

    /// - Parameters:
    ///   - known: people whose values show what values look like, in training or not. Persons under
    ///     test must not be among them.
    ///   - alsoTaken: further people whose values must not come up.
    package init(known: [PersonProfile], alsoTaken: [PersonProfile] = [], seed: UInt64) {
        var values: [Key: [Known]] = [:]
        for person in known {
            for (kind, value) in person.values {
                guard let shape = ValueShape(of: value, kind: kind) else { continue }
                let key = Key(kind: kind, shape: shape)
                if values[key]?.count ?? 0 < Self.largestKnownCount {
                    values[key, default: []].append(Known(subject: person.subject, value: value))
                }
            }
        }
        self.known = values
        taken = (known + alsoTaken).reduce(into: [:]) { taken, person in
            for (kind, value) in person.values {
                taken[kind, default: []].insert(Self.comparable(value))
            }
        }
        self.seed = seed
    }

    /// Why no values like the person's can be invented; nil if they can.
    package func refusal(of kind: IdentifierKind, for person: PersonProfile) -> String? {
        guard let value = person.values[kind], let shape = ValueShape(of: value, kind: kind) else {
            return "values of this form cannot be generated"
        }
        let count = others(than: person, kind, shape).count
        guard count >= Self.neededValueCount else {
            return "values of this form are known of \(count) other people; "
                + "\(Self.neededValueCount) are needed to generate any"
        }
        guard source(of: kind, shape, for: person) == nil else { return nil }
        return kind == .address
            ? "too few people share a street's name or a city to generate addresses of such parts"
            : "values of this form cannot be generated"
    }

    /// Twins with a value in each field, all different from each other and from everybody's.
    ///
    /// - Parameters:
    ///   - fields: with a value of the person's that `refusal` says nothing against.
    ///   - count: 0 or more.
    /// - Returns: fewer than `count` where values of a shape run out. Without records; the subjects say
    ///   that they are generated.
    package func twins(
        for person: PersonProfile, fields: [IdentifierKind], count: Int, pool: Pool
    ) -> [PersonProfile] {
        var columns: [IdentifierKind: [String]] = [:]
        for kind in fields {
            columns[kind] = values(of: kind, for: person, count: count, pool: pool)
        }
        let complete = columns.values.map(\.count).min() ?? 0
        return (0..<complete).map { index in
            PersonProfile(
                subject: "generated-\(pool.rawValue)-\(index + 1)", records: [],
                values: columns.mapValues { $0[index] })
        }
    }

    private func values(
        of kind: IdentifierKind, for person: PersonProfile, count: Int, pool: Pool
    ) -> [String] {
        guard let own = person.values[kind], let shape = ValueShape(of: own, kind: kind),
            let source = source(of: kind, shape, for: person)
        else { return [] }
        var random = RandomNumbers(
            seed: seed, stream: "twins/\(pool.rawValue)/\(kind.rawValue)/\(person.subject)")
        var used: Set<String> = [Self.comparable(own)]
        var values: [String] = []
        let stop = kind == .address && own.utf8.last == UInt8(ascii: ".") ? "." : ""
        while values.count < count {
            var found: String?
            for _ in 0..<Self.attemptCount where found == nil {
                let value = source.draw(&random)
                let compared = Self.comparable(value)
                if Self.pool(of: compared, kind) == pool, taken[kind]?.contains(compared) != true,
                    used.insert(compared).inserted
                {
                    found = value + stop
                }
            }
            guard let found else { return values }
            values.append(found)
        }
        return values
    }

    private func others(
        than person: PersonProfile, _ kind: IdentifierKind, _ shape: ValueShape
    ) -> [String] {
        (known[Key(kind: kind, shape: shape)] ?? []).filter { $0.subject != person.subject }
            .map(\.value)
    }

    private func source(
        of kind: IdentifierKind, _ shape: ValueShape, for person: PersonProfile
    ) -> (any ValueSource)? {
        let values = others(than: person, kind, shape)
        guard values.count >= Self.neededValueCount else { return nil }
        return switch kind {
        case .dateOfBirth: DateSource(values)
        case .address: AddressSource(values)
        case .phone, .nationalID, .customerID:
            CharacterSource(values, shape: shape.description)
        case .email, .name, .username, .text, .recordID: nil
        }
    }

    /// Two spellings of one value count as equal: letters and digits alone, in one case.
    private static func comparable(_ value: String) -> String {
        String(value.lowercased().filter { $0.isLetter || $0.isNumber })
    }

    private static func pool(of compared: String, _ kind: IdentifierKind) -> Pool {
        let digest = Digest(of: "generated-twin-pool/\(kind.rawValue)/\(compared)")
        return digest.hexadecimal < "8" ? .gate : .fit
    }
}
