/// The content of one line, in memory that belongs to the scanner and the line; valid until the next.
struct ScannedLine {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    /// Nil if the record is to be named by file and line.
    var id: Bytes?
    /// Nil if the record has a text alone.
    var prompt: Bytes?
    var completion = Bytes(start: nil, count: 0)
    /// Distinct, in the order of the line.
    var subjects: [Bytes] = []
    /// Members of `metadata.values`: type and value as given.
    var values: [(kind: Bytes, value: Bytes)] = []
    /// Ids of the thread, document and earlier version that `metadata` gives.
    var neighbours: [(group: PostingGroup, id: Bytes)] = []

    fileprivate mutating func removeAll() {
        (id, prompt) = (nil, nil)
        subjects.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        neighbours.removeAll(keepingCapacity: true)
    }
}

/// Reads the usual lines quickly, in one pass over their bytes.
///
/// It accepts a part of what `RecordLine` accepts and never anything else: a line it does not
/// understand - unknown or repeated keys, deep nesting, anything malformed - it leaves to `RecordLine`,
/// which reads it or says what is wrong with it.
struct LineScanner {
    private typealias Bytes = UnsafeBufferPointer<UInt8>

    /// A string of the line: where its bytes are, in the line or, without escapes, in `unescaped`.
    private struct Span {
        var start = 0
        var count = 0
        var isUnescaped = false
    }

    private var line = Bytes(start: nil, count: 0)
    private var index = 0
    private var unescaped: [UInt8] = []
    private var subjects: [Span] = []
    private var values: [(key: Span, value: Span)] = []
    private var neighbours: [(group: PostingGroup, id: Span)] = []
    private var scanned = ScannedLine()
    /// Of the fields that are strings, by the raw value of the field.
    private var spans = [Span](repeating: Span(), count: 6)

    private static let memberCountMaximum = 24
    private static let idByteCountMaximum = 512

    private enum Field: Int {
        case id, text, prompt, completion, question, answer, subjects, metadata
    }

    /// Scans a line; false if it is for `RecordLine`.
    mutating func scan(
        _ bytes: UnsafeBufferPointer<UInt8>, _ body: (ScannedLine) -> Void
    ) -> Bool {
        line = bytes
        index = 0
        unescaped.removeAll(keepingCapacity: true)
        subjects.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        neighbours.removeAll(keepingCapacity: true)
        guard Self.isUTF8(bytes), let found = document() else { return false }
        func given(_ field: Field) -> Span? {
            found & (1 << field.rawValue) == 0 ? nil : spans[field.rawValue]
        }
        let prompt: Span?
        let completion: Span
        switch (given(.text), given(.prompt), given(.completion), given(.question), given(.answer))
        {
        case (let text?, nil, nil, nil, nil): (prompt, completion) = (nil, text)
        case (nil, let first?, let second?, nil, nil): (prompt, completion) = (first, second)
        case (nil, nil, nil, let first?, let second?): (prompt, completion) = (first, second)
        default: return false
        }
        // Its memory is used again for the next line.
        var scanned = ScannedLine()
        swap(&scanned, &self.scanned)
        scanned.removeAll()
        let isUsual = resolve(&scanned, given(.id), prompt, completion)
        if isUsual { body(scanned) }
        swap(&scanned, &self.scanned)
        return isUsual
    }

    /// Turns places into bytes; false if the line is for `RecordLine`.
    private func resolve(
        _ scanned: inout ScannedLine, _ id: Span?, _ prompt: Span?, _ completion: Span
    ) -> Bool {
        unescaped.withUnsafeBufferPointer { unescaped in
            func resolved(_ span: Span) -> Bytes {
                let source = span.isUnescaped ? unescaped : line
                return Bytes(rebasing: source[span.start..<span.start + span.count])
            }
            scanned.completion = resolved(completion)
            guard scanned.completion.contains(where: { $0 > 32 }) else { return false }
            scanned.prompt = prompt.map(resolved)
            scanned.id = id.map(resolved)
            if let id, id.count == 0 || id.count > Self.idByteCountMaximum { return false }
            for span in subjects {
                let subject = resolved(span)
                guard !subject.isEmpty, subject.count <= Self.idByteCountMaximum,
                    !subject.elementsEqual(MatchCandidate.unattributed.utf8)
                else { return false }
                if !scanned.subjects.contains(where: { $0.elementsEqual(subject) }) {
                    scanned.subjects.append(subject)
                }
            }
            for (kind, value) in values { scanned.values.append((resolved(kind), resolved(value))) }
            for (group, id) in neighbours { scanned.neighbours.append((group, resolved(id))) }
            return true
        }
    }

