/// A value that may be personal data. It shows itself as `[redacted]` in descriptions, logs, mirrors
/// and encodings; only code that asks for `revealed` by name gets at it.
package struct Sensitive<Value: Sendable>: Sendable, CustomStringConvertible,
    CustomDebugStringConvertible, CustomReflectable, Encodable
{
    package let revealed: Value

    package init(_ value: Value) { revealed = value }

    package var description: String { "[redacted]" }
    package var debugDescription: String { "[redacted]" }
    package var customMirror: Mirror { Mirror(self, children: []) }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Sensitive: Equatable where Value: Equatable {}
extension Sensitive: Hashable where Value: Hashable {}
