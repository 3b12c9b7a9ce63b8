/// A strict RFC 8259 parser. Beyond the grammar it refuses what makes two readers disagree about a
/// document: duplicate keys (compared as bytes), lone surrogates, invalid UTF-8, a byte-order mark.
/// Errors name line, column (in bytes, from 1) and the rule, never the content.
package struct JSONParser {
    /// What a document may be at most.
    package struct Limits: Sendable {
        package var depth: Int
        package var byteCount: Int
        package init(depth: Int = 64, byteCount: Int = 1 << 30) {
            self.depth = depth
            self.byteCount = byteCount
        }
        /// For requests from outside: 32 levels, 1 MiB.
        package static let untrusted = Limits(depth: 32, byteCount: 1 << 20)
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0
    private var depth = 0
    private let limits: Limits

    /// Parses one document.
    /// - Throws: `malformed-json` with details `line`, `column`, `rule`.
    package static func parse(
        _ data: some Sequence<UInt8>, limits: Limits = Limits()
    ) throws -> JSONValue {
        let copy = Array(data)
        return try copy.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(bytes: buffer, limits: limits)
            return try parser.document()
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, limits: Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    private mutating func document() throws -> JSONValue {
        guard bytes.count <= limits.byteCount else {
            throw failure("the document is larger than \(limits.byteCount) bytes")
        }
        skipSpace()
        let result = try value()
        skipSpace()
        guard index == bytes.count else { throw failure("text after the end of the document") }
        return result
    }

    private func failure(_ rule: String) -> DomainError {
        var line = 1
        var lineStart = 0
        for position in 0..<min(index, bytes.count) where bytes[position] == 10 {
            line += 1
            lineStart = position + 1
        }
        let column = index - lineStart + 1
        return DomainError(
            .malformedJSON, "Malformed JSON at line \(line), column \(column): \(rule).",
            details: ["line": "\(line)", "column": "\(column)", "rule": rule])
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 32 || byte == 10 || byte == 13 || byte == 9 { index += 1 }
    }

    private mutating func value() throws -> JSONValue {
        switch current {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case .some(45), .some(48...57): return try number()
        case nil: throw failure("the document ends where a value is expected")
        default: throw failure("a value is expected")
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
        let end = index + word.utf8CodeUnitCount
        guard end <= bytes.count,
            (0..<word.utf8CodeUnitCount).allSatisfy({ bytes[index + $0] == word.utf8Start[$0] })
        else { throw failure("only true, false and null may stand unquoted") }
        index = end
        return value
    }

    private mutating func enter() throws {
        depth += 1
        guard depth <= limits.depth else {
            throw failure("nesting is deeper than \(limits.depth) levels")
        }
        index += 1
        skipSpace()
    }

    private mutating func array() throws -> JSONValue {
        try enter()
        var items: [JSONValue] = []
        if current == UInt8(ascii: "]") {
            index += 1
            depth -= 1
            return .array(items)
        }
        while true {
            items.append(try value())
            skipSpace()
            switch current {
            case UInt8(ascii: ","):
                index += 1
                skipSpace()
            case UInt8(ascii: "]"):
                index += 1
                depth -= 1
                return .array(items)
            default: throw failure("a comma or ] is expected")
            }
        }
    }

    private mutating func object() throws -> JSONValue {
        try enter()
        var members: [JSONValue.Member] = []
        var keys = Set<[UInt8]>()
        if current == UInt8(ascii: "}") {
            index += 1
            depth -= 1
            return .object(members)
        }
        while true {
            guard current == UInt8(ascii: "\"") else { throw failure("a quoted key is expected") }
            let start = index
            let key = try string()
            // Keys are compared as bytes: Swift's String would call NFC and NFD forms equal.
            guard keys.insert(Array(key.utf8)).inserted else {
                index = start
                throw failure("the same key stands twice in one object")
            }
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw failure("a colon is expected") }
            index += 1
            skipSpace()
            members.append(.init(key, try value()))
            skipSpace()
            switch current {
            case UInt8(ascii: ","):
                index += 1
                skipSpace()
            case UInt8(ascii: "}"):
                index += 1
                depth -= 1
                return .object(members)
            default: throw failure("a comma or } is expected")
            }
        }
    }

    private mutating func digits() -> Int {
        let start = index
        while let byte = current, (48...57).contains(byte) { index += 1 }
        return index - start
    }

    private mutating func number() throws -> JSONValue {
        let start = index
        if current == UInt8(ascii: "-") { index += 1 }
        if current == UInt8(ascii: "0") {
            index += 1
        } else if digits() == 0 {
            throw failure("a digit is expected")
        }
        if current == UInt8(ascii: ".") {
            index += 1
            guard digits() > 0 else { throw failure("a digit is expected after the point") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            index += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
            guard digits() > 0 else { throw failure("a digit is expected in the exponent") }
        }
        return .number(String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func string() throws -> String {
        index += 1
        let start = index
        while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"),
            byte >= 32
        {
            index += 1
        }
        if current == UInt8(ascii: "\"") {
            defer { index += 1 }
            return try validated(bytes[start..<index])
        }
        var content = Array(bytes[start..<index])
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                defer { index += 1 }
                return try content.withUnsafeBufferPointer { try validated($0[...]) }
            case UInt8(ascii: "\\"):
                index += 1
                try escape(into: &content)
            case 0..<32: throw failure("a control character must be escaped")
            default:
                content.append(byte)
                index += 1
            }
        }
        throw failure("the string is not closed")
    }

    private func validated(_ slice: Slice<UnsafeBufferPointer<UInt8>>) throws -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw failure("the string is not valid UTF-8")
        }
        return text
    }

    private mutating func escape(into content: inout [UInt8]) throws {
        guard let byte = current else { throw failure("the string is not closed") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(8)
        case UInt8(ascii: "f"): content.append(12)
        case UInt8(ascii: "n"): content.append(10)
        case UInt8(ascii: "r"): content.append(13)
        case UInt8(ascii: "t"): content.append(9)
        case UInt8(ascii: "u"):
            index += 1
            content.append(contentsOf: Array(String(try escapedScalar()).utf8))
            return
        default: throw failure("unknown escape")
        }
        index += 1
    }

    private mutating func fourDigits() throws -> UInt32 {
        guard index + 4 <= bytes.count else {
            throw failure("four hexadecimal digits are expected")
        }
        var value: UInt32 = 0
        for _ in 0..<4 {
            switch bytes[index] {
            case let digit where (48...57).contains(digit): value = value << 4 | UInt32(digit - 48)
            case let digit where (65...70).contains(digit): value = value << 4 | UInt32(digit - 55)
            case let digit where (97...102).contains(digit): value = value << 4 | UInt32(digit - 87)
            default: throw failure("four hexadecimal digits are expected")
            }
            index += 1
        }
        return value
    }

    private mutating func escapedScalar() throws -> Unicode.Scalar {
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, current == UInt8(ascii: "\\"), index + 1 < bytes.count,
            bytes[index + 1] == UInt8(ascii: "u")
        else { throw failure("a surrogate stands alone") }
        index += 2
        let second = try fourDigits()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw failure("a surrogate stands alone") }
        return scalar
    }
}
