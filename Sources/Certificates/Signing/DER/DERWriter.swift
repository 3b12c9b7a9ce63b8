import Foundation

/// Writes ASN.1 in the distinguished encoding (DER).
enum DERWriter {
    static func element(_ tag: UInt8, _ content: Data) -> Data {
        var length: [UInt8] = []
        if content.count < 0x80 {
            length = [UInt8(content.count)]
        } else {
            var rest = content.count
            while rest > 0 {
                length.insert(UInt8(rest & 0xFF), at: 0)
                rest >>= 8
            }
            length.insert(0x80 | UInt8(length.count), at: 0)
        }
        return Data([tag] + length) + content
    }

    static func sequence(_ parts: [Data]) -> Data {
        element(DERReader.Tag.sequence, parts.reduce(Data(), +))
    }

    static func octetString(_ content: Data) -> Data {
        element(DERReader.Tag.octetString, content)
    }

    static let null = element(DERReader.Tag.null, Data())

    static func boolean(_ value: Bool) -> Data {
        element(DERReader.Tag.boolean, Data([value ? 0xFF : 0]))
    }

    /// A whole number that is not negative, from big-endian bytes.
    static func unsignedInteger(_ bytes: Data) -> Data {
        var digits = Array(bytes.drop { $0 == 0 })
        if digits.isEmpty || digits[0] >= 0x80 { digits.insert(0, at: 0) }
        return element(DERReader.Tag.integer, Data(digits))
    }

    /// - Parameter value: not negative.
    static func unsignedInteger(_ value: Int) -> Data {
        unsignedInteger(Data((0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }))
    }

    static func objectIdentifier(_ value: ObjectIdentifierText) -> Data {
        element(DERReader.Tag.objectIdentifier, value.content)
    }
}
