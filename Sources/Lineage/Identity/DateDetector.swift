import Domain

/// Finds calendar dates in folded text and gives them as `1984-12-31`.
///
/// Read are names of months in the languages of `MonthNames` (`December 31, 1984`, `31st of
/// December 1984`, `31 de diciembre de 1984`, `1984 dec 31`), `1984-12-31`, `12/31/1984`,
/// `31. 12. 1984` and `1984年12月31日`; where day and month cannot be told apart, both readings
/// count. Years have four digits, 1850 to 2100; a year of two digits (`31.12.84`, `31 Dec '84`)
/// gives the weaker form `84-12-31`.
enum DateDetector {
    struct Found {
        let form: String
        /// Whether the year had four digits.
        let isFull: Bool
    }

    private static let years = 1850...2100
    /// Bytes between two parts of a date.
    private static let gapByteCountMaximum = 3

    static func dates(in text: [UInt8], _ found: (Found) -> Void) {
        text.withUnsafeBufferPointer { bytes in
            dates(IdentifierDetector.digitGroups(in: bytes), in: bytes, found)
        }
    }

    /// - Parameter groups: all runs of digits of the text, in order.
    static func dates(
        _ groups: [Range<Int>], in text: IdentifierDetector.Bytes, _ found: (Found) -> Void
    ) {
        for group in groups where group.count == 2 || group.count == 4 {
            let reader = DateReader(text: text, year: group)
            guard reader.standsAlone else { continue }
            if group.count == 4 {
                guard let year = reader.number(group), years.contains(year) else { continue }
                reader.before { emit(year, $0, $1, isFull: true, found) }
                reader.after { emit(year, $0, $1, isFull: true, found) }
            } else if let year = reader.number(group) {
                reader.beforeShortYear { emit(year, $0, $1, isFull: false, found) }
            }
        }
    }

    private static func emit(
        _ year: Int, _ month: Int, _ day: Int, isFull: Bool, _ found: (Found) -> Void
    ) {
        // In a year of two digits the 29th of February may exist.
        let known = isFull ? year : 2000
        guard (1...12).contains(month), day >= 1, day <= Timestamp.dayCount(known, month) else {
            return
        }
        found(Found(form: form(year, month, day), isFull: isFull))
    }

