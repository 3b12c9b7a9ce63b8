import Foundation

/// The one way values are written as JSON: sorted keys, so that equal values give equal bytes.
package enum CanonicalJSON {
    /// One line, for digests and chains.
    package static func compact(_ value: some Encodable) throws -> Data {
        try encoder([.sortedKeys, .withoutEscapingSlashes]).encode(value)
    }

    /// Indented, for people and `--json`.
    package static func pretty(_ value: some Encodable) throws -> Data {
        try encoder([.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]).encode(value)
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws
        -> Value
    {
        do { return try JSONDecoder().decode(type, from: data) } catch {
            throw DomainError(
                .unexpectedJSON, "A stored \(type) does not have the expected form.",
                remedy: "The file was changed or written by another version.", cause: error)
        }
    }

    private static func encoder(_ formatting: JSONEncoder.OutputFormatting) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        return encoder
    }
}
