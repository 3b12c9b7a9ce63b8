import Domain
import Foundation
import TestSupport
import Testing

@Suite struct JSONParserTests {
    /// RFC 8259 leaves duplicate names to the reader; this parser refuses them, so that no two
    /// readers can see different requests in one file.
    private static let duplicateKeys = [
        "y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json",
    ]

    @Test(
        "Every case of JSONTestSuite is accepted or refused as its name says",
        arguments: try Fixtures.files(in: "json/test_parsing", extension: "json"))
    func everyCaseOfJSONTestSuiteIsAcceptedOrRefusedAsItsNameSays(_ file: URL) throws {
        let name = file.lastPathComponent
        let data = try Data(contentsOf: file)
        switch name.prefix(2) {
        case "y_" where Self.duplicateKeys.contains(name):
            let error = #expect(throws: DomainError.self) { try JSONParser.parse(data) }
            #expect(error?.details["rule"] == "the same key stands twice in one object")
        case "y_":
            let value = try JSONParser.parse(data)
            #expect(try JSONParser.parse(value.serialized()) == value)
        case "n_":
            let error = #expect(throws: DomainError.self) { try JSONParser.parse(data) }
            #expect(error?.code == .malformedJSON)
            #expect(error?.details["line"].flatMap { Int($0) } != nil)
        default: _ = try? JSONParser.parse(data)
        }
    }

    @Test("The suite is complete") func theSuiteIsComplete() throws {
        let names = try Fixtures.files(in: "json/test_parsing", extension: "json")
            .map { $0.lastPathComponent.prefix(2) }
        #expect(names.count { $0 == "y_" } == 95)
        #expect(names.count { $0 == "n_" } == 188)
        #expect(names.count { $0 == "i_" } == 35)
    }

    @Test(
        "Numbers keep their digits",
        arguments: [
            ("number_-9223372036854775809", "-9223372036854775809"),
            ("number_1.000000000000000005", "1.000000000000000005"),
            ("number_10000000000000000999", "10000000000000000999"),
            ("number_1e-999", "1E-999"), ("number_1.0", "1.0"),
        ])
    func numbersKeepTheirDigits(_ name: String, _ digits: String) throws {
        let data = try Data(
            contentsOf: Fixtures.root.appendingPathComponent("json/test_transform/\(name).json"))
        #expect(try JSONParser.parse(data) == .array([.number(digits)]))
    }

    @Test("Keys that differ only in normalisation stay apart")
    func keysThatDifferOnlyInNormalisationStayApart() throws {
        let data = try Data(
            contentsOf: Fixtures.root.appendingPathComponent(
                "json/test_transform/object_key_nfc_nfd.json"))
        let object = try JSONParser.parse(data)
        #expect(object["\u{E9}"]?.text == "NFC")
        #expect(object["e\u{301}"]?.text == "NFD")
    }

    @Test(
        "What readers disagree about is refused",
        arguments: [
            "object_same_key_different_values", "object_same_key_same_value",
            "string_1_escaped_invalid_codepoint", "string_1_invalid_codepoint",
            "string_3_invalid_codepoints",
        ])
    func whatReadersDisagreeAboutIsRefused(_ name: String) throws {
        let data = try Data(
            contentsOf: Fixtures.root.appendingPathComponent("json/test_transform/\(name).json"))
        #expect(throws: DomainError.self) { try JSONParser.parse(data) }
    }

    @Test(
        "Errors name line column and rule",
        arguments: [
            ("{\"a\": 1,\n  \"b\": tru}", 2, 8, "only true, false and null may stand unquoted"),
            ("[1,\n2,\n]", 3, 1, "a value is expected"),
            ("{\"a\": 1,\n \"a\": 2}", 2, 2, "the same key stands twice in one object"),
            ("", 1, 1, "the document ends where a value is expected"),
            ("[] x", 1, 4, "text after the end of the document"),
            ("[\"\\ud800\"]", 1, 9, "a surrogate stands alone"),
            ("{\"é\" 1}", 1, 7, "a colon is expected"),
        ])
    func errorsNameLineColumnAndRule(
        _ text: String, _ line: Int, _ column: Int, _ rule: String
    ) throws {
        let error = try #require(
            #expect(throws: DomainError.self) { try JSONParser.parse(Data(text.utf8)) })
        #expect(error.details == ["line": "\(line)", "column": "\(column)", "rule": rule])
        #expect(error.kind == .badInput)
    }

    @Test("Depth and size are limited") func depthAndSizeAreLimited() throws {
        func nested(_ depth: Int) -> Data {
            Data((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(throws: Never.self) { try JSONParser.parse(nested(32), limits: .untrusted) }
        #expect(throws: DomainError.self) { try JSONParser.parse(nested(33), limits: .untrusted) }
        let limits = JSONParser.Limits(depth: 4, byteCount: 4)
        #expect(throws: Never.self) { try JSONParser.parse(Data("[11]".utf8), limits: limits) }
        #expect(throws: DomainError.self) {
            try JSONParser.parse(Data("[111]".utf8), limits: limits)
        }
    }

    @Test("Escapes are decoded") func escapesAreDecoded() throws {
        let text = #"["\u0041\n\t\r\b\f\/\\\"", "\ud83d\udc15", "\u0000"]"#
        let items = try JSONParser.parse(Data(text.utf8)).items?.compactMap(\.text)
        #expect(items == ["A\n\t\r\u{8}\u{C}/\\\"", "\u{1F415}", "\0"])
    }
}
