import Domain
import Testing

@Suite struct PersonalValuesTests {
    /// The form found for a value in a text, and the same form with another value.
    private func rendered(
        _ value: String, _ kind: IdentifierKind, in text: String, as other: String
    ) throws -> String? {
        let found = valueOccurrences(of: value, kind: kind, in: text)
        #expect(found.count == 1)
        return try #require(found.first).rendering.render(other)
    }

    @Test(arguments: [
        ("born on December 31, 1984, in", "May 3, 1990"), ("born 1984-12-31.", "1990-05-03"),
        ("12/31/1984", "05/03/1990"), ("31/12/1984", "03/05/1990"), ("31.12.1984", "03.05.1990"),
        ("31 December 1984", "3 May 1990"), ("December 31st, 1984", "May 3rd, 1990"),
        ("the 31st of December 1984", "3rd of May 1990"), ("Dec 31, 1984", "May 3, 1990"),
        ("December 31 1984", "May 3 1990"), ("19841231", "19900503"),
    ])
    func aDateIsWrittenInTheFormItIsFoundIn(text: String, expected: String) throws {
        #expect(try rendered("1984-12-31", .dateOfBirth, in: text, as: "1990-05-03") == expected)
    }

    @Test(arguments: [
        ("number is 900-51-4344.", "123-45-6789"), ("(900514344)", "123456789"),
        ("900 51 4344", "123 45 6789"), ("900.51.4344", "123.45.6789"),
    ])
    func aNationalNumberIsWrittenInTheFormItIsFoundIn(text: String, expected: String) throws {
        #expect(try rendered("900514344", .nationalID, in: text, as: "123456789") == expected)
    }

    @Test(arguments: [
        ("at 721-625-3765 or", "286-957-7783"), ("at 7216253765.", "2869577783"),
        ("at (721) 625-3765.", "(286) 957-7783"), ("+1 721 625 3765", "286 957 7783"),
        ("+17216253765", "2869577783"), ("7216-253-765", "2869-577-783"),
    ])
    func aPhoneNumberIsWrittenInTheFormItIsFoundIn(text: String, expected: String) throws {
        #expect(try rendered("7216253765", .phone, in: text, as: "2869577783") == expected)
    }

    @Test func aParenthesisBelongsToThePlaceOnlyIfItBelongsToTheNumber() throws {
        let place = try #require(
            valueOccurrences(of: "7216253765", kind: .phone, in: "(721) 625-3765").first)
        #expect(place.bytes == 0..<14)
        let bare = try #require(
            valueOccurrences(of: "7216253765", kind: .phone, in: "(721-625-3765)").first)
        #expect(bare.bytes == 1..<13)
    }

    @Test(arguments: [
        (
            "lives at 101 West Place, #505, Orange, CA, 92867.",
            "9 Elm Road, Derry, NH, 03038", "7 Oak Street, B, Barre, VT, 05641"
        ),
        (
            "lives at 101 West Place, Apt. #505, in Orange, CA 92867",
            "9 Elm Road, in Derry, NH 03038", "7 Oak Street, Apt. B, in Barre, VT 05641"
        ),
        (
            "lives at 101 West Place, Orange, CA, 92867, flat 505",
            "9 Elm Road, Derry, NH, 03038", "7 Oak Street, Barre, VT, 05641"
        ),
    ])
    func anAddressKeepsWhatStandsBetweenItsParts(text: String, plain: String, unit: String) throws {
        let value = "101 West Place, #505, Orange, CA, 92867."
        #expect(
            try rendered(value, .address, in: text, as: "9 Elm Road, Derry, NH, 03038.") == plain)
        #expect(
            try rendered(value, .address, in: text, as: "7 Oak Street, B, Barre, VT, 05641") == unit
        )
    }

    @Test func aValueOfAnotherShapeCannotBeWrittenInTheForm() throws {
        let place = try #require(
            valueOccurrences(of: "900514344", kind: .nationalID, in: "900-51-4344").first)
        #expect(place.rendering.render("12345678") == nil)
        #expect(place.rendering.render("QQ1234567") == nil)
        let date = try #require(
            valueOccurrences(of: "1984-12-31", kind: .dateOfBirth, in: "1984-12-31").first)
        #expect(date.rendering.render("1984-13-31") == nil)
        #expect(date.rendering.render("unknown") == nil)
    }

    @Test func partsOfLongerWordsAndNumbersAreNotFound() {
        #expect(valueOccurrences(of: "4711", kind: .customerID, in: "147110").isEmpty)
        #expect(valueOccurrences(of: "Ann", kind: .name, in: "Anna, Joann").isEmpty)
        #expect(valueOccurrences(of: "Ann", kind: .name, in: "by Ann.").count == 1)
        #expect(valueOccurrences(of: "1984-12-31", kind: .dateOfBirth, in: "11984-12-315").isEmpty)
        #expect(valueOccurrences(of: "", kind: .name, in: "text").isEmpty)
        #expect(valueOccurrences(of: "900514344", kind: .nationalID, in: "").isEmpty)
    }

    @Test func placesAreCountedInBytes() throws {
        let place = try #require(
            valueOccurrences(of: "7216253765", kind: .phone, in: "Zoë: 7216253765").first)
        #expect(place.bytes == 6..<16)
    }

    @Test func halvesAreCutBetweenPartsThatFitEverybody() throws {
        func halves(_ value: String, _ kind: IdentifierKind, _ text: String, _ other: String) throws
            -> [String]
        {
            let rendering = try #require(
                valueOccurrences(of: value, kind: kind, in: text).first
            ).rendering
            let cut = try #require(rendering.halves(other))
            return [cut.head, cut.tail]
        }
        #expect(
            try halves("1984-12-31", .dateOfBirth, "December 31, 1984", "1990-05-03")
                == ["May", " 3, 1990"])
        #expect(
            try halves("1984-12-31", .dateOfBirth, "1984-12-31", "1990-05-03") == [
                "1990", "-05-03",
            ])
        #expect(
            try halves("900514344", .nationalID, "900-51-4344", "123456789") == ["123-4", "5-6789"])
        #expect(
            try halves(
                "1 Elm Road, Derry, NH, 03038", .address, "1 Elm Road, Derry, NH, 03038",
                "7 Oak Street, B, Barre, VT, 05641") == ["7 Oak Street, B", ", Barre, VT, 05641"])
    }

    @Test func valuesOf500RealBiographiesAreFoundInTheirManyForms() throws {
        let people = try MetricFixture.lines("lume_bios.jsonl")
        #expect(people.count == 500)
        var found: [IdentifierKind: Int] = [:]
        for person in people {
            let prompt = try #require(person["prompt"]?.text)
            let text = prompt + " " + (try #require(person["completion"]?.text))
            for kind in [IdentifierKind.dateOfBirth, .nationalID, .phone, .address] {
                let value = try #require(person.at("values", kind.rawValue)?.text)
                let places = valueOccurrences(of: value, kind: kind, in: text)
                if !places.isEmpty { found[kind, default: 0] += 1 }
                for place in places where kind != .address {
                    // Written again in its own form the value is what stands there.
                    let written = try #require(place.rendering.render(value))
                    #expect(Array(text.utf8)[place.bytes].elementsEqual(written.utf8))
                }
            }
        }
        // Twenty-one biographies leave the national number out, nine abbreviate or split the address.
        #expect(found == [.dateOfBirth: 500, .nationalID: 479, .phone: 500, .address: 491])
    }
}
