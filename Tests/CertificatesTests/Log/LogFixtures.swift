import Certificates
import Domain
import Foundation
import TestSupport
import Testing

/// What `make_log_fixtures.py` made without our code.
struct LogFixtures {
    static let folder = CertificateFixtures.folder.appendingPathComponent("log")

    let document: JSONValue
    let proof: Data

    init() throws {
        document = try JSONParser.parse(
            Data(contentsOf: Self.folder.appendingPathComponent("log.json")))
        proof = try Data(contentsOf: Self.folder.appendingPathComponent("python.tlog-proof"))
    }

    var key: SigningKey {
        get throws {
            try SigningKey(seed: bytes(hexadecimal: try #require(document["logSeed"]?.text)))
        }
    }
    var logKey: NoteKey { get throws { try NoteKey(vkey: text("logKey")) } }
    var witnesses: [NoteKey] { get throws { try texts("witnessKeys").map(NoteKey.init(vkey:)) } }
    var bothWitnesses: WitnessPolicy {
        get throws { try WitnessPolicy(witnesses: witnesses, threshold: 2) }
    }
    var entries: [Data] {
        (0..<(document["entryCount"]?.integer ?? 0)).map { Data("entry \($0)".utf8) }
    }
    var index: Int { document["index"]?.integer ?? 0 }

    func text(_ name: String) throws -> String { try #require(document[name]?.text) }
    func texts(_ name: String) throws -> [String] {
        try #require(document[name]?.items).compactMap(\.text)
    }
    /// Members of an object of texts, in order.
    func pairs(_ name: String) throws -> [(name: String, text: String)] {
        try #require(document[name]?.members).map { ($0.key, $0.value.text ?? "") }
    }

    /// The log of the fixture, its entries appended in calls of these sizes.
    func log(in folder: URL, calls: [Int] = [300]) throws -> TransparencyLog {
        let log = try TransparencyLog.create(at: folder, key: key, name: text("origin"))
        var rest = entries[...]
        for count in calls {
            _ = try log.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return log
    }
}

func refusal(_ body: () throws -> Void) -> CertificateErrorCode? {
    do { try body() } catch { return (error as? CertificateError)?.code }
    return nil
}
