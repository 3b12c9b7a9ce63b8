import Domain
import Foundation

/// The file of a key history: canonical JSON on one line, `keys` for readers and `statements` as
/// evidence. The two must agree.
extension KeyHistory {
    private static let type = "https://lethe.dev/key-history/v1"
    static let maximumByteCount = 16 << 20

    static let reader = StrictDocument(
        subject: "a key history", code: .malformedKeyHistory,
        remedy: "Get the file again from the issuer.")

    /// Reads a history and checks every statement in it.
    /// - Throws: `malformed-key-history` with the rule that is broken and its `FileDefect`.
    package init(parsing data: Data) throws {
        let reader = Self.reader
        let document = try reader.parse(data, maximumByteCount: Self.maximumByteCount)
        guard try reader.text("type", of: document).utf8.elementsEqual(Self.type.utf8) else {
            throw reader.error(.unexpectedValue, "Its type is not \(Self.type).")
        }
        self.init()
        let items = try reader.items("statements", of: document)
        for (index, item) in items.enumerated() {
            let place = "statements[\(index)]."
            let envelope = try Envelope(item, reader: reader, in: place, alphabets: .standard)
            do { try append(envelope) } catch let error as CertificateError {
                throw CertificateError(
                    .malformedKeyHistory, "Statement \(index + 1): \(error.message)",
                    details: ["statement": "\(index + 1)", "defect": "unexpected-value"]
                        .merging(error.details) { $1 },
                    remedy: reader.remedy, cause: error)
            }
        }
        guard !entries.isEmpty else { throw reader.error(.missing, "It holds no statement.") }
        guard document["keys"] == keyList else {
            throw reader.error(
                .unexpectedValue, "Its list of keys is not what its statements say.")
        }
        guard encoded() == data else {
            throw reader.error(.nonCanonicalForm, "It is not in its canonical form.")
        }
    }

    /// - Throws: `file-unreadable`, and what `init(parsing:)` throws.
    package init(contentsOf url: URL) throws {
        try self.init(parsing: DurableFile.read(url, atMost: Self.maximumByteCount))
    }

    /// Sorted members, no space, one line feed at the end.
    package func encoded() -> Data {
        JSONValue.sorted([
            "keys": keyList, "statements": .array(statements.map(\.document)),
            "type": .string(Self.type),
        ]).serialized() + Data("\n".utf8)
    }

    /// Writes the file durably.
    /// - Throws: `diverged-key-history` if there is a history that this one does not go on from;
    ///   it is left as it was. `file-not-written`.
    package func write(to url: URL) throws {
        if FileManager.default.fileExists(atPath: url.path) {
            try checkContinuation(of: KeyHistory(contentsOf: url))
        }
        try DurableFile.write(encoded(), to: url)
    }

    private var keyList: JSONValue {
        .array(
            entries.map { entry in
                .sorted([
                    "keyID": .string(entry.keyID.hexadecimal),
                    "notAfter": entry.notAfter.map { .string($0.description) },
                    "notBefore": .string(entry.notBefore.description),
                    "publicKey": .string(Base64.text(entry.key.derRepresentation)),
                    "replaces": entry.replaces.map { .string($0.hexadecimal) },
                    "revocationReason": entry.revocation.map { .string($0.reason.rawValue) },
                    "revokedAt": entry.revocation.map { .string($0.at.description) },
                    "role": .string(entry.role.rawValue),
                ])
            })
    }
}
