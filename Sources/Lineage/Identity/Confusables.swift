/// Letters of other scripts that look like Latin ones, as people hide words with them.
///
/// The idea is that of UTS #39 (skeletons), cut down: only words that mix scripts are changed, and
/// only if every foreign letter in them has a Latin double, so that honest Greek and Cyrillic
/// words stay what they are. Folded text is lower case: capitals count by the look they had.
enum Confusables {
    private static let doubles: [[UInt8]: UInt8] = {
        let pairs: [(String, String)] = [
            // Cyrillic; the second line by the look of the capitals.
            ("аеосрухіјѕһԁԛԝ", "aeocpyxijshdqw"),
            ("вгкмнт", "brkmht"),
            // Greek; the second line by the look of the capitals.
            ("αοιρνκτυ", "aoipvktu"),
            ("βεζηχγ", "bezhxy"),
            // Armenian, and phonetic letters.
            ("օսոհցյ", "ounhgj"),
            ("ɑɡɩʏɪ", "agiyi"),
        ]
        var doubles: [[UInt8]: UInt8] = [:]
        for (foreign, latin) in pairs {
            for (letter, double) in zip(foreign, latin.utf8) {
                doubles[Array(String(letter).utf8)] = double
            }
        }
        return doubles
    }()

    /// Whether a character of the text may be a double: phonetic letters, Greek, Cyrillic,
    /// Armenian.
    @inline(__always)
    static func mayBeDouble(_ scalar: UInt32) -> Bool {
        (0x250...0x2AF).contains(scalar) || (0x370...0x58F).contains(scalar)
    }

    /// Rewrites the mixed words of folded text. A run without spaces that holds an `@` counts as
    /// one word: addresses are Latin.
    static func unified(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for run in text.split(separator: 32, omittingEmptySubsequences: false) {
            if !result.isEmpty || run.startIndex > text.startIndex { result.append(32) }
            if run.contains(UInt8(ascii: "@")) {
                result += word(run, isMixed: true)
                continue
            }
            var start = run.startIndex
            while start < run.endIndex {
                let isWord = FoldedWord.isWordByte(run[start])
                let end =
                    run[start...].firstIndex { FoldedWord.isWordByte($0) != isWord } ?? run.endIndex
                let part = run[start..<end]
                result +=
                    isWord
                    ? word(part, isMixed: part.contains { (97...122).contains($0) }) : Array(part)
                start = end
            }
        }
        return result
    }

    private static func word(_ word: ArraySlice<UInt8>, isMixed: Bool) -> [UInt8] {
        guard isMixed, word.contains(where: { $0 >= 128 }) else { return Array(word) }
        var result: [UInt8] = []
        var index = word.startIndex
        while index < word.endIndex {
            if word[index] < 128 {
                result.append(word[index])
                index += 1
                continue
            }
            // Doubles have two bytes.
            guard index + 1 < word.endIndex, let double = doubles[Array(word[index...(index + 1)])]
            else { return Array(word) }
            result.append(double)
            index += 2
        }
        return result
    }
}
