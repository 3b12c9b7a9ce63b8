/// A stretch of bytes that two texts have in common and that cannot be extended on either side.
struct SharedSpan: Equatable {
    let hit: Range<Int>
    let candidate: Range<Int>
}

/// Finds what other texts have in common with one text.
///
/// The text's suffixes are sorted once. For each byte of a candidate, the longest stretch that
/// begins there and stands anywhere in the text is found by binary search among them; so every
/// maximal stretch of the candidate is found, however the texts are arranged otherwise.
struct SharedSpans {
    /// Longer spans are reported in pieces of this length, without what is left after the last
    /// piece: this bounds the cost of repetitive texts. Far above every threshold in use.
    static let spanByteCountMaximum = 4096

    let text: [UInt8]
    /// Offsets in `text`, by the bytes that begin there.
    private let suffixes: [Int32]

    init(_ text: [UInt8]) {
        self.text = text
        suffixes = (0..<Int32(clamping: text.count)).sorted {
            let (one, two) = (Int($0), Int($1))
            let common = Self.common(text, one, text, two)
            let (first, second) = (one + common, two + common)
            guard first < text.count, second < text.count else { return one > two }
            return text[first] < text[second]
        }
    }

    /// Maximal spans of at least so many bytes, in the candidate's order. No span lies within
    /// another of the same answer.
    func spans(in candidate: [UInt8], atLeast byteCount: Int) -> [SharedSpan] {
        var spans: [SharedSpan] = []
        var previous = 0
        for start in candidate.indices {
            // What began one byte earlier covers this start unless it could not be this long.
            let (length, offset) = longest(candidate, from: start)
            defer { previous = length }
            guard length >= max(1, byteCount), start == 0 || length > previous - 1 else { continue }
            if length == Self.spanByteCountMaximum, let last = spans.last,
                last.candidate.count == length, last.candidate.upperBound > start
            {
                continue
            }
            spans.append(
                SharedSpan(hit: offset..<offset + length, candidate: start..<start + length))
        }
        return spans
    }

    private func longest(_ candidate: [UInt8], from start: Int) -> (length: Int, offset: Int) {
        var (low, high) = (0, suffixes.count)
        var best = (length: 0, offset: 0)
        while low < high {
            let middle = (low + high) / 2
            let suffix = Int(suffixes[middle])
            let common = Self.common(text, suffix, candidate, start)
            if common > best.length { best = (common, suffix) }
            let (here, there) = (suffix + common, start + common)
            if there >= candidate.count || common >= Self.spanByteCountMaximum { return best }
            if here >= text.count || text[here] < candidate[there] {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return best
    }

    private static func common(_ one: [UInt8], _ first: Int, _ two: [UInt8], _ second: Int) -> Int {
        let limit = min(one.count - first, two.count - second, spanByteCountMaximum)
        var length = 0
        while length < limit, one[first + length] == two[second + length] { length += 1 }
        return length
    }
}
