import Domain

/// Finds calendar dates in folded text and gives them as `1984-12-31`.
///
/// Read are `December 31, 1984`, `31st of December 1984`, `Dec. 31 1984`, `1984-12-31`, `12/31/1984`
/// and `31.12.1984`; where day and month cannot be told apart, both readings count. English month
/// names only; years 1850 to 2100 with four digits.
enum DateDetector {
    typealias Text = UnsafeBufferPointer<UInt8>

    private static let months: [StaticString] = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september",
        "october", "november", "december",
    ]

    /// Calls back for each date.
    static func dates(in text: [UInt8], _ found: (String) -> Void) {
        text.withUnsafeBufferPointer { text in
            for group in IdentifierDetector.digitGroups(in: text) where group.count == 4 {
                dates(in: text, year: group) { year, month, day in
                    found(String(decoding: form(year, month, day), as: UTF8.self))
                }
            }
        }
    }

    /// Calls back for each date whose year is these four digits.
    @inline(__always)
    static func dates(
        in text: Text, year digits: Range<Int>,
        _ found: (_ year: Int, _ month: Int, _ day: Int) -> Void
    ) {
        let year = number(text, digits)
        guard year >= 1850, year <= 2100,
            digits.lowerBound == 0 || !FoldedWord.isWordByte(text[digits.lowerBound - 1]),
            digits.upperBound == text.count || !FoldedWord.isWordByte(text[digits.upperBound])
        else { return }
        dates(in: text, year, digits) { month, day in
            if (1...12).contains(month), day >= 1, day <= Timestamp.dayCount(year, month) {
                found(year, month, day)
            }
        }
    }

    /// `1984-12-31`.
    static func form(_ year: Int, _ month: Int, _ day: Int) -> [UInt8] {
        [
            year / 1000, year / 100 % 10, year / 10 % 10, year % 10, -3, month / 10, month % 10, -3,
            day / 10, day % 10,
        ].map { UInt8(48 + $0) }
    }

    private static func dates(
        in text: Text, _ year: Int, _ digits: Range<Int>, _ found: (Int, Int) -> Void
    ) {
        if let second = wordBefore(text, digits.lowerBound),
            let first = wordBefore(text, second.lowerBound)
        {
            if let month = month(text, second) {
                if let day = day(text, first) {
                    found(month, day)
                } else if text[first].elementsEqual("of".utf8),
                    let third = wordBefore(text, first.lowerBound), let day = day(text, third)
                {
                    found(month, day)
                }
            } else if let month = month(text, first), let day = day(text, second) {
                found(month, day)
            } else if sameMark(text, first, second, digits), isNumber(text, first),
                isNumber(text, second), first.count < 3, second.count < 3
            {
                let one = number(text, first)
                let two = number(text, second)
                found(one, two)
                if one != two { found(two, one) }
            }
        }
        if let month = wordAfter(text, digits.upperBound), month.count == 2, isNumber(text, month),
            let day = wordAfter(text, month.upperBound), day.count == 2, isNumber(text, day),
            sameMark(text, digits, month, day)
        {
            found(number(text, month), number(text, day))
        }
    }

    private static func wordBefore(_ text: Text, _ index: Int) -> Range<Int>? {
        var end = index
        while end > 0, !FoldedWord.isWordByte(text[end - 1]) { end -= 1 }
        var start = end
        while start > 0, FoldedWord.isWordByte(text[start - 1]) { start -= 1 }
        return start < end ? start..<end : nil
    }

    private static func wordAfter(_ text: Text, _ index: Int) -> Range<Int>? {
        var start = index
        while start < text.count, !FoldedWord.isWordByte(text[start]) { start += 1 }
        var end = start
        while end < text.count, FoldedWord.isWordByte(text[end]) { end += 1 }
        return start < end ? start..<end : nil
    }

    private static func sameMark(
        _ text: Text, _ first: Range<Int>, _ second: Range<Int>, _ third: Range<Int>
    ) -> Bool {
        guard second.lowerBound == first.upperBound + 1, third.lowerBound == second.upperBound + 1
        else { return false }
        let mark = text[first.upperBound]
        return mark == text[second.upperBound]
            && (mark == UInt8(ascii: "-") || mark == UInt8(ascii: "/") || mark == UInt8(ascii: "."))
    }

    private static func isNumber(_ text: Text, _ word: Range<Int>) -> Bool {
        word.count <= 4 && text[word].allSatisfy(IdentifierDetector.isDigit)
    }

    private static func number(_ text: Text, _ word: Range<Int>) -> Int {
        text[word].reduce(0) { $0 * 10 + Int($1) - 48 }
    }

    /// `31`, `31st`.
    private static func day(_ text: Text, _ word: Range<Int>) -> Int? {
        guard IdentifierDetector.isDigit(text[word.lowerBound]), word.count <= 4 else { return nil }
        var end = word.lowerBound
        while end < word.upperBound, IdentifierDetector.isDigit(text[end]) { end += 1 }
        guard end - word.lowerBound <= 2 else { return nil }
        if word.upperBound > end {
            guard word.upperBound == end + 2 else { return nil }
            switch (text[end], text[end + 1]) {
            case (115, 116), (110, 100), (114, 100), (116, 104): break
            default: return nil
            }
        }
        return number(text, word.lowerBound..<end)
    }

    /// The full name, its first three letters, or `sept`.
    private static func month(_ text: Text, _ word: Range<Int>) -> Int? {
        guard (3...9).contains(word.count), !IdentifierDetector.isDigit(text[word.lowerBound])
        else { return nil }
        let start = word.lowerBound
        for (index, month) in months.enumerated() {
            let name = Text(start: month.utf8Start, count: month.utf8CodeUnitCount)
            guard text[start] == name[0], text[start + 1] == name[1], text[start + 2] == name[2]
            else { continue }
            let isWhole = text[word].elementsEqual(name)
            let isSept = index == 8 && text[word].elementsEqual("sept".utf8)
            return isWhole || word.count == 3 || isSept ? index + 1 : nil
        }
        return nil
    }
}
