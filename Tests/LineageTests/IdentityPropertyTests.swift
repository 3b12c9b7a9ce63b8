import Domain
import Lineage
import TestSupport
import Testing

/// Over made-up people: asking with one spelling finds the records with any other, and nobody
/// else's.
struct IdentityPropertyTests {
    private struct Person {
        let given: String
        let family: String
        let number: Int

        init(_ index: Int) {
            let given = ["Robert", "Jürgen", "Anne-Marie", "Søren", "Katherine", "Michael", "Zoë"]
            let family = ["Kröger", "O'Dell", "van Aken", "Nuñez", "Ziegler", "Mac Lir", "Søby"]
            self.given = given[index % 7]
            // Distinct families: variants of one person's name are nobody else's.
            self.family = family[index / 7 % 7] + ["", "stein", "wall"][index / 49 % 3]
            number = 2_000_000 + index * 7_919
        }

        private var local: String { "person.\(number)" }

        /// Spellings that all name this person, by kind.
        var spellings: [IdentifierKind: [String]] {
            let digits = "\(number)"
            let tail = digits.dropFirst(3)
            let day = number % 28 + 1
            let month = number % 12 + 1
            let year = 1940 + number % 60
            func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
            let months = [
                "January", "février", "März", "abril", "maggio", "juni", "July", "août",
                "September", "octubre", "novembre", "Dezember",
            ]
            return [
                .email: [
                    "\(local)@gmail.com", "PERSON\(number)@GoogleMail.com",
                    "p.erson\(number)+list@gmail.com", "\(local) [at] gmail (dot) com",
                    "\(local)&#64;gmail.com", "per\u{200B}son.\(number)%40gmail.com",
                    "pers\u{43E}n.\(number)@gmail.com",
                ],
                .phone: [
                    "+49 30 \(digits)", "+49 (0)30 \(digits.prefix(3))-\(tail)", "0049 30\(digits)",
                    "030/\(digits)", "(030) \(digits.prefix(3)) \(tail)",
                ],
                .dateOfBirth: [
                    "\(year)-\(two(month))-\(two(day))", "\(day) \(months[month - 1]) \(year)",
                    "\(year)/\(two(month))/\(two(day))", "\(day). \(months[month - 1]) \(year)",
                ],
                .name: [
                    "\(given) \(family)", "\(family), \(given)",
                    "Dr. \(given) \(family)", "\(given.uppercased()) \(family.uppercased())",
                    "\(given)\u{AD} \(family)",
                ],
                .customerID: ["K-\(number)", "K\(number)", "k \(number)"],
            ]
        }
    }

    @Test(arguments: [IdentifierKind.email, .phone, .dateOfBirth, .name, .customerID])
    func `any spelling of an identifier finds the records with every other`(
        _ kind: IdentifierKind
    ) throws {
        let people = (0..<49).map(Person.init)
        let scene = try LineageScene()
        var lines: [String] = []
        for (index, person) in people.enumerated() {
            for (place, spelling) in (person.spellings[kind] ?? []).enumerated() {
                lines.append(try line("\(index)/\(place)", "It says \(spelling) there."))
            }
        }
        try scene.add(lines)
        for (index, person) in people.enumerated() {
            let spellings = person.spellings[kind] ?? []
            #expect(spellings.count >= 3)
            for spelling in spellings {
                let found = try scene.found(kind, spelling)
                #expect(found == spellings.indices.map { "\(index)/\($0)" }, "\(spelling)")
            }
        }
    }
}
