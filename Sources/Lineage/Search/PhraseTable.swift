/// Phrases that are looked for in a text together: its words are read once, and only where a word
/// begins a phrase is that phrase compared.
struct PhraseTable {
    private let phrases: [Phrase]
    /// Indices of phrases by the hash of their first word.
    private var byFirstWord: [UInt64: [Int]] = [:]

    init(_ phrases: [Phrase]) {
        self.phrases = phrases
        for (index, phrase) in phrases.enumerated() {
            byFirstWord[Self.hash(phrase.firstWord), default: []].append(index)
        }
    }

    /// Indices of the phrases that folded text holds, ascending.
    /// - Parameter words: all of the text.
    func occurring(in text: [UInt8], _ words: [FoldedWord]) -> [Int] {
        var found: [Int] = []
        for (start, word) in words.enumerated() {
            for index in byFirstWord[Self.hash(text[word.range])] ?? []
            where !found.contains(index) && phrases[index].occurs(in: text, words, at: start) {
                found.append(index)
            }
        }
        return found.sorted()
    }

    /// FNV-1a; words that hash alike are told apart when the phrase is compared.
    private static func hash(_ word: ArraySlice<UInt8>) -> UInt64 {
        word.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
