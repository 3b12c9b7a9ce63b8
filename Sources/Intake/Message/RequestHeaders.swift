import Domain

/// What travels beside a request's body: the header fields, and the request line if it is known.
package struct RequestHeaders: Sendable, Equatable {
    package struct Field: Sendable, Equatable {
        package let name: String
        /// May hold a token or a signature.
        package let value: Sensitive<String>

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = Sensitive(value)
        }
    }

    /// `POST`, `DELETE`, ...
    package let method: String?
    /// The path that was asked for, e.g. `/requests/3f0c2a94-...`.
    package let target: String?
    package let fields: [Field]

    /// No headers: the body alone.
    package static let none = RequestHeaders([])

    package init(method: String? = nil, target: String? = nil, _ fields: [Field]) {
        self.method = method
        self.target = target
        self.fields = fields
    }

    /// Whether a field of this name is there; names differ in case only.
    func has(_ name: String) -> Bool { fields.contains { Self.isSame($0.name, name) } }

    /// The value of a field, nil if it is absent.
    /// - Throws: `invalid-request` if it stands twice with different values: two readers could
    ///   believe different ones.
    func value(_ name: String) throws -> String? {
        let values = fields.filter { Self.isSame($0.name, name) }.map(\.value.revealed)
        guard let first = values.first else { return nil }
        guard values.allSatisfy({ $0.utf8.elementsEqual(first.utf8) }) else {
            throw RequestFault(
                "the header stands twice with different values", at: Place(path: "header \(name)"))
        }
        return first
    }

    /// Header names are ASCII without regard to case (RFC 9110, 5.1).
    private static func isSame(_ a: String, _ b: String) -> Bool {
        a.lowercased().utf8.elementsEqual(b.lowercased().utf8)
    }
}
