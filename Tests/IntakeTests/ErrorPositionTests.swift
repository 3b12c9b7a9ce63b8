import Domain
import Foundation
import Intake
import TestSupport
import Testing

/// One bad file and where its fault is.
struct FaultCase: Sendable, CustomTestStringConvertible {
    let file: String
    let code: IntakeErrorCode
    let line: Int?
    let column: Int?
    let path: String?
    let rule: String

    var testDescription: String { file }

    init(
        _ file: String, code: IntakeErrorCode = .invalidRequest, line: Int? = nil,
        column: Int? = nil, path: String? = nil, _ rule: String
    ) {
        (self.file, self.code, self.line, self.column) = (file, code, line, column)
        (self.path, self.rule) = (path, rule)
    }
}

@Suite struct ErrorPositionTests {
    private static let value = "subject.identifiers[0].value"
    private static let keys =
        "lethe, id, receivedAt, regime, subject, ground, scope, note"
    private static let kinds =
        "email, phone, name, address, username, text, national-id, customer-id, date-of-birth, "
        + "record-id"

    private static let jsonFaults: [FaultCase] = [
        .init("version.json", path: "lethe", "the version of the format must be the number 1"),
        .init("version-missing.json", "the key lethe is missing"),
        .init("id-number.json", path: "id", "a string is expected, not a number"),
        .init("id-blank.json", path: "id", "the request id is empty"),
        .init("id-control.json", path: "id", "the request id holds a control character"),
        .init("id-long.json", path: "id", "the request id has 257 bytes; at most 256 are accepted"),
        .init("unknown-key.json", path: "recievedAt", "the key is unknown; known are \(keys)"),
        .init(
            "unknown-key-in-identifier.json", path: "subject.identifiers[0].kind",
            "the key is unknown; known are type, value, format"),
        .init(
            "key-like-address.json",
            "there is an unknown key, not shown here; known are \(keys)"),
        .init("subject-text.json", path: "subject", "an object is expected, not a string"),
        .init("identifiers-missing.json", path: "subject", "the key identifiers is missing"),
        .init(
            "identifiers-empty.json", path: "subject.identifiers",
            "a request needs at least one identifier of the person"),
        .init(
            "identifiers-many.json", path: "subject.identifiers",
            "there are 257 identifiers; at most 256 are accepted"),
        .init(
            "type-unknown.json", path: "subject.identifiers[0].type",
            "the value is not one of \(kinds)"),
        .init("value-empty.json", path: value, "the identifier value is empty"),
        .init("value-nul.json", path: value, "the identifier value holds a control character"),
        .init(
            "value-long.json", path: value,
            "the identifier value has 4097 bytes; at most 4096 are accepted"),
        .init(
            "email-two-at.json", path: value,
            "an e-mail address has exactly one @, text on both sides and no white space"),
        .init("phone-short.json", path: value, "a telephone number has at least 5 digits"),
        .init(
            "birth-date-impossible.json", path: value,
            "a date of birth is a calendar date written year-month-day, e.g. 1984-12-31"),
        .init(
            "hash-upper.json", path: value,
            "a sha256 value must be 64 lower-case hexadecimal digits"),
        .init(
            "time-no-offset.json", path: "receivedAt",
            "the time is not RFC 3339, e.g. 2026-03-05T09:14:00Z or 2026-03-05"),
        .init(
            "regime-unknown.json", path: "regime",
            "the value is not one of gdpr-eu, gdpr-uk, ccpa"),
        .init("ground-null.json", path: "ground", "a string is expected, not a null"),
        .init("scope-number.json", path: "scope[0]", "a string is expected, not a number"),
        .init("array-of-text.json", path: "[1]", "an object is expected, not a string"),
        .init(
            "duplicate-id.json", code: .duplicateID, path: "[2].id",
            "the request id is the same as at [0].id; ids must be unique"),
        .init(
            "duplicate-key.json", code: .malformedDocument, line: 1, column: 27,
            "the same key stands twice in one object"),
        .init(
            "trailing-comma.json", code: .malformedDocument, line: 3, column: 61,
            "a value is expected"),
    ]

