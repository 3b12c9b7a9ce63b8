import Foundation

/// Reads ASN.1 in the distinguished encoding (ITU-T X.690, DER), strictly: definite lengths in
/// their shortest form, whole numbers without leading zeros, nothing after the end.
struct DERReader {
    enum Tag {
        static let boolean: UInt8 = 0x01
        static let integer: UInt8 = 0x02
        static let bitString: UInt8 = 0x03
        static let octetString: UInt8 = 0x04
        static let null: UInt8 = 0x05
        static let objectIdentifier: UInt8 = 0x06
        static let generalizedTime: UInt8 = 0x18
        static let sequence: UInt8 = 0x30
        static let set: UInt8 = 0x31
        /// `[number]`, constructed.
        static func context(_ number: UInt8) -> UInt8 { 0xA0 | number }
        /// `[number]`, primitive.
        static func implicit(_ number: UInt8) -> UInt8 { 0x80 | number }
    }

    /// What is wrong, in words that follow "it".
    struct Defect: Error {
        let defect: FileDefect
        let rule: String
    }

    private let bytes: [UInt8]
    private var index: Int
    private let end: Int

    init(_ data: Data) {
        bytes = Array(data)
        index = 0
        end = bytes.count
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        index = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { index == end }

    /// The next value's tag; nil at the end.
    var nextTag: UInt8? { index < end ? bytes[index] : nil }

    /// - Throws: `Defect` if something is left.
    func finish(_ what: String) throws(Defect) {
        guard isAtEnd else { throw Defect(defect: .malformed, rule: "bytes follow \(what)") }
    }

    /// The content of the next value, which must have this tag.
    mutating func content(_ tag: UInt8, _ what: String) throws(Defect) -> Data {
        let range = try element(tag, what)
        return Data(bytes[range])
    }

    /// Goes into the next value, which must have this tag.
    mutating func enter(_ tag: UInt8, _ what: String) throws(Defect) -> DERReader {
        DERReader(bytes, try element(tag, what))
    }

    mutating func enterSequence(_ what: String) throws(Defect) -> DERReader {
        try enter(Tag.sequence, what)
    }

    /// Passes over the next value if it has this tag.
    @discardableResult
    mutating func skip(_ tag: UInt8, _ what: String) throws(Defect) -> Bool {
        guard nextTag == tag else { return false }
        _ = try element(tag, what)
        return true
    }

    /// A whole number that is not negative, as its shortest big-endian bytes.
    mutating func unsignedInteger(_ what: String) throws(Defect) -> Data {
        let content = try content(Tag.integer, what)
        guard let first = content.first else {
            throw Defect(defect: .malformed, rule: "\(what) is an empty number")
        }
        let second = content.dropFirst().first
        if let second, (first == 0 && second < 0x80) || (first == 0xFF && second >= 0x80) {
            throw Defect(defect: .nonCanonicalForm, rule: "\(what) has a needless leading byte")
        }
        guard first < 0x80 else {
            throw Defect(defect: .unexpectedValue, rule: "\(what) is negative")
        }
        return first == 0 && content.count > 1 ? Data(content.dropFirst()) : content
    }

    /// A whole number from 0 to 2^53.
    mutating func smallInteger(_ what: String) throws(Defect) -> Int {
        let bytes = try unsignedInteger(what)
        let value = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard bytes.count <= 8, value <= 1 << 53 else {
            throw Defect(defect: .unexpectedValue, rule: "\(what) is too large")
        }
        return Int(value)
    }

    mutating func boolean(_ what: String) throws(Defect) -> Bool {
        let content = try content(Tag.boolean, what)
        guard content.count == 1, let byte = content.first, byte == 0 || byte == 0xFF else {
            throw Defect(defect: .nonCanonicalForm, rule: "\(what) is no canonical truth value")
        }
        return byte == 0xFF
    }

    mutating func objectIdentifier(_ what: String) throws(Defect) -> ObjectIdentifierText {
        guard
            let value = ObjectIdentifierText(
                content: try content(Tag.objectIdentifier, what))
        else {
            throw Defect(defect: .malformed, rule: "\(what) is no object identifier")
        }
        return value
    }

    private mutating func element(_ tag: UInt8, _ what: String) throws(Defect) -> Range<Int> {
        guard let present = nextTag else {
            throw Defect(defect: .truncated, rule: "it ends where \(what) is expected")
        }
        guard present == tag else {
            throw Defect(
                defect: .wrongType,
                rule: "\(what) has the tag \(String(present, radix: 16)) instead of "
                    + String(tag, radix: 16))
        }
        var position = index + 1
        guard position < end else {
            throw Defect(defect: .truncated, rule: "it ends in \(what)")
        }
        var count = Int(bytes[position])
        position += 1
        if count >= 0x80 {
            let byteCount = count & 0x7F
            guard (1...4).contains(byteCount) else {
                throw Defect(
                    defect: .nonCanonicalForm, rule: "\(what) has a length that DER does not allow")
            }
            guard position + byteCount <= end else {
                throw Defect(defect: .truncated, rule: "it ends in \(what)")
            }
            count = bytes[position..<position + byteCount].reduce(0) { $0 << 8 | Int($1) }
            guard count >= 0x80, byteCount == 1 || count >= 1 << (8 * (byteCount - 1)) else {
                throw Defect(
                    defect: .nonCanonicalForm, rule: "\(what) has a length not in its shortest form"
                )
            }
            position += byteCount
        }
        guard count <= end - position else {
            throw Defect(defect: .truncated, rule: "it ends in \(what)")
        }
        index = position + count
        return position..<index
    }
}
