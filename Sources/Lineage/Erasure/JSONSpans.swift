import Domain

/// Replaces parts of strings within a JSON text, leaving every other byte as it is.
enum JSONSpans {
    /// - Parameters:
    ///   - marker: printable ASCII without quotes and backslashes.
    ///   - path, line: for messages.
    /// - Throws: `malformed-span` if a field is no string of the record, or a span reaches beyond
    ///   it, cuts a character or overlaps another one.
    static func replace(
        _ spans: [RecordSpan], by marker: String, in line: [UInt8], path: String, line number: Int
    ) throws -> [UInt8] {
        func refuse(_ what: String) -> LineageError {
            LineageError(
                .malformedSpan, "\(path), line \(number): \(what).",
                details: ["path": path, "line": "\(number)"],
                remedy: "Give spans as UTF-8 offsets within strings of the record.")
        }
        guard marker.utf8.allSatisfy({ (32...126).contains($0) && $0 != 34 && $0 != 92 }) else {
            throw refuse("the marker is not plain ASCII")
        }
        var places: [Range<Int>] = []
        for span in spans {
            guard let start = JSONPlaces(line).string(at: span.field) else {
                throw refuse("a span names a field that is no string")
            }
            guard let place = JSONPlaces(line).raw(span.bytes, ofStringAt: start) else {
                throw refuse("a span does not lie within its string")
            }
            places.append(place)
        }
        places.sort { $0.lowerBound < $1.lowerBound }
        var result: [UInt8] = []
        var done = 0
        for place in places {
            guard place.lowerBound >= done, !place.isEmpty else {
                throw refuse("spans are empty or overlap")
            }
            result += line[done..<place.lowerBound]
            result += marker.utf8
            done = place.upperBound
        }
        result += line[done...]
        // What follows reads the record again, so it is made sure of here.
        _ = try RecordLine(result, path: path, line: number)
        return result
    }
}

/// Finds places in JSON that a parser has already accepted; other bytes give nil, never a trap.
private struct JSONPlaces {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

    /// Index of the opening quote of the string at a path of keys.
    func string(at field: [String]) -> Int? {
        var index = blankSkipped(0)
        for component in field {
            guard let next = member(component, of: index) else { return nil }
            index = next
        }
        return byte(index) == UInt8(ascii: "\"") ? index : nil
    }

    /// The raw bytes of a range of the meant string.
    func raw(_ range: Range<Int>, ofStringAt quote: Int) -> Range<Int>? {
        var index = quote + 1
        var offset = 0
        var lower: Int?
        while index < bytes.count {
            if offset == range.lowerBound, lower == nil, !isContinuation(byte(index)) {
                lower = index
            }
            if offset == range.upperBound, !isContinuation(byte(index)), let lower {
                return lower..<index
            }
            if byte(index) == UInt8(ascii: "\"") { return nil }
            let (raw, meant) = character(at: index)
            index += raw
            offset += meant
        }
        return nil
    }

    private func isContinuation(_ byte: UInt8) -> Bool { byte & 0xc0 == 0x80 }

    /// Length of the next character or byte as written, and in UTF-8.
    private func character(at index: Int) -> (raw: Int, meant: Int) {
        guard byte(index) == UInt8(ascii: "\\") else { return (1, 1) }
        guard byte(index + 1) == UInt8(ascii: "u") else { return (2, 1) }
        let unit = hexadecimal(index + 2)
        // A surrogate pair is written as two escapes and is one character of four bytes.
        if (0xd800...0xdbff).contains(unit) { return (12, 4) }
        return (6, unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3)
    }

    private func hexadecimal(_ index: Int) -> Int {
        (index..<index + 4).reduce(0) { value, place in
            value << 4 | (Character(UnicodeScalar(byte(place))).hexDigitValue ?? 0)
        }
    }

    private func blankSkipped(_ index: Int) -> Int {
        var index = index
        while [32, 9, 10, 13].contains(byte(index)) { index += 1 }
        return index
    }

    /// Start of the value with this key, or at this place of an array.
    private func member(_ name: String, of container: Int) -> Int? {
        let isObject = byte(container) == UInt8(ascii: "{")
        guard isObject || byte(container) == UInt8(ascii: "[") else { return nil }
        var index = blankSkipped(container + 1)
        var place = 0
        while index < bytes.count, byte(index) != UInt8(ascii: "}"),
            byte(index) != UInt8(ascii: "]")
        {
            var isWanted = name == "\(place)"
            if isObject {
                let end = valueEnd(index)
                let key = try? JSONParser.parse(bytes[index..<min(end, bytes.count)]).text
                isWanted = key?.utf8.elementsEqual(name.utf8) ?? false
                index = blankSkipped(blankSkipped(end) + 1)
            }
            if isWanted { return index }
            index = blankSkipped(valueEnd(index))
            if byte(index) == UInt8(ascii: ",") { index = blankSkipped(index + 1) }
            place += 1
        }
        return nil
    }

    /// Behind the value that begins here.
    private func valueEnd(_ start: Int) -> Int {
        var index = start
        var depth = 0
        while index < bytes.count {
            switch byte(index) {
            case UInt8(ascii: "\""):
                index += 1
                while index < bytes.count, byte(index) != UInt8(ascii: "\"") {
                    index += byte(index) == UInt8(ascii: "\\") ? 2 : 1
                }
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return index }
                depth -= 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                if depth == 0 { return index }
            default: break
            }
            index += 1
        }
        return index
    }
}
