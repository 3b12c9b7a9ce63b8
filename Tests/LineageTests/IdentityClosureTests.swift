import Domain
import Lineage
import TestSupport
import Testing

/// What a request's identifiers reach beyond the spelling given.
struct IdentityClosureTests {
    private func scene(_ texts: [String]) throws -> LineageScene {
        let scene = try LineageScene()
        try scene.add(try texts.enumerated().map { try line("\($0.offset)", $0.element) })
        return scene
    }

    /// Whether each text is found by the identifier beside it, or none of them.
    private func check(
        _ cases: [(kind: IdentifierKind, asked: String, text: String)], found isFound: Bool
    ) throws {
        let scene = try scene(cases.map { "See \($0.text), as agreed." })
        for (index, pair) in cases.enumerated() {
            let ids = try scene.found(pair.kind, pair.asked)
            #expect(ids.contains("\(index)") == isFound, "\(pair.asked) and \(pair.text)")
        }
    }

    private func check(
        _ kind: IdentifierKind, _ pairs: [(String, String)], found isFound: Bool
    ) throws {
        try check(pairs.map { (kind, $0.0, $0.1) }, found: isFound)
    }

    @Test func `an e-mail address reaches the same mailbox`() throws {
        let pairs: [(String, String)] = [
            ("jane.doe@gmail.com", "janedoe@gmail.com"),
            ("janedoe@gmail.com", "j.a.n.e.doe@gmail.com"),
            ("jane.doe@gmail.com", "JaneDoe+shop@googlemail.com"),
            ("jane.doe+x@googlemail.com", "jane.doe@gmail.com"),
            ("jane_doe@proton.me", "janedoe@protonmail.com"), ("jane@ya.ru", "jane@yandex.com"),
            ("jane-d@yandex.ru", "jane.d@yandex.ru"), ("jane-news@yahoo.com", "jane@yahoo.com"),
            ("jane@yahoo.com", "jane-news@yahoo.com"), ("jane@me.com", "jane@icloud.com"),
            ("jane@müller.example", "jane@xn--mller-kva.example"),
            ("jane@xn--mller-kva.example", "Jane@Müller.example"),
            ("jane+a@x.example", "jane@x.example"), ("jane@x.example", "jane+a@x.example"),
            ("jane [at] x (dot) example", "jane@x.example"),
            ("jane@x.example", "jane at x dot example"),
            ("jane.doe@gmail.com", "janedoe [at] gmail [dot] com"),
            ("jane@x.example", "jane%40x.example"),
            ("jane@x.example", "mailto:jane&#64;x.example?subject=a"),
        ]
        try check(.email, pairs, found: true)
    }

    @Test func `other mailboxes are not reached`() throws {
        let pairs: [(String, String)] = [
            ("jane.doe@x.example", "janedoe@x.example"), ("jane@yahoo.com", "jane@yahoo.de"),
            ("jane@x.example", "jane@y.example"), ("jane-a@x.example", "jane@x.example"),
        ]
        try check(.email, pairs, found: false)
    }

    @Test func `a telephone number reaches its national and foreign spellings`() throws {
        let pairs: [(String, String)] = [
            ("+49 (0)30 1234567", "030 1234567"), ("+49301234567", "+49 (0)30 / 123 45 67"),
            ("+7 495 1234567", "8 (495) 123-45-67"), ("8 495 123 45 67", "+7 495 123-45-67"),
            ("+36 1 234 5678", "06 1 234 5678"), ("+1 721 625 3765 ext. 12", "721-625-3765"),
            ("721-625-3765 x12", "(721) 625 3765"), ("7216253765", "17216253765"),
            ("+39 06 12345678", "06 12345678"), ("030 1234567", "(30) 1234567"),
            ("+49301234567", "01149301234567"), ("tel:+49-30-1234567;ext=5", "+49 30 1234567"),
            ("+44 20 7946 0958", "020 7946 0958"), ("+49301234567", "%2B49%2030%201234567"),
        ]
        try check(.phone, pairs, found: true)
    }

    @Test func `a date of birth reaches its usual spellings`() throws {
        let texts: [String] = [
            "31 December 1984", "the 31st of December, 1984", "December the 31st, 1984",
            "31. Dezember 1984", "31. Dez. 1984", "31 décembre 1984", "31 de diciembre de 1984",
            "31 de diciembre del 1984", "31 dicembre 1984", "31 december 1984",
            "31 de dezembro de 1984",
            "31 grudnia 1984", "31 декабря 1984", "1984-12-31", "1984/12/31", "31. 12. 1984",
            "12/31/1984", "1984年12月31日", "31.12.84", "12/31/84", "31 Dec '84", "19841231",
            "1984 Dec 31",
        ]
        try check(.dateOfBirth, texts.map { ("1984-12-31", $0) }, found: true)
    }

