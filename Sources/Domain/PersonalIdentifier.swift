/// The kinds of identifier a request can name a person by. The raw values are permanent.
package enum IdentifierKind: String, CaseIterable, Codable, Sendable {
    case email, phone, name, address, username, text
    case nationalID = "national-id"
    case customerID = "customer-id"
    case dateOfBirth = "date-of-birth"
    case recordID = "record-id"

    /// A strong identifier belongs to one person; a weak one (a name, a date) may be shared.
    package var isStrong: Bool {
        switch self {
        case .email, .phone, .nationalID, .customerID, .recordID, .username: true
        case .name, .address, .dateOfBirth, .text: false
        }
    }
}

/// How an identifier's value is given.
package enum IdentifierFormat: String, CaseIterable, Codable, Sendable {
    case raw
    /// SHA-256 of the normalised value, lower-case hexadecimal.
    case sha256
    /// SHA-1 of the normalised value, lower-case hexadecimal; formats of others still use it.
    case sha1
    /// MD5 of the normalised value, lower-case hexadecimal; formats of others still use it.
    case md5

    /// Length of a hash in hexadecimal digits; nil for `raw`.
    package var digitCount: Int? {
        switch self {
        case .raw: nil
        case .sha256: 64
        case .sha1: 40
        case .md5: 32
        }
    }
}

/// One thing a request says about who the person is.
package struct PersonalIdentifier: Hashable, Sendable {
    package let kind: IdentifierKind
    package let value: Sensitive<String>
    package let format: IdentifierFormat

    package init(kind: IdentifierKind, value: String, format: IdentifierFormat = .raw) {
        self.kind = kind
        self.value = Sensitive(value)
        self.format = format
    }
}
