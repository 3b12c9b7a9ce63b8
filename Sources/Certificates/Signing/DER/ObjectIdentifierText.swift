import Foundation

/// An ASN.1 object identifier as its dotted decimal text, e.g. `1.3.101.112`.
struct ObjectIdentifierText: Hashable, Sendable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    let description: String

    /// Only for identifiers written in the source.
    init(stringLiteral value: String) { description = value }

    /// - Parameter text: dotted decimal, at least two numbers; the first is 0, 1 or 2, and the
    ///   second below 40 after 0 and 1.
    init?(_ text: String) {
        let words = text.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = words.compactMap { UInt64($0) }
        guard numbers.count == words.count, numbers.count >= 2,
            numbers.allSatisfy({ $0 < 1 << 63 }), numbers[0] <= 2,
            numbers[1] < (numbers[0] == 2 ? 1 << 32 : 40),
            numbers.map({ "\($0)" }).joined(separator: ".") == text
        else { return nil }
        description = text
    }

    /// From the content of a DER value: base-128 numbers, shortest form, each below 2^63.
    init?(content: Data) {
        var numbers: [UInt64] = []
        var value: UInt64 = 0
        var isInside = false
        for byte in content {
            guard isInside || byte != 0x80, value < 1 << 56 else { return nil }
            value = value << 7 | UInt64(byte & 0x7F)
            isInside = byte >= 0x80
            if !isInside {
                numbers.append(value)
                value = 0
            }
        }
        guard !isInside, let first = numbers.first else { return nil }
        let top = min(first / 40, 2)
        description = ([top, first - 40 * top] + numbers.dropFirst()).map { "\($0)" }
            .joined(separator: ".")
    }

    /// The content of its DER value.
    var content: Data {
        let numbers = description.split(separator: ".").compactMap { UInt64($0) }
        guard numbers.count >= 2 else { return Data() }
        let values = [numbers[0] * 40 + numbers[1]] + numbers.dropFirst(2)
        return Data(
            values.flatMap { value in
                var digits = [UInt8(value & 0x7F)]
                var rest = value >> 7
                while rest > 0 {
                    digits.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
                    rest >>= 7
                }
                return digits
            })
    }
}
