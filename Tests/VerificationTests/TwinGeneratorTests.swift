import Domain
import Foundation
import Testing
import Verification

@Suite struct TwinGeneratorTests {
    private static let people: [PersonProfile] = {
        var people = FakePeople(seed: 31)
        return people.persons(120, "known")
    }()
    private var people: [PersonProfile] { Self.people }
    private static let fields: [IdentifierKind] = [.address, .dateOfBirth, .nationalID, .phone]

    private func twins(
        of person: PersonProfile, _ count: Int, pool: TwinGenerator.Pool = .gate, seed: UInt64 = 1
    ) -> [PersonProfile] {
        TwinGenerator(known: people, seed: seed)
            .twins(for: person, fields: Self.fields, count: count, pool: pool)
    }

    @Test("Every generated value has the shape of the person's and can be written in its places")
    func shapesAreKept() throws {
        let person = people[0]
        let calendar = ISO8601DateFormatter()
        calendar.formatOptions = [.withFullDate]
        let years = try people.map { try #require(Int($0.values[.dateOfBirth]?.prefix(4) ?? "")) }
        let range = try #require(years.min())...(try #require(years.max()))
        let generated = twins(of: person, 300)
        #expect(generated.count == 300)
        for twin in generated {
            #expect(Set(twin.values.keys) == Set(Self.fields))
            for kind in Self.fields {
                let value = try #require(twin.values[kind])
                let own = try #require(person.values[kind])
                #expect(
                    ValueShape(of: value, kind: kind) == ValueShape(of: own, kind: kind))
                for record in person.records {
                    for place in valueOccurrences(of: own, kind: kind, in: record.text) {
                        let written = try #require(place.rendering.render(value))
                        let found = valueOccurrences(of: value, kind: kind, in: written)
                        #expect(found.map(\.bytes) == [0..<written.utf8.count])
                    }
                }
            }
            let birth = try #require(twin.values[.dateOfBirth])
            let day = try #require(calendar.date(from: birth))
            #expect(calendar.string(from: day) == birth)
            #expect(range.contains(try #require(Int(birth.prefix(4)))))
            let address = try #require(twin.values[.address].flatMap(AddressParts.init))
            #expect(address.postcode.count == 5 && Int(address.postcode) != nil)
            #expect(address.state.count == 2 && address.unit == nil)
            #expect(twin.values[.address]?.last == ".")
        }
    }

    @Test("No generated value is anybody's, and none comes twice")
    func valuesAreNew() {
        let outsiders = people.suffix(20)
        let generator = TwinGenerator(
            known: Array(people.dropLast(20)), alsoTaken: Array(outsiders), seed: 4)
        for kind in Self.fields {
            let taken = Set(people.compactMap { $0.values[kind] })
            var all: [String] = []
            for person in [people[0], people[119]] {
                let values = generator.twins(for: person, fields: [kind], count: 400, pool: .gate)
                    .compactMap { $0.values[kind] }
                #expect(Set(values).count == 400)
                all += values
            }
            #expect(taken.isDisjoint(with: all), "\(kind)")
        }
    }