    @Test func `other dates are not reached`() throws {
        let texts: [String] = [
            "30 December 1984", "31.12.85", "31.12.84.2", "1.31.12.84", "31-12/1984",
            "31 decembre 1985",
            "version 31.12", "December 1984",
        ]
        try check(.dateOfBirth, texts.map { ("1984-12-31", $0) }, found: false)
    }

    @Test func `a name reaches the ways in which it is written`() throws {
        let pairs: [(String, String)] = [
            ("Jürgen Müller", "Juergen Mueller"), ("Juergen Mueller", "Jürgen Müller"),
            ("Michael Mueller", "Michael Müller"), ("Søren Ångström", "Soeren Aangstroem"),
            ("Dr. Jane Doe", "Jane Doe"), ("Jane Doe, PhD", "Doe, Jane"),
            ("Doe, Jane", "Jane Doe"),
            ("Jane Doe", "DOE Jane"), ("Jane Quincy Doe", "Jane Doe"),
            ("Jane Quincy Doe", "Jane Q. Doe"),
            ("Jane Doe", "J. Doe"), ("Jane Doe", "Doe, J."), ("Jane Quincy Doe", "J. Q. Doe"),
            ("Robert Doe", "Bob Doe"), ("Bob Doe", "Doe, Robert"),
            ("Jane O'Brien", "Jane OBrien"),
            ("Jane O'Brien", "Jane O Brien"), ("Jan van den Berg", "Jan Berg"),
            ("Jan van den Berg", "Berg, Jan van den"),
            ("Jan van den Berg", "van den Berg, Jan"),
            ("Jan van den Berg", "Jan Vandenberg"), ("Anne-Marie Doe", "Anne Marie Doe"),
            ("Anne-Marie Doe", "Annemarie Doe"), ("Anne-Marie Doe", "A.-M. Doe"),
            ("Jane Cruz-López", "Jane Cruz"), ("Jane Weber née Fink", "Jane Fink"),
            ("William \"Buzz\" Doe", "Buzz Doe"), ("Jane Doe", "Jane Doe's"),
            ("Jane Muster", "Jane Musters"),
            ("Юрий Петров", "Yuri Petrov"), ("Юрий Петров", "Iurii Petrov"),
            ("Ivan Petrov", "Иван Петров"),
            ("Γιώργος Παπαδόπουλος", "Giorgos Papadopoulos"), ("Jane Doe", "jane.doe"),
            ("Jane Doe", "Jane%20Doe"), ("Jane Doe", "J\u{430}ne D\u{43E}e"),
            ("Jane Doe", "Ja\u{200B}ne Doe"),
            ("Jürgen Doe", "J&uuml;rgen Doe"),
        ]
        try check(.name, pairs, found: true)
    }

    @Test func `other names are not reached`() throws {
        let pairs: [(String, String)] = [
            ("Jane Doe", "Jane Dover"), ("Jane Doe", "Janet Doe"), ("Jane Doe", "M. Doe"),
            ("Robert Doe", "Rupert Doe"), ("José Núñez", "Josef Nunez"),
            ("Jane Doe", "jane.doe@x.example"),
            ("Jane Doe", "Doe"),
        ]
        try check(.name, pairs, found: false)
    }

    @Test func `numbers, handles and addresses are reached in other spellings`() throws {
        let cases: [(IdentifierKind, String, String)] = [
            (
                IdentifierKind.nationalID, "DE89370400440532013000",
                "DE89 3704 0044 0532 0130 00"
            ),
            (.nationalID, "DE89 3704 0044 0532 0130 00", "de89370400440532013000"),
            (.nationalID, "QQ123456C", "QQ 12 34 56 C"),
            (.nationalID, "12345678Z", "12.345.678-Z"),
            (.nationalID, "X1234567L", "X-1234567-L"),
            (.nationalID, "4111111111111111", "4111-1111-1111-1111"),
            (.nationalID, "4111 1111 1111 1111", "4111111111111111"),
            (.customerID, "4111111111111111", "4111 1111 1111 1111"),
            (.text, "12345678Z", "12345678-Z"),
            (.customerID, "K-4711", "k4711"), (.customerID, "K4711", "K-4711"),
            (.customerID, "4711 0815", "47110815"),
            (.username, "@tiffi_mag", "https://twitter.com/tiffi_mag/"),
            (.username, "https://t.me/tiffi_mag", "@tiffi_mag"),
            (.username, "@tif", "t.me/tif"),
            (.username, "@jane@social.example", "jane@social.example"),
            (.text, "jane@x.example", "jane [at] x.example"),
            (.address, "10175 West 58th Place, #505, Orange, CA 92867", "10175 W 58th Pl"),
            (.address, "Hauptstraße 5, 10115 Berlin", "Hauptstr. 5"),
            (
                .address, "Hauptstr. 5, 10115 Berlin",
                "Hauptstrasse 5"
            ),
            (.address, "Hauptstraße 5, 10115 Berlin", "10115 Berlin"),
            (.address, "12 rue de la Paix, 75002 Paris", "12, r. de la Paix"),
        ]
        try check(cases, found: true)
    }

