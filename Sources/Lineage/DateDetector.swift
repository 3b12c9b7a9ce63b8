import Domain

/// Finds calendar dates in folded text and gives them as `1984-12-31`.
///
/// Read are `December 31, 1984`, `31st of December 1984`, `Dec. 31 1984`, `1984-12-31`, `12/31/1984`
/// and `31.12.1984`; where day and month cannot be told apart, both readings count. English month
/// names only; years 1850 to 2100 with four digits.
enum DateDetector {
    private static let months: [String: Int] = {
        let names = [
            "january", "february", "march", "april", "may", "june", "july", "august", "september",
            "october", "november", "december",
        ]
        var months: [String: Int] = ["sept": 9]
        for (index, name) in names.enumerated() {
            months[name] = index + 1
            months[String(name.prefix(3))] = index + 1
        }
        return months
    }()

    static func dates(in text: [UInt8], words: [FoldedWord], _ found: (String) -> Void) {
        for (index, word) in words.enumerated() where word.range.count == 4 {
            guard let year = number(text, word), (1850...2100).contains(year) else { continue }
            if index >= 2 { before(text, words, index, year, found) }
            if index + 2 < words.count, let month = number(text, words[index + 1]),
                let day = number(text, words[index + 2]), words[index + 1].range.count == 2,
                words[index + 2].range.count == 2, sameMark(text, words, from: index)
            {
                emit(year, month, day, found)
            }
        }
    }

    /// The year stands last.
    private static func before(
        _ text: [UInt8], _ words: [FoldedWord], _ index: Int, _ year: Int,
        _ found: (String) -> Void
    ) {
        let first = words[index - 2]
        let second = words[index - 1]
        if let month = month(text, second) {
            if let day = day(text, first) {
                emit(year, month, day, found)
            } else if index >= 3, text[first.range].elementsEqual("of".utf8),
                let day = day(text, words[index - 3])
            {
                emit(year, month, day, found)
            }
        } else if let month = month(text, first), let day = day(text, second) {
            emit(year, month, day, found)
        } else if sameMark(text, words, from: index - 2), let one = number(text, first),
            let two = number(text, second), first.range.count < 3, second.range.count < 3
        {
            emit(year, one, two, found)
            if one != two { emit(year, two, one, found) }
        }
    }

    private static func sameMark(_ text: [UInt8], _ words: [FoldedWord], from index: Int) -> Bool {
        let one = text[words[index].range.upperBound..<words[index + 1].range.lowerBound]
        let two = text[words[index + 1].range.upperBound..<words[index + 2].range.lowerBound]
        guard one.count == 1, let mark = one.first, one.elementsEqual(two) else { return false }
        return mark == UInt8(ascii: "-") || mark == UInt8(ascii: "/") || mark == UInt8(ascii: ".")
    }

    private static func emit(_ year: Int, _ month: Int, _ day: Int, _ found: (String) -> Void) {
        guard (1...12).contains(month), day >= 1, day <= Timestamp.dayCount(year, month) else {
            return
        }
        found("\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)")
    }

    private static func number(_ text: [UInt8], _ word: FoldedWord) -> Int? {
        guard word.range.count <= 4 else { return nil }
        var value = 0
        for byte in text[word.range] {
            guard IdentifierDetector.isDigit(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        return value
    }

    /// `31`, `31st`.
    private static func day(_ text: [UInt8], _ word: FoldedWord) -> Int? {
        let bytes = text[word.range]
        guard let first = bytes.first, IdentifierDetector.isDigit(first), bytes.count <= 4 else {
            return nil
        }
        let digits = bytes.prefix { IdentifierDetector.isDigit($0) }
        let suffix = String(decoding: bytes.dropFirst(digits.count), as: UTF8.self)
        guard digits.count <= 2, ["", "st", "nd", "rd", "th"].contains(suffix) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    private static func month(_ text: [UInt8], _ word: FoldedWord) -> Int? {
        guard (3...9).contains(word.range.count), let first = text[word.range].first,
            !IdentifierDetector.isDigit(first)
        else { return nil }
        return months[String(decoding: text[word.range], as: UTF8.self)]
    }
}