    @Test("Values run out where a form has no more of them")
    func valuesRunOut() {
        // 7700 to 7759, of which two thirds are taken.
        let known = (0..<60).filter { $0 % 3 != 0 }.map { index in
            PersonProfile(
                subject: "p\(index)", records: [],
                values: [.customerID: "77\(index < 10 ? "0" : "")\(index)"])
        }
        let person = PersonProfile(subject: "x", records: [], values: [.customerID: "7799"])
        let generator = TwinGenerator(known: known, alsoTaken: [person], seed: 1)
        let values = generator.twins(
            for: person, fields: [.customerID], count: 10_000, pool: .gate
        ).compactMap { $0.values[.customerID] }
        #expect((1...20).contains(values.count))
        #expect(
            Set(values).isDisjoint(with: known.compactMap { $0.values[.customerID] } + ["7799"]))
    }

    @Test("The same seed and person give the same twins, more of them begin with the fewer")
    func twinsAreReproducible() {
        let values = { (twins: [PersonProfile]) in twins.map(\.values) }
        #expect(values(twins(of: people[3], 50)) == values(twins(of: people[3], 50)))
        #expect(
            values(twins(of: people[3], 20)) == Array(values(twins(of: people[3], 50)).prefix(20)))
        #expect(values(twins(of: people[3], 50)) != values(twins(of: people[4], 50)))
        #expect(values(twins(of: people[3], 50)) != values(twins(of: people[3], 50, seed: 2)))
    }

    @Test("The pools of the gate and of the methods share no value, whatever the seeds")
    func poolsAreDisjoint() {
        for kind in Self.fields {
            var gate: Set<String> = []
            var fit: Set<String> = []
            for (index, person) in people.prefix(12).enumerated() {
                gate.formUnion(
                    twins(of: person, 150, pool: .gate, seed: UInt64(index % 3))
                        .compactMap { $0.values[kind] })
                fit.formUnion(
                    twins(of: person, 150, pool: .fit, seed: UInt64(index % 4))
                        .compactMap { $0.values[kind] })
            }
            #expect(gate.count > 150 && fit.count > 150)
            #expect(gate.isDisjoint(with: fit), "\(kind)")
        }
    }

    @Test("A person's own values do not show in the twins made for them")
    func ownValuesAreNotLearnedFrom() {
        let without = TwinGenerator(known: Array(people.dropFirst()), seed: 9)
            .twins(for: people[0], fields: Self.fields, count: 100, pool: .gate)
        let with = TwinGenerator(known: people, seed: 9)
            .twins(for: people[0], fields: Self.fields, count: 100, pool: .gate)
        #expect(without.map(\.values) == with.map(\.values))
    }

    @Test("Common beginnings are drawn as often as people have them")
    func beginningsKeepTheirShares() throws {
        var coded = CodedPeople(seed: 2)
        let known = coded.persons(400, "known")
        let person = coded.person("tested")
        let twins = TwinGenerator(known: known, seed: 1).twins(
            for: person, fields: [.customerID, .nationalID, .phone], count: 1000, pool: .gate)
        #expect(twins.count == 1000)
        func share(_ kind: IdentifierKind, _ people: [PersonProfile], _ start: String) -> Double {
            Double(people.count { $0.values[kind]?.hasPrefix(start) == true })
                / Double(people.count)
        }
        // Four standard deviations of 1000 draws at a half.
        for code in Set(CodedPeople.areaCodes) {
            #expect(abs(share(.phone, twins, code) - share(.phone, known, code)) < 0.07, "\(code)")
        }
        #expect(share(.nationalID, twins, "90") == 1)
        for start in ["KA-", "KB-", "KC-"] {
            #expect(
                abs(share(.customerID, twins, start) - share(.customerID, known, start)) < 0.07)
        }
    }

    @Test("Of addresses only parts that several people share are used again")
    func rarePartsOfAddressesAreNotUsed() throws {
        func person(_ index: Int, _ address: String) -> PersonProfile {
            PersonProfile(subject: "p\(index)", records: [], values: [.address: address])
        }
        let shared = (0..<90).map {
            person($0, "\(10 + $0) Elm Road, Derry, NH, 030\(10 + $0 % 80)")
        }
        let rare = (90..<100).map {
            person($0, "\(10 + $0) Rare\($0) Road, Only\($0), VT, 050\($0 - 80)")
        }
        let twins = TwinGenerator(known: shared + rare, seed: 1)
            .twins(for: shared[0], fields: [.address], count: 400, pool: .gate)
        #expect(twins.count == 400)
        let parts = try twins.map { try #require($0.values[.address].flatMap(AddressParts.init)) }
        #expect(!parts.contains { $0.street.contains("Rare") || $0.city.contains("Only") })
        // Nine of ten; six standard deviations of 400 draws.
        #expect(abs(parts.count { $0.street.hasSuffix(" Elm Road") } - 360) < 36)
        #expect(abs(parts.count { $0.city == "Derry" && $0.state == "NH" } - 360) < 36)
        #expect(parts.allSatisfy { ["NH", "VT"].contains($0.state) })
        let scattered = TwinGenerator(known: Array(shared.prefix(20)) + rare, seed: 1)
        #expect(scattered.refusal(of: .address, for: shared[0])?.contains("share") == true)
    }

    @Test("What cannot be generated says why")
    func refusals() throws {
        let person = people[0]
        let few = TwinGenerator(known: Array(people[1...19]), seed: 1)
        #expect(few.refusal(of: .phone, for: person)?.contains("of 19 other people") == true)
        #expect(few.twins(for: person, fields: [.phone], count: 5, pool: .gate).isEmpty)
        let enough = TwinGenerator(known: Array(people[0...20]), seed: 1)
        #expect(enough.refusal(of: .phone, for: person) == nil)
        #expect(enough.refusal(of: .name, for: person) != nil)
        let other = PersonProfile(subject: "o", records: [], values: [.phone: "12345"])
        #expect(enough.refusal(of: .phone, for: other)?.contains("of 0 other people") == true)
    }
}