    @Test func `other numbers, words and addresses are not reached`() throws {
        let cases: [(IdentifierKind, String, String)] = [
            (IdentifierKind.customerID, "p-1111", "p-11111"),
            (.username, "@tif", "the tif file"),
            (.nationalID, "12345678Z", "12345678-X"), (.text, "12345678", "12 345 678"),
            (.address, "Hauptstraße 5, 10115 Berlin", "Hauptstraße 6"),
        ]
        try check(cases, found: false)
    }

    @Test func `hashed identifiers reach plain and hidden addresses and declared names`() throws {
        let scene = try LineageScene()
        try scene.add([
            try line("a", "Write to jane.doe [at] example (dot) org."),
            try line("b", "x", values: [.name: "Dr. Jane Doe"]),
            try line("c", "j.doe@gmail.com"),
        ])
        let hash = Digest(of: "jane.doe@example.org").hexadecimal
        #expect(try scene.found(.email, hash, .sha256) == ["a"])
        #expect(try scene.found(.name, Digest(of: "jane doe").hexadecimal, .sha256) == ["b"])
        #expect(try scene.found(.email, Digest(of: "jdoe@gmail.com").hexadecimal, .sha256) == ["c"])
    }

    @Test func `each rule says how it found a record, and what was given goes before`() throws {
        let scene = try scene(["janedoe@gmail.com", "jane.doe@gmail.com", "jane.doe at gmail.com"])
        let hits = try scene.index.find(
            PersonalIdentifier(kind: .email, value: "jane.doe@gmail.com"))
        #expect(
            hits.map(\.rules) == [
                ["email-mailbox-in-text"], ["email-in-text"], ["email-obfuscated-in-text"],
            ])
        let names = try self.scene(["Jane Doe", "Doe, Jane", "Janie Doe", "J. Doe", "Doe Jane"])
        let found = try names.index.find(PersonalIdentifier(kind: .name, value: "Jane Doe"))
        #expect(
            found.map(\.rules) == [
                ["name-phrase"], ["name-inverted"], ["name-nickname"], ["name-initials"],
                ["name-order"],
            ])
    }

    @Test func `the explanation counts keys by rule and shows no value`() throws {
        let identifiers = [
            PersonalIdentifier(kind: .email, value: "jane.doe+a@gmail.com"),
            PersonalIdentifier(kind: .name, value: "Jane Doe"),
            PersonalIdentifier(kind: .dateOfBirth, value: "1984-12-31"),
            PersonalIdentifier(
                kind: .phone, value: Digest(of: "49301234567").hexadecimal, format: .sha256),
        ]
        let rules = try LineageIndex.explainClosure(identifiers)
        let byRule = Dictionary(uniqueKeysWithValues: rules.map { ($0.rule, $0) })
        #expect(rules.map(\.rule) == rules.map(\.rule).sorted())
        #expect(byRule["email"]?.strength == .strong)
        #expect(byRule["email-without-tag"]?.keyCount == 2)
        #expect(byRule["name-inverted"]?.phraseCount == 1)
        #expect(byRule["name-initials"]?.strength == .weak)
        #expect(byRule["date-of-birth-short-year"]?.keyCount == 1)
        #expect(byRule["phone"]?.keyCount == 2)
        let shown = String(decoding: try CanonicalJSON.compact(rules), as: UTF8.self).lowercased()
        for value in ["jane", "doe", "gmail", "1984", "4930"] { #expect(!shown.contains(value)) }
        #expect(throws: LineageError.self) {
            try LineageIndex.explainClosure([PersonalIdentifier(kind: .phone, value: "call me")])
        }
    }
}
