import Domain
import Lineage
import TestSupport
import Testing

/// How far a derived key decides whose data a request is about.
struct MatchStrengthTests {
    private func scene() throws -> LineageScene {
        let scene = try LineageScene()
        try scene.add([
            try line("a", "Bob Stone paints.", subjects: ["p-bob"], values: [.name: "Bob Stone"]),
            try line("b", "R. Stone paints."),
            try line(
                "c", "Robert Stone sails.", subjects: ["p-robert"],
                values: [.name: "Robert Stone", .email: "r.stone@gmail.com"]),
            try line("d", "Account DE89 3704 0044 0532 0130 00.", subjects: ["p-iban"]),
            try line("e", "Jurgen Moeller sings.", subjects: ["p-jurgen"]),
        ])
        return scene
    }

    @Test func `a nickname and initials do not decide, a full name does`() throws {
        let scene = try scene()
        let full = try #require(try scene.scope([(.name, "Robert Stone")]))
        #expect(full.subjects == ["p-robert"])
        #expect(full.records.map(\.id) == ["c"])
        #expect(full.mentions.map(\.id) == ["a"])
        let other = try LineageScene()
        try other.add([
            try line("a", "Bob Stone paints.", subjects: ["p-bob"], values: [.name: "Bob Stone"]),
            try line("b", "R. Moss paints.", subjects: ["p-moss"]),
        ])
        #expect(try other.candidates([(.name, "Robert Stone")]) == ["p-bob"])
        #expect(try other.candidates([(.name, "Robert Moss")]) == ["p-moss"])
    }

    @Test func `another spelling of a full name decides`() throws {
        let scope = try scene().scope([(.name, "Jürgen Möller")])
        #expect(scope == nil)
        let written = try LineageScene()
        try written.add([
            try line(
                "e", "Juergen Moeller sings.", subjects: ["p-j"], values: [.name: "Juergen Moeller"]
            )
        ])
        #expect(try written.scope([(.name, "Jürgen Möller")])?.subjects == ["p-j"])
        #expect(try written.scope([(.name, "Möller, Jürgen")])?.subjects == ["p-j"])
    }

    @Test func `the same mailbox in another spelling decides`() throws {
        let scope = try scene().scope([(.email, "rstone@googlemail.com")])
        #expect(scope?.subjects == ["p-robert"])
    }

    @Test func `an unmistakable number decides whatever the request calls it`() throws {
        for kind in [IdentifierKind.nationalID, .customerID, .text] {
            let scope = try scene().scope([(kind, "DE89370400440532013000")])
            #expect(scope?.subjects == ["p-iban"])
        }
        #expect(try scene().scope([(.text, "DE88370400440532013000")]) == nil)
    }

    @Test func `a name of one word beside a title is no full name`() throws {
        let scene = try LineageScene()
        try scene.add([
            try line("a", "Dr. Stone", subjects: ["p"], values: [.name: "Dr. Stone"])
        ])
        #expect(try scene.candidates([(.name, "Dr. Stone")]) == ["p"])
    }

    @Test func `whoever shares the date of birth raises no doubt about a strong identifier`() throws
    {
        let scene = try LineageScene()
        try scene.add([
            try line(
                "a", "Ann Other was born on 1971-05-08.", subjects: ["p-ann"],
                values: [.name: "Ann Other", .dateOfBirth: "1971-05-08"]),
            try line("b", "Write to kim@example.org."),
        ])
        let scope = try #require(
            try scene.scope([(.email, "kim@example.org"), (.dateOfBirth, "1971-05-08")]))
        #expect(scope.subjects == [])
        #expect(scope.records.map(\.id) == ["b"])
        // Where nothing else is found, the date is all there is to ask about.
        #expect(
            try scene.candidates([(.email, "no@example.org"), (.dateOfBirth, "1971-05-08")])
                == ["p-ann"])
    }
}
