import Domain
import Foundation

/// What is wrong with a signed file. The name stands in an error's details as `defect`.
package enum FileDefect: String, Sendable, CaseIterable {
    case truncated
    case oversized
    /// Not the syntax of its format at all.
    case malformed
    case duplicateKey = "duplicate-key"
    case missing
    case wrongType = "wrong-type"
    case nonCanonicalBase64 = "non-canonical-base64"
    case nonCanonicalForm = "non-canonical-form"
    case unknownAlgorithm = "unknown-algorithm"
    case unexpectedValue = "unexpected-value"
}

/// Reads members of a JSON document that is checked before it is believed, and says of each
/// deviation where it is and which rule it breaks.
struct StrictDocument {
    /// What the file should have been, e.g. `a signed certificate`.
    let subject: String
    let code: CertificateErrorCode
    let remedy: String

    /// - Throws: `code` with the defect `oversized`, `truncated`, `duplicate-key` or `malformed`.
    func parse(_ data: Data, maximumByteCount: Int) throws -> JSONValue {
        guard data.count <= maximumByteCount else {
            throw error(
                .oversized,
                "It is larger than \(maximumByteCount) bytes.")
        }
        do {
            return try JSONParser.parse(data, limits: .init(depth: 32, byteCount: data.count))
        } catch let error as DomainError {
            throw self.error(defect(error, in: data), error.message, cause: error)
        }
    }

    /// The member as text.
    func text(_ key: String, of value: JSONValue, in place: String = "") throws -> String {
        let member = try member(key, of: value, in: place)
        guard let text = member.text else { throw wrongType(key, member, "text", place) }
        return text
    }

    /// The member as bytes, from base64 text.
    func bytes(
        _ key: String, of value: JSONValue, in place: String = "",
        alphabets: Base64.Alphabets = .either
    ) throws -> Data {
        let text = try text(key, of: value, in: place)
        do { return try Base64.bytes(of: text, alphabets: alphabets) } catch {
            throw self.error(
                .nonCanonicalBase64,
                "The member \"\(place)\(key)\" is not valid base64: \(error.rawValue).")
        }
    }

    func items(_ key: String, of value: JSONValue, in place: String = "") throws -> [JSONValue] {
        let member = try member(key, of: value, in: place)
        guard let items = member.items else { throw wrongType(key, member, "array", place) }
        return items
    }

    /// The member as an object.
    func object(_ key: String, of value: JSONValue, in place: String = "") throws -> JSONValue {
        let member = try member(key, of: value, in: place)
        guard member.members != nil else { throw wrongType(key, member, "object", place) }
        return member
    }

    func time(_ key: String, of value: JSONValue, in place: String = "") throws -> Timestamp {
        let text = try text(key, of: value, in: place)
        // Only the one form in which times are written, so that no second text means the same.
        guard let time = Timestamp(text), time.description.utf8.elementsEqual(text.utf8) else {
            throw error(
                .unexpectedValue,
                "The member \"\(place)\(key)\" is not a time like 2026-03-05T09:14:00Z.")
        }
        return time
    }

    func digest(_ key: String, of value: JSONValue, in place: String = "") throws -> Digest {
        guard let digest = Digest(hexadecimal: try text(key, of: value, in: place)) else {
            throw error(
                .unexpectedValue,
                "The member \"\(place)\(key)\" is not 64 lower-case hexadecimal digits.")
        }
        return digest
    }

    func isPresent(_ key: String, in value: JSONValue) -> Bool { value[key] != nil }

    func error(
        _ defect: FileDefect, _ rule: String, cause: (any Error)? = nil
    ) -> CertificateError {
        CertificateError(
            code, "This is not \(subject). \(rule)",
            details: ["rule": rule, "defect": defect.rawValue], remedy: remedy, cause: cause)
    }

    private func member(_ key: String, of value: JSONValue, in place: String) throws -> JSONValue {
        guard value.members != nil else {
            throw error(
                .wrongType,
                place.isEmpty
                    ? "The document is a JSON \(value.typeName), not an object."
                    : "\"\(place.dropLast())\" is of type \(value.typeName), not object.")
        }
        guard let member = value[key] else {
            throw error(.missing, "The member \"\(place)\(key)\" is missing.")
        }
        return member
    }

    private func wrongType(
        _ key: String, _ member: JSONValue, _ expected: String, _ place: String
    ) -> CertificateError {
        error(
            .wrongType,
            "The member \"\(place)\(key)\" is of type \(member.typeName), not \(expected).")
    }

    /// The parser names the place where it stopped; at the very end the rest is missing.
    private func defect(_ error: DomainError, in data: Data) -> FileDefect {
        if error.details["rule"]?.contains("same key") == true { return .duplicateKey }
        let lineCount = data.count { $0 == 10 } + 1
        let lastLine = data.count - (data.lastIndex(of: 10).map { $0 + 1 - data.startIndex } ?? 0)
        return error.details["line"] == "\(lineCount)"
            && error.details["column"] == "\(lastLine + 1)" ? .truncated : .malformed
    }
}

extension JSONValue {
    /// An object with its members sorted by the bytes of their keys; members without a value are
    /// left out.
    static func sorted(_ members: [String: JSONValue?]) -> JSONValue {
        .object(
            members.compactMap { key, value in value.map { Member(key, $0) } }
                .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    }
}
