import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// The ways in which people write down addresses, numbers, dates and names.
struct IdentifierSearchTests {
    private func scene(_ texts: [String]) throws -> LineageScene {
        let scene = try LineageScene()
        try scene.add(try texts.enumerated().map { try line("\($0.offset)", $0.element) })
        return scene
    }

    @Test func `e-mail addresses are found in links, escapes, capitals and with tags`() throws {
        let scene = try scene([
            "[jane\\_doe@x.com](mailto:jane_doe@x.com)", "write to JANE_DOE@X.COM.",
            "<jane_doe@x.com>", "'jane_doe@x.com'", "jane_doe+news@x.com", "mail:jane_doe@x.com,",
            "mary.jane_doe@x.com", "jane_doe@x.com.au", "jane_doe@x", "jane_doe @x.com",
        ])
        #expect(try scene.found(.email, "jane_doe@x.com") == ["0", "1", "2", "3", "4", "5"])
        #expect(try scene.found(.email, " Jane_Doe@X.com ") == ["0", "1", "2", "3", "4", "5"])
        // A tag is the owner's own: the address without it is theirs too.
        #expect(
            try scene.found(.email, "jane_doe+news@x.com") == ["0", "1", "2", "3", "4", "5"])
        // printf 'jane_doe@x.com' | sha256sum
        let hash = "663052e143c1731a2191770675d9441782990bcaeeb5d9b4f7308b743a23ed91"
        #expect(try scene.found(.email, hash, .sha256) == ["0", "1", "2", "3", "4", "5"])
    }

    @Test(arguments: [
        "721-625-3765", "(721) 625-3765", "7216253765", "+1 721 625 3765",
        "+1 (721) 625-3765", "1-721-625-3765", "721.625.3765", "001 721 625 3765",
    ])
    func `a telephone number is found in every format, whatever the request's format`(
        _ asked: String
    ) throws {
        let scene = try scene([
            "call 721-625-3765", "(721) 625-3765", "7216253765", "+1 721 625 3765",
            "+1 (721) 625-3765!", "+17216253765", "1-721-625-3765", "tel:721.625.3765x12",
            "721-625-3766", "72162537651",
        ])
        #expect(
            try scene.found(.phone, asked) == ["0", "1", "2", "3", "4", "5", "6", "7"])
    }

    @Test func `numbers of other countries are found with and without country code`() throws {
        let scene = try scene([
            "+49 30 1234567", "030 / 1234567", "0049 30 1234567", "+33 1 23 45 67 89",
            "01 23 45 67 89",
        ])
        #expect(try scene.found(.phone, "+49301234567") == ["0", "1", "2"])
        #expect(try scene.found(.phone, "0049 30 1234567") == ["0", "1", "2"])
        #expect(try scene.found(.phone, "030 1234567") == ["0", "1", "2"])
        #expect(try scene.found(.phone, "+33123456789") == ["3", "4"])
    }

    @Test(arguments: ["900-51-4344", "900514344", "900 51 4344"])
    func `a national number is found in every format`(_ asked: String) throws {
        let scene = try scene([
            "SSN 900-51-4344.", "900514344", "900 51 4344", "SSN900514344", "1900514344",
            "900-51-43445", "900-51-4345",
        ])
        #expect(try scene.found(.nationalID, asked) == ["0", "1", "2", "3"])
        let hash = Digest(of: "900514344").hexadecimal
        #expect(try scene.found(.nationalID, hash, .sha256) == ["0", "1", "2", "3"])
    }

    @Test func `a national number with letters is found with and without spaces`() throws {
        let scene = try scene(["NINO QQ 12 34 56 C", "qq123456c", "QQ123456D"])
        #expect(try scene.found(.nationalID, "QQ 12 34 56 C") == ["0", "1"])
    }

    @Test func `a date of birth is found in every format`() throws {
        let scene = try scene([
            "born on December 31, 1984", "31 December 1984", "1984-12-31", "12/31/1984",
            "31.12.1984", "the 31st of December 1984", "Dec. 31 1984", "1984/12/31",
            "December 30, 1984", "31 12 1984", "12/31/1985",
        ])
        for asked in ["1984-12-31", "31.12.1984", "December 31, 1984"] {
            #expect(
                try scene.found(.dateOfBirth, asked) == ["0", "1", "2", "3", "4", "5", "6", "7"])
        }
        let ambiguous = try self.scene(["03/04/1984", "April 3, 1984", "March 4, 1984"])
        #expect(try ambiguous.found(.dateOfBirth, "1984-04-03") == ["0", "1"])
        #expect(try ambiguous.found(.dateOfBirth, "1984-03-04") == ["0", "2"])
    }

    @Test func `a name is found as whole words side by side, and not inside others`() throws {
        let scene = try scene([
            "Ann Lee wrote", "Joann Leeds wrote", "ANN  LEE's", "Ann\nLee", "Ann, Lee and Bob",
            "Ann-Lee", "Lee, Ann", "ann_lee@x.com", "Ann Leeds", "Ann B. Lee", "Lee Ann",
            "(Ann Lee)", "to Ann. Lee came",
        ])
        #expect(try scene.found(.name, "Ann Lee") == ["0", "2", "3", "5", "6", "10", "11"])
        let hits = try scene.index.find(PersonalIdentifier(kind: .name, value: "ann lee"))
        #expect(hits[4].rules == ["name-inverted"])
        #expect(hits[5].rules == ["name-order"])
        #expect(hits[0].rules == ["name-phrase"])
    }

    @Test func `a name is split over prompt and completion and still found`() throws {
        let scene = try LineageScene()
        try scene.add([#"{"id":"x","prompt":"A letter from Ann","completion":"Lee to Bob."}"#])
        #expect(try scene.found(.name, "Ann Lee") == ["x"])
    }

    @Test func `diacritics, composition, capitals and typographic signs make no difference`() throws
    {
        let scene = try scene([
            "José Núñez", "Jos\u{65}\u{301} N\u{75}\u{301}n\u{303}ez", "JOSE NUNEZ", "jose nuñez",
            "Josef Nunez", "Łukasz Weiß", "LUKASZ WEISS", "O\u{2019}Brien", "O'Brien",
            "Jo\u{AD}sé\u{00A0}Núñez", "Ｊｏｓé Núñez",
        ])
        #expect(try scene.found(.name, "José Núñez") == ["0", "1", "2", "3", "9", "10"])
        #expect(try scene.found(.name, "jose nunez") == ["0", "1", "2", "3", "9", "10"])
        #expect(try scene.found(.name, "Lukasz Weiß") == ["5", "6"])
        #expect(try scene.found(.name, "O'Brien") == ["7", "8"])
    }

    @Test func `names in scripts without spaces are found inside sentences`() throws {
        let scene = try scene(["これは山田太郎の住所です", "山田花子", "Иван Петров", "ИВАН ПЕТРОВ"])
        #expect(try scene.found(.name, "山田太郎") == ["0"])
        #expect(try scene.found(.name, "Иван Петров") == ["2", "3"])
    }

    @Test func `addresses ignore punctuation, texts do not`() throws {
        let scene = try scene([
            "10175 West 58th Place, #505, Orange, CA, 92867.", "10175 west 58th place 505 orange",
        ])
        #expect(try scene.found(.address, "10175 West 58th Place #505 Orange") == ["0", "1"])
        #expect(try scene.found(.text, "58th Place, #505") == ["0"])
    }

    @Test func `a user name is found alone, not inside a longer handle or an address`() throws {
        let scene = try scene([
            "user tiffi_mag said", "@tiffi_mag", "tiffi_mag@x.com", "tiffi_mag_2", "x_tiffi_mag",
            "tiffi_mag.", "tiffi_mag.de",
        ])
        #expect(try scene.found(.username, "tiffi_mag") == ["0", "1", "5"])
    }

    @Test(arguments: [
        "\"", "' OR 1=1 --", "NEAR(a b)", "a* OR b", "text:a", "^a", "-a", "\"a\" AND \"b\"", "{a}",
        "%", "", "()", "\\", "a\u{0}b", "\u{FFFD}", "AND", "NOT a",
    ])
    func `whatever a person types is searched for as text, never as query syntax`(
        _ typed: String
    ) throws {
        let scene = try scene(["unrelated words only"])
        do { #expect(try scene.found(.name, typed).isEmpty) } catch let error as LineageError {
            #expect(error.code == .malformedIdentifier)
        }
    }

    @Test func `an identifier that cannot be one is refused without showing it`() throws {
        let scene = try scene(["a"])
        for (kind, value) in [(IdentifierKind.phone, "call me"), (.dateOfBirth, "yesterday")] {
            let error = #expect(throws: LineageError.self) { try scene.found(kind, value) }
            #expect(error?.code == .malformedIdentifier)
            #expect(error?.description.contains(value) == false)
        }
        let error = #expect(throws: LineageError.self) { try scene.found(.email, "A1", .sha256) }
        #expect(error?.code == .malformedIdentifier)
    }

    @Test func `declared values, subject ids and record ids are found without the text`() throws {
        let scene = try LineageScene()
        try scene.add([
            try line(
                "order-77", "She ordered tea.", subjects: ["customer-4711"],
                values: [
                    .email: "Jane@X.com", .phone: "(721) 625-3765", .nationalID: "900-51-4344",
                    .name: "Jane Doe", .customerID: "K-1",
                ])
        ])
        let known: [(IdentifierKind, String)] = [
            (.email, "jane@x.com"), (.phone, "7216253765"), (.nationalID, "900514344"),
            (.name, "JANE DOE"), (.customerID, "k-1"), (.customerID, "customer-4711"),
            (.recordID, "order-77"),
        ]
        for (kind, value) in known { #expect(try scene.found(kind, value) == ["order-77"]) }
        #expect(
            try scene.found(.name, Digest(of: "jane doe").hexadecimal, .sha256) == ["order-77"])
        #expect(try scene.found(.email, "other@x.com").isEmpty)
        let values = try scene.index.records(ofCorpus: "people")[0].values
        #expect(values[.email] == "jane@x.com")
        #expect(values[.phone] == "7216253765")
        #expect(values[.nationalID] == "900514344")
    }
}
