import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// What the index makes of usual lines quickly must be what its careful readers make of them.
struct FastPathTests {
    /// Values that look usual and are not quite.
    private static let values: [(kind: IdentifierKind, value: String)] = [
        (.email, "jane.doe@example.com"), (.email, "Jane.Doe@Example.com"),
        (.email, "j.a.n.e@gmail.com"), (.email, "jane+x@googlemail.com"),
        (.email, "jane%40example.com"), (.email, "<jane@example.com>"),
        (.phone, "133-495-2856"), (.phone, "1 133 495 2856"), (.phone, "+49 30 1234567"),
        (.phone, "0049301234567"), (.phone, "011 49 30 1234567"), (.phone, "030 1234567"),
        (.phone, "721-625-3765 ext. 12"), (.phone, "555"), (.name, "Jane Doe"),
        (.name, "jane"), (.name, "Dr. Jane Doe"), (.name, "Jane  Doe"), (.name, "Mr Doe"),
        (.name, "Jane de la Cruz"), (.name, "Jürgen Doe"), (.name, "Doe, Jane"),
        (.nationalID, "900-99-5326"), (.nationalID, "QQ 12 34 56 C"),
        (.dateOfBirth, "1984-12-31"), (.dateOfBirth, "December 31, 1984"),
        (.address, "12 Main Street, Springfield"), (.username, "@jane_doe"),
        (.username, "https://x.com/jane_doe"), (.customerID, "K-44-17"),
        (.customerID, "a&b%41-7"), (.customerID, "p11"),
    ]

    @Test func `a declared value is found by itself, however plainly its line is written`() throws {
        let scene = try LineageScene()
        // The same records twice: as usual lines, and with an escape that leaves them to the parser.
        for isEscaped in [false, true] {
            try scene.add(
                isEscaped ? "escaped" : "plain",
                try Self.values.enumerated().map { index, entry in
                    let value = String(
                        decoding: try CanonicalJSON.compact(entry.value), as: UTF8.self)
                    let key = isEscaped ? "\\u0069d" : "id"
                    return
                        "{\"\(key)\": \"\(isEscaped ? "e" : "p")\(index)\", \"text\": \"A note.\","
                        + " \"metadata\": {\"values\": {\"\(entry.kind.rawValue)\": \(value)}}}"
                })
        }
        for (index, entry) in Self.values.enumerated() {
            let found = try scene.found(entry.kind, entry.value)
            #expect(found.contains("p\(index)"), "\(entry.kind) \(entry.value), plain")
            #expect(found.contains("e\(index)"), "\(entry.kind) \(entry.value), escaped")
            let plain = Set(found.filter { $0.hasPrefix("p") }.map { $0.dropFirst() })
            let escaped = Set(found.filter { $0.hasPrefix("e") }.map { $0.dropFirst() })
            #expect(plain == escaped, "\(entry.kind) \(entry.value)")
        }
    }

    @Test func `a subject is found by its id, with and without separators`() throws {
        let scene = try LineageScene()
        try scene.add([
            #"{"id": "a", "text": "A note.", "subjects": ["cust-4711"]}"#,
            #"{"id": "b", "text": "A note.", "subjects": ["Cust-4711"]}"#,
            #"{"id": "c", "text": "A note.", "subjects": ["cust%2D4711"]}"#,
        ])
        #expect(try scene.found(.customerID, "cust-4711") == ["a", "b", "c"])
        #expect(try scene.found(.customerID, "cust4711") == ["a", "b", "c"])
    }
}
