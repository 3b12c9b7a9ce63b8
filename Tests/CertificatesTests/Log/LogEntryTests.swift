import Certificates
import Domain
import Foundation
import Testing

@Suite struct LogEntryTests {
    /// SHA-256 of "payload" and of "key", by sha256sum.
    static let payload = "239f59ed55e737c77147cf55ad0c1b030b6d7ee748a7426952f9b852d5a935e5"
    static let key = "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"
    static let text =
        #"{"keyID":"\#(key)","kind":"revocation","sha256":"\#(payload)","#
        + #""type":"https://lethe.dev/log-entry/v1"}"#

    @Test func `An entry is canonical JSON and reads back`() throws {
        let entry = LogEntry(
            kind: .revocation, payload: Data("payload".utf8), keyID: Digest(of: "key"))
        #expect(String(decoding: try entry.encoded(), as: UTF8.self) == Self.text)
        #expect(try LogEntry(parsing: Data(Self.text.utf8)) == entry)
        #expect(
            LogEntry.Kind.allCases.map(\.rawValue) == ["certificate", "revocation", "signing-key"])
    }

    @Test(arguments: [
        ("", "ends where"), (text + "\n", "canonical"), (" " + text, "canonical"),
        (text.replacing(":", with: ": "), "Its type"),
        (text.replacing("revocation", with: "Revocation"), "kind"),
        (text.replacing(payload, with: payload.uppercased()), "lower-case"),
        (text.replacing(payload, with: String(payload.dropLast())), "lower-case"),
        (text.replacing("/v1", with: "/v2"), "type"),
        (text.replacing("}", with: #","note":""}"#), "canonical"),
        (text.replacing("}", with: #","kind":"revocation"}"#), "same key"),
        (text.replacing("revocation", with: #"revo\u0063ation"#), "canonical"),
        ("[]", "no JSON object"), (text + String(repeating: " ", count: 1_024), "larger"),
    ])
    func `An entry in any other form is refused`(text: String, rule: String) {
        let error = #expect(throws: CertificateError.self) {
            try LogEntry(parsing: Data(text.utf8))
        }
        #expect(error?.code == .malformedLogEntry)
        #expect(error?.message.contains(rule) == true, "\(error?.message ?? "")")
    }

    @Test func `Every flipped bit of an entry is refused or is another entry`() throws {
        var data = Data(Self.text.utf8)
        let entry = try LogEntry(parsing: data)
        for place in data.indices {
            for bit in 0..<8 {
                data[place] ^= 1 << bit
                #expect((try? LogEntry(parsing: data)) != entry)
                data[place] ^= 1 << bit
            }
        }
    }
}
