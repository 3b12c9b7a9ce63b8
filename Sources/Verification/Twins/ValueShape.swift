import Domain

/// What a person's value and a twin's must have in common to be written alike: the class of every
/// character, or the parts an address has.
///
/// A typed value without a known shape has none: free text, names, and whatever follows from names.
package struct ValueShape: Hashable, Sendable, CustomStringConvertible {
    /// For numbers and codes `9` for a digit, `A` and `a` for letters, all else as it stands; else
    /// the name of the form.
    package let description: String

    package init?(of value: String, kind: IdentifierKind) {
        switch kind {
        case .dateOfBirth:
            guard CalendarDate(value) != nil else { return nil }
            description = "date"
        case .address:
            guard let parts = AddressParts(value) else { return nil }
            let number = HouseNumber(street: parts.street)
            description =
                "address" + (number == nil ? " without number" : "")
                + (parts.unit == nil ? "" : " with unit")
        case .phone, .nationalID, .customerID:
            let mask = characterClasses(of: value)
            guard mask.utf8.contains(UInt8(ascii: "9")) else { return nil }
            description = mask
        case .email, .name, .username, .text, .recordID: return nil
        }
    }
}

/// `9` for each digit, `A` and `a` for each letter, everything else as it stands.
func characterClasses(of value: String) -> String {
    String(
        decoding: value.utf8.map { byte in
            switch byte {
            case 48...57: UInt8(ascii: "9")
            case 65...90: UInt8(ascii: "A")
            case 97...122: UInt8(ascii: "a")
            default: byte
            }
        }, as: UTF8.self)
}

/// The number before a street's name: `101` of `101 West Place`.
struct HouseNumber {
    let number: String
    let streetName: String

    /// - Returns: nil if the street does not begin with a digit and a further word.
    init?(street: String) {
        guard let space = street.firstIndex(of: " "),
            let first = street.utf8.first, (48...57).contains(first)
        else { return nil }
        number = String(street[..<space])
        streetName = String(street[street.index(after: space)...])
    }
}
