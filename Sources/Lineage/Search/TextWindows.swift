/// The pieces of a text that are searched for to find other texts that share something with it.
enum TextWindows {
    /// Windows of which every stretch of `byteCount` bytes of the text holds at least one whole.
    ///
    /// With stride d and length w = L - d + 1: a stretch of L bytes begins at some s. The first
    /// window at or after s begins at most d - 1 bytes later, and ends at most d - 1 + w = L bytes
    /// after s, so it lies within the stretch. A text that shares a stretch of L bytes therefore
    /// holds a whole window, and a search for all windows misses none. d = L / 2 gives the longest
    /// windows for the fewest searches: about two a stretch.
    static func covering(_ text: [UInt8], everyStretchOf byteCount: Int) -> [Range<Int>] {
        guard byteCount > 0, text.count >= byteCount else { return [] }
        let stride = max(1, byteCount / 2)
        let length = byteCount - stride + 1
        return Swift.stride(from: 0, through: text.count - length, by: stride).map {
            $0..<$0 + length
        }
    }

    /// Words of a window that finds near-duplicates, and words from one window to the next.
    static let nearDuplicateWords = (length: 5, stride: 3)

    /// Windows of which a near-duplicate holds at least one: five words, every third word.
    ///
    /// Let n be the text's runs of three words, c those the candidate shares. A Jaccard index of at
    /// least 1/2 means 3c >= n + m for the candidate's m >= c runs, so c >= n/2. Each window holds
    /// three runs, each run stands in one window, and a changed or dropped word breaks at most two
    /// windows while it takes three runs from them: with all windows broken, c <= n/2. A word put
    /// in between breaks two windows, takes two runs and adds words: c <= 2n/3 with m >= 7n/6,
    /// which is an index of at most 4/9; blocks that are moved give 1/2 at most. So only texts at
    /// the threshold itself can be missed, and those whose punctuation between words changed.
    /// The last window ends with the text. Texts shorter than a window are one.
    static func nearDuplicate(_ text: [UInt8]) -> [Range<Int>] {
        let words = FoldedWord.all(in: text)
        let (length, stride) = nearDuplicateWords
        guard let first = words.first, let last = words.last else { return [] }
        guard words.count > length else { return [first.range.lowerBound..<last.range.upperBound] }
        var starts = Array(Swift.stride(from: 0, through: words.count - length, by: stride))
        if let final = starts.last, final < words.count - length {
            starts.append(words.count - length)
        }
        return starts.map {
            words[$0].range.lowerBound..<words[$0 + length - 1].range.upperBound
        }
    }
}