    private static func form(_ year: Int, _ month: Int, _ day: Int) -> String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(two(year))-\(two(month))-\(two(day))"
    }

    /// What stands around a year.
    private struct DateReader {
        let text: IdentifierDetector.Bytes
        let year: Range<Int>

        var standsAlone: Bool {
            (year.lowerBound == 0 || !FoldedWord.isWordByte(text[year.lowerBound - 1]))
                && (year.upperBound == text.count || !FoldedWord.isWordByte(text[year.upperBound]))
        }

        /// The year stands last. Calls back with month and day.
        func before(_ found: (_ month: Int, _ day: Int) -> Void) {
            guard let second = wordBefore(year.lowerBound) else { return }
            if named(second, found) { return }
            guard let first = wordBefore(second.lowerBound),
                let mark = mark(first, second), isSame(mark, second.upperBound..<year.lowerBound)
            else { return }
            both(first, second, found)
        }

        /// `31.12.84`, with nothing of the kind before or after it, and names of months.
        func beforeShortYear(_ found: (_ month: Int, _ day: Int) -> Void) {
            guard let second = wordBefore(year.lowerBound) else { return }
            if named(second, found) { return }
            guard let first = wordBefore(second.lowerBound), let mark = mark(first, second),
                mark.count == 1, isSame(mark, second.upperBound..<year.lowerBound),
                !isMarkedDigit(first.lowerBound - 1, first.lowerBound - 2),
                !isMarkedDigit(year.upperBound, year.upperBound + 1)
            else { return }
            both(first, second, found)
        }

        /// The year stands first.
        func after(_ found: (_ month: Int, _ day: Int) -> Void) {
            guard var first = wordAfter(year.upperBound) else { return }
            let isCounted = word(first) == "年"
            if isCounted {
                guard let month = wordAfter(first.upperBound) else { return }
                first = month
            }
            guard var second = wordAfter(first.upperBound) else { return }
            if isCounted, word(second) == "月", let day = wordAfter(second.upperBound) {
                second = day
            }
            if let month = month(first), let day = day(second) { return found(month, day) }
            guard let month = number(first), let day = number(second), first.count < 3,
                second.count < 3
            else { return }
            if isCounted { return found(month, day) }
            guard let mark = mark(first, second), mark.count == 1,
                isSame(mark, year.upperBound..<first.lowerBound)
            else { return }
            found(month, day)
        }

        /// A month's name beside a day, before the year. True if there is one.
        private func named(
            _ last: Range<Int>, _ found: (_ month: Int, _ day: Int) -> Void
        ) -> Bool {
            guard let second = skippingConnectors(last),
                let first = wordBefore(second.lowerBound).flatMap(skippingConnectors)
            else { return false }
            if let month = month(second), let day = day(first) {
                found(month, day)
                return true
            }
            guard let month = month(first), let day = day(second) else { return false }
            found(month, day)
            return true
        }

        private func both(
            _ first: Range<Int>, _ second: Range<Int>,
            _ found: (_ month: Int, _ day: Int) -> Void
        ) {
            guard first.count < 3, second.count < 3, let one = number(first),
                let two = number(second)
            else { return }
            found(one, two)
            if one != two { found(two, one) }
        }

        private func skippingConnectors(_ word: Range<Int>) -> Range<Int>? {
            var word = word
            for _ in 0..<3 {
                guard word.count <= 3, !IdentifierDetector.isDigit(text[word.lowerBound]),
                    MonthNames.connectors.contains(self.word(word))
                else { break }
                guard let next = wordBefore(word.lowerBound) else { return nil }
                word = next
            }
            return word
        }

        /// What stands between two numbers of a date, if it may.
        private func mark(_ first: Range<Int>, _ second: Range<Int>) -> Range<Int>? {
            let gap = first.upperBound..<second.lowerBound
            let marks = gap.filter { text[$0] != 32 }
            guard marks.count == 1, let place = marks.first else { return nil }
            switch text[place] {
            case UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "."): return gap
            default: return nil
            }
        }

        private func isSame(_ gap: Range<Int>, _ other: Range<Int>) -> Bool {
            text[gap].elementsEqual(text[other])
        }

        private func isMarkedDigit(_ mark: Int, _ digit: Int) -> Bool {
            guard text.indices.contains(mark), text.indices.contains(digit) else { return false }
            switch text[mark] {
            case UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "."):
                return IdentifierDetector.isDigit(text[digit])
            default: return false
            }
        }

        private func wordBefore(_ index: Int) -> Range<Int>? {
            var end = index
            while end > 0, index - end <= gapByteCountMaximum,
                !FoldedWord.isWordByte(text[end - 1])
            { end -= 1 }
            var start = end
            while start > 0, FoldedWord.isWordByte(text[start - 1]) { start -= 1 }
            return start < end && index - end <= gapByteCountMaximum ? start..<end : nil
        }

        private func wordAfter(_ index: Int) -> Range<Int>? {
            var start = index
            while start < text.count, start - index <= gapByteCountMaximum,
                !FoldedWord.isWordByte(text[start])
            { start += 1 }
            var end = start
            while end < text.count, FoldedWord.isWordByte(text[end]) { end += 1 }
            return start < end && start - index <= gapByteCountMaximum ? start..<end : nil
        }

        private func word(_ range: Range<Int>) -> String {
            String(decoding: text[range], as: UTF8.self)
        }

        func number(_ range: Range<Int>) -> Int? {
            guard range.count <= 4 else { return nil }
            var value = 0
            for index in range {
                guard IdentifierDetector.isDigit(text[index]) else { return nil }
                value = value * 10 + Int(text[index] - 48)
            }
            return value
        }

        /// `31`, `31st`, `1er`.
        private func day(_ range: Range<Int>) -> Int? {
            guard range.count <= 4 else { return nil }
            let digits = range.prefix { IdentifierDetector.isDigit(text[$0]) }
            guard (1...2).contains(digits.count),
                MonthNames.daySuffixes.contains(word(digits.endIndex..<range.upperBound))
            else { return nil }
            return number(digits.startIndex..<digits.endIndex)
        }

        private func month(_ range: Range<Int>) -> Int? {
            guard MonthNames.byteCounts.contains(range.count),
                !IdentifierDetector.isDigit(text[range.lowerBound])
            else { return nil }
            return MonthNames.number[word(range)]
        }
    }
}

extension IdentityClosure {
    /// Keys: the date; with a year of two digits and as a number of eight digits (ISO 8601 basic),
    /// which only corroborate, as does any date.
    mutating func addDate(_ value: String) {
        addForms(of: value, kind: .dateOfBirth)
        for date in keys.compactMap({ $0.group == .dateOfBirth ? $0.form?.revealed : nil })
        where date.utf8.count == 10 {
            add(.dateOfBirth, String(date.dropFirst(2)), rule: "date-of-birth-short-year", .weak)
            add(.digits, date.filter { $0 != "-" }, rule: "date-of-birth-compact", .weak)
        }
    }
}