    // MARK: - Grammar

    /// Reads the object; gives the fields found, as bits.
    private mutating func document() -> Int? {
        var found = 0
        guard skipSpace(), take(UInt8(ascii: "{")) else { return nil }
        while true {
            _ = skipSpace()
            guard let key = string(), !key.isUnescaped, let field = field(key),
                found & (1 << field.rawValue) == 0
            else { return nil }
            found |= 1 << field.rawValue
            guard skipSpace(), take(UInt8(ascii: ":")), skipSpace() else { return nil }
            switch field {
            case .subjects: guard subjectList() else { return nil }
            case .metadata: guard metadata() else { return nil }
            default:
                guard let value = string() else { return nil }
                spans[field.rawValue] = value
            }
            guard skipSpace() else { return nil }
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { return nil }
            _ = skipSpace()
            return index == line.count ? found : nil
        }
    }

    private func field(_ key: Span) -> Field? {
        func matches(_ name: StaticString) -> Bool {
            let name = Bytes(start: name.utf8Start, count: name.utf8CodeUnitCount)
            return line[key.start..<key.start + key.count].elementsEqual(name)
        }
        switch key.count {
        case 2: return matches("id") ? .id : nil
        case 4: return matches("text") ? .text : nil
        case 6: return matches("prompt") ? .prompt : matches("answer") ? .answer : nil
        case 8:
            return matches("subjects")
                ? .subjects
                : matches("metadata") ? .metadata : matches("question") ? .question : nil
        case 10: return matches("completion") ? .completion : nil
        default: return nil
        }
    }

    private mutating func subjectList() -> Bool {
        guard take(UInt8(ascii: "[")), skipSpace() else { return false }
        if take(UInt8(ascii: "]")) { return true }
        while true {
            guard let subject = string() else { return false }
            subjects.append(subject)
            guard skipSpace() else { return false }
            if take(UInt8(ascii: "]")) { return true }
            guard take(UInt8(ascii: ",")), skipSpace() else { return false }
        }
    }

    private mutating func metadata() -> Bool {
        members { scanner, key in
            if scanner.isValues(key) { return scanner.declaredValues() }
            guard let group = scanner.neighbourGroup(key) else { return scanner.plainValue() }
            guard let id = scanner.string(), (1...Self.idByteCountMaximum).contains(id.count)
            else { return false }
            scanner.neighbours.append((group, id))
            return true
        }
    }

    private func isValues(_ key: Span) -> Bool {
        key.count == 6 && line[key.start..<key.start + 6].elementsEqual("values".utf8)
    }

    private func neighbourGroup(_ key: Span) -> PostingGroup? {
        let name = line[key.start..<key.start + key.count]
        return Neighbours.metadataKeys.first { $0.key.elementsEqual(name) }?.group
    }

    private mutating func declaredValues() -> Bool {
        var found: [(key: Span, value: Span)] = []
        let isRead = members { scanner, key in
            guard let value = scanner.string() else { return false }
            found.append((key, value))
            return true
        }
        values = found
        return isRead
    }

    /// An object with distinct keys without escapes.
    private mutating func members(_ member: (inout LineScanner, Span) -> Bool) -> Bool {
        guard take(UInt8(ascii: "{")), skipSpace() else { return false }
        if take(UInt8(ascii: "}")) { return true }
        var keys: [Span] = []
        while true {
            guard let key = string(), !key.isUnescaped, keys.count < Self.memberCountMaximum
            else { return false }
            let bytes = line[key.start..<key.start + key.count]
            guard
                !keys.contains(where: {
                    line[$0.start..<$0.start + $0.count].elementsEqual(bytes)
                })
            else { return false }
            keys.append(key)
            guard skipSpace(), take(UInt8(ascii: ":")), skipSpace(), member(&self, key),
                skipSpace()
            else { return false }
            if take(UInt8(ascii: "}")) { return true }
            guard take(UInt8(ascii: ",")), skipSpace() else { return false }
        }
    }

    /// A string, number or literal; objects and arrays are for the parser.
    private mutating func plainValue() -> Bool {
        guard index < line.count else { return false }
        switch line[index] {
        case UInt8(ascii: "\""): return string() != nil
        case UInt8(ascii: "t"): return literal("true")
        case UInt8(ascii: "f"): return literal("false")
        case UInt8(ascii: "n"): return literal("null")
        default:
            // Integers without sign; other numbers are rarer.
            let start = index
            while index < line.count, (48...57).contains(line[index]) { index += 1 }
            guard index > start, index < line.count else { return false }
            let isZeroLed = line[start] == 48 && index - start > 1
            let isLonger = [46, 69, 101].contains(line[index])
            return !isZeroLed && !isLonger
        }
    }

