import Domain
import Foundation

/// The records a recall measurement plants, and the requests it then makes.
struct RecallPlan {
    /// A request and the planted records that it must, or must not, bring.
    struct Search {
        let identifiers: [PersonalIdentifier]
        /// Record ids by kind.
        let own: [(kind: String, id: String)]
        /// Ids of a namesake's records.
        let others: [String]
    }

    /// JSONL, a record a line.
    private(set) var lines: [String] = []
    private(set) var searches: [Search] = []

    static let storyWordCount = 80

    init(_ settings: RecallSettings) throws {
        var random = SeededRandom(seed: settings.seed)
        for number in 0..<settings.personCount {
            let person = PlantedPerson(number: number, &random)
            try plant(person, number, &random)
        }
        for pair in 0..<settings.namesakePairCount {
            let number = settings.personCount + 2 * pair
            let one = PlantedPerson(number: number, &random)
            let two = PlantedPerson(number: number + 1, namesake: one, &random)
            try plant(one, namesake: two, pair, &random)
        }
    }

    private mutating func plant(
        _ person: PlantedPerson, _ number: Int, _ random: inout SeededRandom
    ) throws {
        let story = PlantedText.words(Self.storyWordCount, &random)
        var own: [(kind: String, id: String)] = []
        for variant in PlantedVariant.allCases {
            let id = "planted-\(number)-\(variant.rawValue)"
            let isInThread = variant == .exact || variant == .threadNeighbour
            try add(
                id, variant.text(person, story: story, number: number, &random),
                thread: isInThread ? "planted-\(number)" : nil)
            own.append((variant.rawValue, id))
        }
        searches.append(Search(identifiers: Self.identifiers(person), own: own, others: []))
    }

    /// The records of two people of one name. Those of one of them are attributed and declared in
    /// every other pair; in all pairs each has a record that holds the name alone.
    private mutating func plant(
        _ one: PlantedPerson, namesake two: PlantedPerson, _ pair: Int,
        _ random: inout SeededRandom
    ) throws {
        var ids: [[String]] = []
        for (index, person) in [one, two].enumerated() {
            let filler = (0..<4).map { _ in PlantedText.words(6, &random).joined(separator: " ") }
            let birth = person.birth
            let texts = [
                "\(person.name) lives with \(filler[0]). Mail: \(person.email).",
                "\(person.name) was born on \(birth.year)-\(PlantedPerson.two(birth.month))-"
                    + "\(PlantedPerson.two(birth.day)) in \(filler[1]).",
                "The phone number of \(person.name) is \(person.phone), \(filler[2]).",
                "\(person.name) asked about \(filler[3]).",
            ]
            let isDeclared = index == 0 && pair % 2 == 0
            var own: [String] = []
            for (position, text) in texts.enumerated() {
                let id = "namesake-\(pair)-\(index)-\(position)"
                own.append(id)
                try add(
                    id, text, subjects: isDeclared && position == 0 ? ["namesake-\(pair)"] : [],
                    values: isDeclared && position == 0
                        ? ["name": person.name, "email": person.email] : [:])
            }
            ids.append(own)
        }
        searches.append(
            Search(
                identifiers: Self.identifiers(one), own: ids[0].map { ("namesake", $0) },
                others: ids[1]))
    }

    private static func identifiers(_ person: PlantedPerson) -> [PersonalIdentifier] {
        [
            PersonalIdentifier(kind: .name, value: person.name),
            PersonalIdentifier(kind: .email, value: person.email),
            PersonalIdentifier(kind: .phone, value: person.phone),
            PersonalIdentifier(kind: .dateOfBirth, value: person.birthDate),
        ]
    }

    private mutating func add(
        _ id: String, _ text: String, subjects: [String] = [], values: [String: String] = [:],
        thread: String? = nil
    ) throws {
        struct Line: Encodable {
            struct Metadata: Encodable {
                let values: [String: String]
                let thread: String?
            }
            let id: String
            let text: String
            let subjects: [String]
            let metadata: Metadata
        }
        let line = Line(
            id: id, text: text, subjects: subjects,
            metadata: Line.Metadata(values: values, thread: thread))
        lines.append(String(decoding: try CanonicalJSON.compact(line), as: UTF8.self))
    }
}
