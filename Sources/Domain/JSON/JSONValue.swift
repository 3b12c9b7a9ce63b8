/// A JSON document as it stands in its file: members in order, numbers as written.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The number's own text, e.g. `1e-5`; nothing is lost by reading it.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Sendable, Equatable {
        package let key: String
        package let value: JSONValue
        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The member of an object with exactly these bytes as its key.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    package var text: String? {
        if case .string(let value) = self { value } else { nil }
    }
    package var boolean: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }
    /// The number as an integer, if it is written as one and fits.
    package var integer: Int? {
        if case .number(let value) = self { Int(value) } else { nil }
    }
    package var real: Double? {
        if case .number(let value) = self { Double(value) } else { nil }
    }
    package var items: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }
    package var members: [Member]? {
        if case .object(let value) = self { value } else { nil }
    }
    package var isNull: Bool { self == .null }

    /// `object`, `array`, ... for messages.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
