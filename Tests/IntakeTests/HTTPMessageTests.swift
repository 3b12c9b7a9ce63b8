import Domain
import Foundation
import Intake
import TestSupport
import Testing

@Suite struct HTTPMessageTests {
    private static let own =
        "{\"lethe\": 1, \"id\": \"R-1\", \"subject\": {\"identifiers\": [{\"type\": \"name\", \"value\": \"M\"}]}}"

    private func read(_ text: String) throws -> [ParsedRequest] {
        try parseRequests(Data(text.utf8), sourceName: "m", format: nil)
    }

    @Test("Any format may come as a message, with either line end")
    func anyFormatMayComeAsAMessageWithEitherLineEnd() throws {
        for end in ["\n", "\r\n"] {
            let head = ["POST /deletions HTTP/1.1", "Host: x", "X-A:", "", Self.own]
            #expect(try read(head.joined(separator: end)).map(\.request.sourceID) == ["R-1"])
        }
        let xml = try fixture("requests/own/minimal.xml")
        let message = Data("PUT / HTTP/1.0\n\n".utf8) + xml
        let parsed = try parseRequests(message, sourceName: "m", format: nil)
        #expect(parsed.map(\.formatID) == ["lethe-xml"])
    }

    @Test("Positions are those of the file") func positionsAreThoseOfTheFile() throws {
        let error = try refusal("POST / HTTP/1.1\r\nHost: x\r\n\r\n{\"lethe\": 1,\r\n \"id\" 7}")
        #expect(error.details["line"] == "5")
        #expect(error.details["column"] == "7")
        let xml = try refusal("POST / HTTP/1.1\n\n<a>\n<b></a>")
        #expect(xml.details["line"] == "4")
    }

    @Test(
        "A broken message is refused with the line",
        arguments: [
            (
                "POST x HTTP/1.1\n\n{}", "1",
                "the request line must be a method, a path and HTTP/1.1"
            ),
            (
                "POST / x HTTP/1.1\n\n{}", "1",
                "the request line must be a method, a path and HTTP/1.1"
            ),
            ("HTTP/1.1 200 OK\n\n{}", "1", "this is an HTTP response, not a request"),
            (
                "POST / HTTP/1.1\nno colon here\n\n{}", "2",
                "a header line is a name, a colon and a value; a blank line ends the headers"
            ),
            (
                "POST / HTTP/1.1\nA: b\n folded\n\n{}", "3",
                "a header line is a name, a colon and a value; a blank line ends the headers"
            ),
            ("POST / HTTP/1.1\nA: b\u{1}\n\n{}", "2", "a header holds a control character"),
        ])
    func aBrokenMessageIsRefusedWithTheLine(_ text: String, _ line: String, _ rule: String) throws {
        let error = try refusal(text)
        #expect(error.details["line"] == line)
        #expect(error.details["rule"] == rule)
    }

    @Test("The body is as long as its header says") func theBodyIsAsLongAsItsHeaderSays() throws {
        let count = Self.own.utf8.count
        func message(_ header: String, _ body: String) -> String {
            "POST / HTTP/1.1\nContent-Length: \(header)\n\n\(body)"
        }
        #expect(try read(message("\(count)", Self.own + "\n")).count == 1)
        for (header, body) in [
            ("\(count + 1)", Self.own), ("\(count - 1)", Self.own), ("-1", Self.own),
            ("99999999999999999999", Self.own), ("x", Self.own), ("\(count)", Self.own + "{}"),
        ] {
            #expect(
                try refusal(message(header, body)).details["path"] == "header Content-Length")
        }
        let chunked = "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n5\n{}"
        #expect(try refusal(chunked).details["path"] == "header Transfer-Encoding")
    }

    /// The signed fixtures have line feeds; on the wire lines end with CR LF.
    @Test("A signature holds whatever the line end of the headers")
    func aSignatureHoldsWhateverTheLineEndOfTheHeaders() throws {
        for name in ["opendsr-rsa.http", "drp-deletion.http", "shopify-redact.http"] {
            let text = String(decoding: try fixture("requests/signed/\(name)"), as: UTF8.self)
            let wire = text.replacingOccurrences(of: "\n", with: "\r\n")
            #expect(wire != text)
            let parsed = try signed(Data(wire.utf8), testKeys())
            #expect(parsed.request.authenticity.isVerified)
            #expect(parsed == (try signed(name, testKeys())))
        }
    }

    @Test("Two values of one header are not believed")
    func twoValuesOfOneHeaderAreNotBelieved() throws {
        let text = String(
            decoding: try fixture("requests/signed/shopify-redact.http"), as: UTF8.self)
        let doubled = text.replacingOccurrences(
            of: "X-Shopify-Hmac-SHA256:",
            with: "x-shopify-hmac-sha256: AAAA\nX-Shopify-Hmac-SHA256:")
        let error = try #require(
            #expect(throws: IntakeError.self) { try signed(Data(doubled.utf8), testKeys()) })
        #expect(error.details["rule"] == "the header stands twice with different values")
    }

    @Test("Headers without end are refused") func headersWithoutEndAreRefused() throws {
        let many = "POST / HTTP/1.1\n" + String(repeating: "A: b\n", count: 200_000)
        #expect(try refusal(many).details["rule"] == "the headers are too long")
        let long = "POST / HTTP/1.1\nX-OpenDSR-Signature: " + String(repeating: "A\n", count: 9_000)
        #expect(try refusal(long).details["rule"] == "the headers are too long")
    }
}
