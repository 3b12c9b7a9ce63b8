import Foundation

/// The data types of SSH messages (RFC 4251, section 5): big-endian 32-bit numbers, and strings
/// with their length before them.
enum SSHWire {
    static func number(_ value: UInt32) -> Data {
        Data((0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) })
    }

    static func string(_ bytes: Data) -> Data { number(UInt32(bytes.count)) + bytes }

    static func string(_ text: String) -> Data { string(Data(text.utf8)) }

    /// Takes such data apart; nil where it ends too early.
    struct Reader {
        private var rest: Data

        init(_ data: Data) { rest = data }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func take(_ count: Int) -> Data? {
            guard count >= 0, count <= rest.count else { return nil }
            let bytes = Data(rest.prefix(count))
            rest = rest.dropFirst(count)
            return bytes
        }

        mutating func number() -> UInt32? {
            take(4)?.reduce(0) { $0 << 8 | UInt32($1) }
        }

        mutating func string() -> Data? {
            guard let count = number() else { return nil }
            return take(Int(count))
        }
    }
}
