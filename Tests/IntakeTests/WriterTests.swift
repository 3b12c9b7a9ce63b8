import Domain
import Foundation
import Intake
import TestSupport
import Testing

@Suite struct WriterTests {
    private func read(_ data: Data, _ format: String) throws -> DeletionRequest {
        let all = try parseRequests(data, sourceName: "written", format: format)
        #expect(all.count == 1)
        return try #require(all.first?.request)
    }

    private func sameBytes(_ a: DeletionRequest, _ b: DeletionRequest) -> Bool {
        func bytes(_ request: DeletionRequest) -> [[UInt8]] {
            ([request.sourceID, request.ground ?? "", request.note?.revealed ?? ""]
                + request.scope + request.identifiers.map(\.value.revealed)).map { Array($0.utf8) }
        }
        return a == b && bytes(a) == bytes(b)
    }

    @Test(
        "Both forms are lossless to and from each other",
        arguments: try ExpectedRequests.load().good)
    func bothFormsAreLosslessToAndFromEachOther(_ good: ExpectedRequests.Good) throws {
        let data = try fixture("requests/own/\(good.file)")
        for parsed in try parseRequests(data, sourceName: good.file, format: nil) {
            let json = try requestJSON(parsed.request)
            let xml = try requestXML(parsed.request)
            #expect(sameBytes(try read(json, "lethe-json"), parsed.request))
            #expect(sameBytes(try read(xml, "lethe-xml"), parsed.request))
            #expect(try requestXML(read(json, "lethe-json")) == xml)
            #expect(try requestJSON(read(xml, "lethe-xml")) == json)
        }
    }

    @Test("The written text is this") func theWrittenTextIsThis() throws {
        let request = DeletionRequest(
            sourceID: "R \"1\"", receivedAt: Timestamp(secondsSince1970: 951_825_600),
            regime: .ccpa,
            identifiers: [PersonalIdentifier(kind: .dateOfBirth, value: "1984-12-31")],
            ground: "a<b", scope: ["m & n"], note: "one\r\ntwo")
        #expect(
            try String(decoding: requestXML(request), as: UTF8.self) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <deletionRequest xmlns="urn:lethe:deletion-request:1" id="R &quot;1&quot;" \
                receivedAt="2000-02-29T12:00:00Z" regime="ccpa">
                  <subject>
                    <identifier type="date-of-birth" format="raw">1984-12-31</identifier>
                  </subject>
                  <ground>a&lt;b</ground>
                  <scope>m &amp; n</scope>
                  <note>one&#13;
                two</note>
                </deletionRequest>

                """)
        let members = try JSONParser.parse(requestJSON(request)).members?.map(\.key)
        #expect(
            members == [
                "ground", "id", "lethe", "note", "receivedAt", "regime", "scope", "subject",
            ])
    }

    /// Text in every script and with every character that a form must escape or keep.
    @Test("Random text survives both forms") func randomTextSurvivesBothForms() throws {
        var generator = SplitMix64(state: 7)
        let pieces: [String] = [
            "a", "Z", " ", "  ", "\"", "'", "&", "<", ">", "]]>", "&amp;", "\\", "/", "é",
            "e\u{301}",
            "🐕", "\u{200D}", "\u{2028}", "\u{202E}", "\u{A0}", "\u{FEFF}", "漢", "\u{10FFFD}", "%00",
            "\u{FFFD}", "<!--", "<?x", "{", "}",
        ]
        func text(_ extra: [String] = []) -> String {
            (0..<12).map { _ in (pieces + extra).randomElement(using: &generator) ?? "a" }
                .joined() + "x"
        }
        for _ in 0..<300 {
            let request = DeletionRequest(
                sourceID: text(), regime: Regime.allCases.randomElement(using: &generator),
                identifiers: [
                    PersonalIdentifier(kind: .text, value: text()),
                    PersonalIdentifier(kind: .name, value: text()),
                ], ground: text(), scope: [text(), text()], note: text(["\n", "\t", "\r", "\r\n"]))
            let fromXML = try read(requestXML(request), "lethe-xml")
            let fromJSON = try read(requestJSON(fromXML), "lethe-json")
            #expect(sameBytes(fromXML, request))
            #expect(sameBytes(fromJSON, request))
        }
    }

    @Test("What would be refused when read is not written")
    func whatWouldBeRefusedWhenReadIsNotWritten() throws {
        let bad = [
            DeletionRequest(sourceID: "R", identifiers: []),
            DeletionRequest(
                sourceID: "R", identifiers: [PersonalIdentifier(kind: .name, value: "a\u{0}b")]),
            DeletionRequest(
                sourceID: "R", identifiers: [PersonalIdentifier(kind: .name, value: "a\u{FFFE}")]),
            DeletionRequest(
                sourceID: " ", identifiers: [PersonalIdentifier(kind: .name, value: "a")]),
        ]
        for request in bad {
            let xml = #expect(throws: IntakeError.self) { try requestXML(request) }
            let json = #expect(throws: IntakeError.self) { try requestJSON(request) }
            #expect(xml?.code == .invalidRequest)
            #expect(json?.details == xml?.details)
        }
    }
}