    private static let xmlFaults: [FaultCase] = [
        .init(
            "root.xml", line: 1, path: "?",
            "the root must be deletionRequest or deletionRequests in the namespace "
                + "urn:lethe:deletion-request:1"),
        .init(
            "id-missing.xml", line: 1, path: "deletionRequest", "the attribute id is missing"),
        .init("id-empty.xml", line: 1, path: "deletionRequest/@id", "the value is empty"),
        .init(
            "attribute-unknown.xml", line: 1, path: "deletionRequest",
            "there is an unknown attribute"),
        .init(
            "element-unknown.xml", line: 1, path: "deletionRequest/?",
            "this element is not expected here; the order is subject, ground, scope, note"),
        .init(
            "subject-empty.xml", line: 2, path: "deletionRequest/subject[1]",
            "subject, with at least one identifier, is expected once"),
        .init(
            "type-unknown.xml", line: 3, path: "deletionRequest/subject[1]/identifier[1]/@type",
            "the value is not one of \(kinds)"),
        .init(
            "type-missing.xml", line: 1, path: "deletionRequest/subject[1]/identifier[1]",
            "the attribute type is missing"),
        .init(
            "email-two-at.xml", line: 3, path: "deletionRequest/subject[1]/identifier[1]",
            "an e-mail address has exactly one @, text on both sides and no white space"),
        .init(
            "value-line-break.xml", line: 1, path: "deletionRequest/subject[1]/identifier[1]",
            "the identifier value holds a control character"),
        .init(
            "text-between.xml", line: 1, path: "deletionRequest",
            "there is text where only elements are expected"),
        .init(
            "time-words.xml", line: 1, path: "deletionRequest/@receivedAt",
            "the time is not RFC 3339, e.g. 2026-03-05T09:14:00Z or 2026-03-05"),
        .init(
            "duplicate-id.xml", code: .duplicateID, line: 3,
            path: "deletionRequests/deletionRequest[2]/@id",
            "the request id is the same as at line 2, deletionRequests/deletionRequest[1]/@id; "
                + "ids must be unique"),
        .init(
            "schema-location.xml", line: 1,
            "attributes of the namespace XMLSchema-instance are not accepted"),
        .init("doctype.xml", code: .malformedDocument, line: 1, "a DOCTYPE is not accepted"),
        .init(
            "doctype-internal.xml", code: .malformedDocument, line: 2, "a DOCTYPE is not accepted"),
        .init(
            "doctype-external.xml", code: .malformedDocument, line: 1, "a DOCTYPE is not accepted"),
        .init(
            "entity.xml", code: .malformedDocument, line: 2, column: 40,
            "only the entities amp, lt, gt, quot and apos exist"),
        .init(
            "latin-1.xml", code: .malformedDocument, line: 1,
            "the XML declaration names an encoding other than UTF-8"),
        .init(
            "tag-mismatch.xml", code: .malformedDocument, line: 2, column: 20,
            "an end tag does not match its start tag"),
        .init(
            "text-after.xml", code: .malformedDocument, line: 2, column: 1,
            "there is text after the root element"),
        .init(
            "deep.xml", code: .malformedDocument, line: 1, "nesting is deeper than 32 levels"),
    ]

    @Test("The error names the file position and rule", arguments: jsonFaults + xmlFaults)
    func theErrorNamesTheFilePositionAndRule(_ fault: FaultCase) throws {
        let error = try refusal(fixture("requests/own/\(fault.file)"), source: "in/\(fault.file)")
        #expect(error.code == fault.code)
        #expect(error.details["line"] == fault.line.map(String.init))
        #expect(error.details["column"] == fault.column.map(String.init))
        #expect(error.details["path"] == fault.path)
        #expect(error.details["rule"] == fault.rule)
        #expect(error.message.hasSuffix(": \(fault.rule)."))
        #expect(error.message.hasPrefix("in/\(fault.file)"))
    }

    @Test("A misspelt key is answered with the nearest one")
    func aMisspeltKeyIsAnsweredWithTheNearestOne() throws {
        let error = try refusal(fixture("requests/own/unknown-key.json"), source: "r.json")
        #expect(
            error.description
                == "r.json, recievedAt: the key is unknown; known are \(Self.keys). "
                + "Did you mean \"receivedAt\"?")
    }

    @Test("Files that are no text are refused") func filesThatAreNoTextAreRefused() throws {
        #expect(try refusal("").details["rule"] == "the file is empty")
        let nul = try refusal("{\"lethe\": 1,\n\"id\": \"a\0\"}")
        #expect(nul.code == .unreadableText)
        #expect(nul.details["line"] == "2")
        #expect(nul.details["column"] == "9")
        let latin = try refusal(Data("<a>\n".utf8) + Data([0x4D, 0xE4, 0x72, 0x61]))
        #expect(latin.message == "file, line 2, column 2: the file is not valid UTF-8.")
        let surrogate = try refusal(Data([0x7B, 0xED, 0xA0, 0x80]))
        #expect(surrogate.details["column"] == "2")
        let utf16 = try refusal(Data([0xFF, 0xFE, 0x3C, 0x00]))
        #expect(utf16.code == .unreadableText)
    }

    @Test("A file of one mebibyte is read and one byte more is not")
    func aFileOfOneMebibyteIsReadAndOneByteMoreIsNot() throws {
        let request = try fixture("requests/own/minimal.json")
        let padding = Data(repeating: 32, count: (1 << 20) - request.count)
        #expect(
            try parseRequests(request + padding, sourceName: "f", format: nil).count == 1)
        let error = try refusal(request + padding + Data(" ".utf8))
        #expect(error.code == .unreadableText)
        #expect(
            error.details["rule"] == "the file has 1048577 bytes; at most 1048576 are accepted")
    }

    @Test("What is in no known format is said so") func whatIsInNoKnownFormatIsSaidSo() throws {
        for text in ["hello", "{\"kind\": \"erase\"}", "[]", "[1]", "  ", "null", "\"lethe\""] {
            let code = try refusal(text).code
            #expect(code == .unrecognisedFormat)
        }
        #expect(try refusal("{\"kind\" \"erase\"}").code == .malformedDocument)
        #expect(try refusal("null", format: "lethe-json").code == .invalidRequest)
        let empty = try refusal("[]", format: "lethe-json")
        #expect(empty.details["rule"] == "the file holds no request")
    }
}
