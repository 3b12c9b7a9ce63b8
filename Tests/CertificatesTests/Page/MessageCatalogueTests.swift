import Certificates
import Domain
import Foundation
import TestSupport
import Testing

/// The catalogues as files, held against each other and against the code that asks for their messages.
@Suite struct MessageCatalogueTests {
    private let pages = Fixtures.repository.appendingPathComponent("Sources/Certificates/Page")

    /// By file name without extension, by key: the forms of each message, `""` for one without plurals.
    private func catalogues() throws -> [String: [String: [String: String]]] {
        let folder = pages.appendingPathComponent("Messages")
        let files = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil
        ).filter { $0.pathExtension == "json" }
        return try Dictionary(
            files.map { file in
                let document = try JSONParser.parse(Data(contentsOf: file))
                guard case .object(let members) = document else { return ("", [:]) }
                let messages = try members.map { member -> (String, [String: String]) in
                    let key = member.key
                    if case .object(let forms) = member.value {
                        return (
                            key,
                            try Dictionary(
                                forms.map { ($0.key, try #require($0.value.text)) },
                                uniquingKeysWith: { first, _ in first })
                        )
                    }
                    return (key, ["": try #require(member.value.text, "\(file.path): \(key)")])
                }
                let name = file.deletingPathExtension().lastPathComponent
                return (name, Dictionary(messages, uniquingKeysWith: { first, _ in first }))
            }, uniquingKeysWith: { first, _ in first })
    }

    private func places(_ forms: [String: String]) -> Set<String> {
        Set(forms.values.flatMap { $0.matches(of: #/\{([^}]*)\}/#).map { String($0.1) } })
    }

    @Test func `All languages have the same messages, with the same places in them`() throws {
        let catalogues = try catalogues()
        #expect(Set(catalogues.keys) == Set(CertificateLanguage.all.map(\.tag)))
        let english = try #require(catalogues["en"])
        #expect(english.count > 300)
        for (name, messages) in catalogues {
            let missing = Set(english.keys).subtracting(messages.keys).sorted()
            let surplus = Set(messages.keys).subtracting(english.keys).sorted()
            #expect(missing.isEmpty, "\(name).json lacks \(missing.joined(separator: ", "))")
            #expect(surplus.isEmpty, "\(name).json alone has \(surplus.joined(separator: ", "))")
            for (key, forms) in messages {
                #expect(places(forms) == places(english[key] ?? [:]), "\(name).json: \(key)")
                #expect(
                    forms.values.allSatisfy { !$0.trimmingCharacters(in: .whitespaces).isEmpty },
                    "\(name).json: \(key) is empty")
            }
        }
    }

    @Test func `A message with plurals has the forms of its language, each with its number`() throws
    {
        for (name, messages) in try catalogues() {
            let rule = try #require(messages["language.plural"]?[""].flatMap(PluralRule.init))
            for (key, forms) in messages where forms[""] == nil {
                #expect(forms.keys.sorted() == rule.categories, "\(name).json: \(key)")
                for form in forms.values {
                    #expect(form.contains("{count}"), "\(name).json: \(key)")
                }
            }
        }
    }

    @Test func `Every message the code asks for is there, and every message is asked for`() throws {
        let messages = try #require(try catalogues()["en"])
        let files = try #require(
            FileManager.default.enumerator(at: pages, includingPropertiesForKeys: nil))
        var code = ""
        for case let file as URL in files where file.pathExtension == "swift" {
            code += try String(contentsOf: file, encoding: .utf8)
        }
        let asked = Set(
            code.matches(of: #/"([a-z][a-z-]*(?:\.[a-z0-9-]+)+)"/#).map { String($0.1) }
                // Names of files and of metadata, and groups that are completed by a name.
                .filter { !["html", "json", "pdf", "txt"].contains($0.split(separator: ".").last) }
        ).subtracting(["copy.kind", "dcterms.created", "nist.part"])
        #expect(asked.count > 150)
        for key in asked.sorted() {
            #expect(messages[key] != nil, "\(key) is asked for and missing")
        }
        // Groups whose last part is a permanent name.
        let groups = Set(
            code.matches(of: #/"([a-z-]+(?:\.[a-z-]+)*)\.\\\(/#).map { String($0.1) }
                + code.matches(of: #/term\(\s*"([a-z.-]+)"/#).map { String($0.1) })
        let sections = Set(
            code.matches(of: #/section\(\s*"([a-z-]+)"/#).map { "\($0.1).title" })
        for key in messages.keys.sorted() {
            let isOfGroup = groups.contains { key.hasPrefix("\($0).") }
            #expect(
                asked.contains(key) || isOfGroup || sections.contains(key),
                "\(key) is not asked for")
        }
    }

    @Test func `Every permanent name of a certificate has words in every language`() throws {
        for (name, messages) in try catalogues() {
            func expect(_ group: String, _ names: [String]) {
                for id in names {
                    #expect(messages["\(group).\(id)"] != nil, "\(name).json: \(group).\(id)")
                }
            }
            expect("claim", DeletionCertificate.ClaimLevel.allCases.map(\.rawValue))
            expect("verdict", DeletionCertificate.ClaimLevel.allCases.map(\.rawValue))
            expect("means", DeletionCertificate.ClaimLevel.allCases.map(\.rawValue))
            expect("copy.kind", DeletionCertificate.Copy.Kind.allCases.map(\.rawValue))
            expect("copy", DeletionCertificate.Copy.Disposition.allCases.map(\.rawValue))
            expect("attack", DeletionCertificate.AttackClass.allCases.map(\.rawValue))
            expect("identity", IdentityLevel.allCases.map(\.rawValue))
            expect("regime", Regime.allCases.map(\.rawValue))
            expect("class", MethodClass.allCases.map(\.rawValue))
            expect("release", ReleaseContext.allCases.map(\.rawValue))
            expect("field", IdentifierKind.allCases.map(\.rawValue))
            expect("check", RequiredChecks.known)
            expect("date.month", (1...12).map(String.init))
            let bare = try CertificateSamples.certificate()
            expect("path", bare.notRecorded)
        }
    }

    @Test(arguments: [
        ("one", [0: "other", 1: "one", 2: "other", 21: "other"]),
        ("zero-or-one", [0: "one", 1: "one", 2: "other"]),
        (
            "polish",
            [
                0: "many", 1: "one", 2: "few", 5: "many", 12: "many", 21: "many", 22: "few",
                112: "many",
            ]
        ),
        ("czech", [0: "other", 1: "one", 4: "few", 5: "other", 22: "other"]),
        (
            "east-slavic",
            [
                0: "many", 1: "one", 3: "few", 11: "many", 14: "many", 21: "one", 24: "few",
                111: "many",
            ]
        ),
        ("none", [0: "other", 1: "other"]),
    ])
    func `Numbers take the plural forms of the Unicode CLDR`(
        _ name: String, _ table: [Int: String]
    ) throws {
        let rule = try #require(PluralRule(rawValue: name))
        for (number, category) in table { #expect(rule.category(of: number) == category) }
        #expect(Set(table.values) == Set(rule.categories))
    }

    @Test func `A language is found by its tag; an unknown one names the nearest`() throws {
        #expect(try CertificateLanguage.named("de").name == "Deutsch")
        #expect(try CertificateLanguage.named("DE_at").tag == "de")
        #expect(try CertificateLanguage.named("en-GB").tag == "en")
        let error = #expect(throws: DomainError.self) { try CertificateLanguage.named("dn") }
        #expect(error?.code == .unknownName)
        #expect(error?.message.contains("de, en") == true)
    }
}
