import Domain
import Foundation

/// What stands in the log about one thing that was signed.
///
/// The log is public and cannot forget, so an entry holds only a digest, and a digest of something
/// that nobody can guess: the payload of a certificate holds a random salt and that of a revocation the
/// certificate's digest, because a digest of predictable content could be matched by anyone who suspects
/// what it says.
package struct LogEntry: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case certificate
        case revocation
        /// A key that signs from now on, or its rotation or withdrawal.
        case signingKey = "signing-key"
    }

    static let type = "https://lethe.dev/log-entry/v1"
    static let maximumByteCount = 1 << 10

    package let kind: Kind
    /// SHA-256 of the payload that was signed, byte for byte.
    package let sha256: Digest
    /// The key that signed it.
    package let keyID: Digest
    private let type: String

    package init(kind: Kind, payload: Data, keyID: Digest) {
        self.init(kind: kind, sha256: Digest(of: payload), keyID: keyID)
    }

    package init(kind: Kind, sha256: Digest, keyID: Digest) {
        self.kind = kind
        self.sha256 = sha256
        self.keyID = keyID
        type = Self.type
    }

    /// Reads an entry of the log; takes only the one form that `encoded` writes.
    /// - Throws: `malformed-log-entry`.
    package init(parsing data: Data) throws {
        let document: JSONValue
        do {
            document = try JSONParser.parse(
                data, limits: .init(depth: 2, byteCount: Self.maximumByteCount))
        } catch let error as DomainError {
            throw Self.malformed(error.message, cause: error)
        }
        guard let members = document.members else { throw Self.malformed("It is no JSON object.") }
        guard document["type"]?.text?.utf8.elementsEqual(Self.type.utf8) == true else {
            throw Self.malformed("Its type is not \(Self.type).")
        }
        guard let kind = document["kind"]?.text.flatMap(Kind.init(rawValue:)) else {
            throw Self.malformed("Its kind is missing or not known.")
        }
        guard let sha256 = document["sha256"]?.text.flatMap(Digest.init(hexadecimal:)),
            let keyID = document["keyID"]?.text.flatMap(Digest.init(hexadecimal:))
        else {
            throw Self.malformed("Its sha256 or keyID is not 64 lower-case hexadecimal digits.")
        }
        self.init(kind: kind, sha256: sha256, keyID: keyID)
        guard members.count == 4, try encoded() == data else {
            throw Self.malformed("It is not written in the one canonical form.")
        }
    }

    /// Canonical JSON: one line, sorted keys, about 230 bytes.
    package func encoded() throws -> Data { try CanonicalJSON.compact(self) }

    private static func malformed(_ rule: String, cause: (any Error)? = nil) -> CertificateError {
        CertificateError(
            .malformedLogEntry, "This is not an entry of a log of certificates. \(rule)",
            details: ["rule": rule], remedy: "Get the entry again from the log.", cause: cause)
    }
}