    private mutating func literal(_ word: StaticString) -> Bool {
        let word = Bytes(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard line[index...].starts(with: word) else { return false }
        index += word.count
        return true
    }

    @inline(__always)
    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < line.count, line[index] == byte else { return false }
        index += 1
        return true
    }

    /// Whether anything is left after the space.
    @inline(__always)
    private mutating func skipSpace() -> Bool {
        while index < line.count {
            let byte = line[index]
            guard byte == 32 || byte == 9 || byte == 10 || byte == 13 else { return true }
            index += 1
        }
        return false
    }

    // MARK: - Strings

    private mutating func string() -> Span? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = index
        skipPlain()
        guard index < line.count else { return nil }
        if line[index] == UInt8(ascii: "\"") {
            defer { index += 1 }
            return Span(start: start, count: index - start)
        }
        return escapedString(from: start)
    }

    /// Moves to the next quote, backslash or control character.
    @inline(__always)
    private mutating func skipPlain() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        guard let base = UnsafeRawPointer(line.baseAddress) else { return }
        while index + 8 <= line.count {
            let word = UInt64(
                littleEndian: (base + index).loadUnaligned(as: UInt64.self))
            let low = word & ~highs
            let isControl = ~(low &+ ones &* 96)
            let isQuote = ~((low ^ ones &* 34) &+ ones &* 127)
            let isBackslash = ~((low ^ ones &* 92) &+ ones &* 127)
            let stops = (isControl | isQuote | isBackslash) & highs & ~word
            if stops != 0 {
                index += stops.trailingZeroBitCount >> 3
                return
            }
            index += 8
        }
        while index < line.count {
            let byte = line[index]
            if byte < 32 || byte == 34 || byte == 92 { return }
            index += 1
        }
    }

    private mutating func escapedString(from start: Int) -> Span? {
        let begin = unescaped.count
        unescaped.append(contentsOf: line[start..<index])
        while index < line.count {
            switch line[index] {
            case UInt8(ascii: "\""):
                index += 1
                return Span(start: begin, count: unescaped.count - begin, isUnescaped: true)
            case UInt8(ascii: "\\"):
                guard escape() else { return nil }
            case 0..<32: return nil
            default: break
            }
            let run = index
            skipPlain()
            unescaped.append(contentsOf: line[run..<index])
        }
        return nil
    }

    private mutating func escape() -> Bool {
        guard index + 1 < line.count else { return false }
        let byte = line[index + 1]
        index += 2
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
        case UInt8(ascii: "b"): unescaped.append(8)
        case UInt8(ascii: "f"): unescaped.append(12)
        case UInt8(ascii: "n"): unescaped.append(10)
        case UInt8(ascii: "r"): unescaped.append(13)
        case UInt8(ascii: "t"): unescaped.append(9)
        case UInt8(ascii: "u"):
            guard var value = fourDigits() else { return false }
            if (0xD800..<0xDC00).contains(value) {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let low = fourDigits(),
                    (0xDC00...0xDFFF).contains(low)
                else { return false }
                value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { return false }
            unescaped.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: return false
        }
        return true
    }

    private mutating func fourDigits() -> UInt32? {
        guard index + 4 <= line.count else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            switch line[index] {
            case let digit where (48...57).contains(digit): value = value << 4 | UInt32(digit - 48)
            case let digit where (65...70).contains(digit): value = value << 4 | UInt32(digit - 55)
            case let digit where (97...102).contains(digit): value = value << 4 | UInt32(digit - 87)
            default: return nil
            }
            index += 1
        }
        return value
    }

    /// Most lines are ASCII, which a few operations on words tell.
    private static func isUTF8(_ bytes: Bytes) -> Bool {
        guard let base = UnsafeRawPointer(bytes.baseAddress) else { return false }
        var union: UInt64 = 0
        var index = 0
        while index + 8 <= bytes.count {
            union |= (base + index).loadUnaligned(as: UInt64.self)
            index += 8
        }
        while index < bytes.count {
            union |= UInt64(bytes[index])
            index += 1
        }
        return union & 0x8080_8080_8080_8080 == 0
            || String(validating: bytes, as: UTF8.self) != nil
    }
}
