import Domain

/// A record in which some places were written anew, with where they stand now.
struct TwinRecord: Sendable {
    let record: CorpusRecord
    /// UTF-8 ranges in `record.text` of the replaced places, in order.
    let places: [Range<Int>]

    /// The record as it is.
    init(unchanged record: CorpusRecord, places: [Range<Int>]) {
        self.record = record
        self.places = places
    }

    /// Replaces places in `original.text`.
    ///
    /// A place may reach over the space between prompt and completion; the new text is then cut at its
    /// space of the same number, or its last one.
    /// - Parameter replacements: non-overlapping places in order, with their new text.
    /// - Returns: nil if a place reaches over that space and its new text has no space to cut at.
    init?(_ original: CorpusRecord, replacements: [(bytes: Range<Int>, text: String)]) {
        let source = Array(original.text.utf8)
        let space = UInt8(ascii: " ")
        let boundary = original.prompt.isEmpty ? nil : original.prompt.utf8.count
        var text: [UInt8] = []
        var newBoundary: Int?
        var places: [Range<Int>] = []
        var copied = 0
        func noteBoundary(in range: Range<Int>, at start: Int) {
            if let boundary, range.contains(boundary) {
                newBoundary = start + boundary - range.lowerBound
            }
        }
        for (bytes, replacement) in replacements {
            noteBoundary(in: copied..<bytes.lowerBound, at: text.count)
            text += source[copied..<bytes.lowerBound]
            let new = Array(replacement.utf8)
            if let boundary, bytes.contains(boundary) {
                let number = source[bytes.lowerBound..<boundary].count { $0 == space }
                let spaces = new.indices.filter { new[$0] == space }
                guard let last = spaces.last else { return nil }
                newBoundary = text.count + (number < spaces.count ? spaces[number] : last)
            }
            places.append(text.count..<text.count + new.count)
            text += new
            copied = bytes.upperBound
        }
        noteBoundary(in: copied..<source.count, at: text.count)
        text += source[copied...]
        let cut = newBoundary ?? 0
        record =
            original.prompt.isEmpty
            ? original.with(prompt: "", completion: String(decoding: text, as: UTF8.self))
            : original.with(
                prompt: String(decoding: text[..<cut], as: UTF8.self),
                completion: String(decoding: text[(cut + 1)...], as: UTF8.self))
        self.places = places
    }
}
