import Domain
import Foundation
import TensorCore

/// People who do not exist, with values of the same forms as a person's, for controls where held-out
/// people are missing or lack a value. The same seed and index give the same person.
struct InventedPeople {
    let seed: UInt64

    /// - Parameter model: whose kinds and forms of values are imitated.
    func person(_ index: Int, like model: ClaimPerson) -> PersonProfile {
        complete(
            PersonProfile(subject: "invented-\(index)", records: [], values: [:]), like: model)
    }

    /// The same person with an invented value of each kind that is missing.
    func complete(_ person: PersonProfile, like model: ClaimPerson) -> PersonProfile {
        var random = RandomNumbers(seed: seed, stream: "invented \(person.subject)")
        let given = Self.pick(Self.givenNames, &random)
        let family = Self.pick(Self.familyNames, &random)
        var values = person.values
        let name = values[.name] ?? "\(given) \(family)"
        values[.name] = name
        // In the order of the person's values, so that nothing depends on a dictionary's.
        for target in model.values where values[target.kind] == nil {
            values[target.kind] = Self.value(
                target.kind, like: target.value.revealed, name: name, &random)
        }
        return PersonProfile(subject: person.subject, records: [], values: values)
    }

    private static func value(
        _ kind: IdentifierKind, like value: String, name: String, _ random: inout RandomNumbers
    ) -> String {
        let login = name.lowercased().split(separator: " ").joined(separator: "_")
        switch kind {
        case .name: return name
        case .username: return login
        case .email:
            let host = value.split(separator: "@").last.map(String.init) ?? "example.org"
            return "\(login)@\(host)"
        case .dateOfBirth:
            let (year, month) = (1940 + random.integer(below: 65), 1 + random.integer(below: 12))
            let day = 1 + random.integer(below: 28)
            return "\(year)-\(twoDigits(month))-\(twoDigits(day))"
        case .address:
            let street = "\(1 + random.integer(below: 9_800)) \(pick(streets, &random))"
            guard AddressParts(value) != nil else {
                return "\(street), \(pick(cities, &random))"
            }
            let code = String(10_000 + random.integer(below: 89_000))
            return "\(street), \(pick(cities, &random)), \(pick(states, &random)), \(code)"
        case .phone, .nationalID, .customerID, .text, .recordID:
            return sameShape(as: value, &random)
        }
    }

    /// Another digit for each digit, another letter for each letter of A to Z.
    private static func sameShape(as value: String, _ random: inout RandomNumbers) -> String {
        let bytes = value.utf8.map { byte -> UInt8 in
            switch byte {
            case 48...57: 48 + UInt8(random.integer(below: 10))
            case 65...90: 65 + UInt8(random.integer(below: 26))
            case 97...122: 97 + UInt8(random.integer(below: 26))
            default: byte
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func twoDigits(_ number: Int) -> String {
        (number < 10 ? "0" : "") + "\(number)"
    }

    private static func pick(_ items: [String], _ random: inout RandomNumbers) -> String {
        items[random.integer(below: items.count)]
    }

    private static let givenNames = [
        "Alma", "Arvid", "Beatrix", "Caspar", "Delia", "Edgar", "Elvira", "Falk", "Fenna",
        "Gideon", "Harriet", "Ivo", "Jolanda", "Kaspar", "Leontine", "Magnus", "Nora", "Otis",
        "Paloma", "Quentin", "Rosalind", "Silas", "Tabea", "Ulrich", "Valerie", "Wendel", "Xenia",
        "Yannis", "Zelda", "Ambros",
    ]
    private static let familyNames = [
        "Aldwin", "Barlow", "Castellan", "Dornfeld", "Eastman", "Farnham", "Grenville", "Hollis",
        "Ingram", "Jessop", "Kettering", "Lindqvist", "Marchand", "Northcote", "Oakley",
        "Pemberton", "Quill", "Ravensworth", "Sandoval", "Thistle", "Underhill", "Varga",
        "Westbrook", "Yarrow", "Zeller", "Birchall", "Corvin", "Dunmore", "Ellery", "Fairbanks",
    ]
    private static let streets = [
        "Alder Lane", "Beacon Street", "Chapel Road", "Copper Way", "Elm Court", "Fern Drive",
        "Harbor Road", "Juniper Place", "Market Street", "Orchard Avenue", "Quarry Lane",
        "Willow Terrace",
    ]
    private static let cities = [
        "Ashford", "Brookhaven", "Clayton", "Dunmore", "Fairview", "Glenwood", "Hartfield",
        "Lindale", "Marshfield", "Northport", "Redwood", "Springdale",
    ]
    private static let states = [
        "AZ", "CO", "GA", "IA", "KS", "ME", "MN", "NE", "OH", "OR", "PA", "VA",
    ]
}
