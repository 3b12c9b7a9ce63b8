import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// Erasing parts of a record that concerns others too.
struct RedactionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let title: String
        let line: String
        let spans: [RecordSpan]
        let expected: String
        var testDescription: String { title }
    }

    private static func text(_ range: Range<Int>) -> RecordSpan {
        RecordSpan(field: ["text"], bytes: range)
    }

    static let cases = [
        Case(
            title: "one span", line: #"{"text": "Ann met Bob." , "id":"r"}"#, spans: [text(0..<3)],
            expected: #"{"text": "[erased] met Bob." , "id":"r"}"#),
        Case(
            title: "two spans, given backwards",
            line: #"{"id":"r","text":"Ann met Bob, Ann left."}"#,
            spans: [text(13..<16), text(0..<3)],
            expected: #"{"id":"r","text":"[erased] met Bob, [erased] left."}"#),
        Case(
            title: "behind escapes",
            line: #"{"id":"r","text":"\"\u00e9\ud83d\ude00\n\u0041Ann\""}"#,
            spans: [text(9..<12)],
            expected: #"{"id":"r","text":"\"\u00e9\ud83d\ude00\n\u0041[erased]\""}"#
        ),
        Case(
            title: "an escaped character", line: #"{"id":"r","text":"a\ud83d\ude00b"}"#,
            spans: [text(1..<5)], expected: #"{"id":"r","text":"a[erased]b"}"#),
        Case(
            title: "letters of several bytes", line: #"{"id":"r","text":"Zoë 東京 x"}"#,
            spans: [text(2..<4), text(5..<11)],
            expected: #"{"id":"r","text":"Zo[erased] [erased] x"}"#),
        Case(
            title: "within metadata and subjects",
            line:
                #"{"id":"r","subjects":["s1","s2"],"metadata":{"values":{"email":"a@b.example"}},"text":"x y"}"#,
            spans: [
                RecordSpan(field: ["metadata", "values", "email"], bytes: 0..<11),
                RecordSpan(field: ["subjects", "1"], bytes: 0..<2),
            ],
            expected:
                #"{"id":"r","subjects":["s1","[erased]"],"metadata":{"values":{"email":"[erased]"}},"text":"x y"}"#
        ),
        Case(
            title: "all of an answer",
            line: #"{"id":"r","question":"Who, \"Ann\"?","answer":"Ann {[,"}"#,
            spans: [
                RecordSpan(field: ["answer"], bytes: 0..<7),
                RecordSpan(field: ["question"], bytes: 6..<9),
            ], expected: #"{"id":"r","question":"Who, \"[erased]\"?","answer":"[erased]"}"#),
    ]

    @Test(arguments: cases)
    func `the spans are replaced, every other byte stays, and the line is read as before`(
        example: Case
    ) throws {
        let scene = try ErasureScene()
        let other = "{\"id\":\"o\",\"text\":\"another record\"}"
        let url = try scene.file("people.jsonl", "\(other)\n\(example.line)\r\n", ids: ["o", "r"])
        let result = try scene.erasure().erase(
            [], redacting: [RecordRedaction(record: scene.places.key("r"), spans: example.spans)],
            caseID: "case-1")
        #expect(try content(url) == "\(other)\n\(example.expected)\r\n")
        #expect(result.shards.map(\.redactedCount) == [1])
        #expect(result.shards.map(\.erasedCount) == [0])
        #expect(try scene.places.key("r").digest == Digest(of: example.expected))
        #expect(try scene.places.key("r").line == 2)
        #expect(try scene.index.tombstones().map(\.kind) == [.redacted])
        #expect(try readRecords(of: url).map(\.id) == ["o", "r"])
    }

    static let refused = [
        text(0..<40), text(3..<3), text(2..<3), text(4..<6),
        RecordSpan(field: ["id", "x"], bytes: 0..<1),
        RecordSpan(field: ["missing"], bytes: 0..<1), RecordSpan(field: [], bytes: 0..<1),
        RecordSpan(field: ["metadata"], bytes: 0..<1),
    ]

    /// In `Zoë 東`, `ë` stands at 2..<4 and `東` at 5..<8.
    @Test(arguments: refused)
    func `spans that do not fit the record are refused, and nothing changes`(
        span: RecordSpan
    ) throws {
        let scene = try ErasureScene()
        let line = "{\"id\":\"r\",\"text\":\"Zoë 東\",\"metadata\":{}}\n"
        let url = try scene.file("people.jsonl", line, ids: ["r"])
        let error = #expect(throws: LineageError.self) {
            try scene.erasure().erase(
                [], redacting: [RecordRedaction(record: scene.places.key("r"), spans: [span])],
                caseID: "case-1")
        }
        #expect(error?.code == .malformedSpan)
        #expect(try content(url) == line)
        #expect(try scene.erasure().resumeErasures() == [])
    }

    @Test func `overlapping spans are refused`() throws {
        let scene = try ErasureScene()
        _ = try scene.file("people.jsonl", "{\"id\":\"r\",\"text\":\"abcdef\"}\n", ids: ["r"])
        let error = #expect(throws: LineageError.self) {
            try scene.erasure().erase(
                [],
                redacting: [
                    RecordRedaction(
                        record: scene.places.key("r"), spans: [Self.text(0..<3), Self.text(2..<5)])
                ], caseID: "case-1")
        }
        #expect(error?.code == .malformedSpan)
    }
}
