import Domain
import Foundation

/// Cuts text into the pieces that are encoded one by one: a sequence of splits, each of which cuts
/// the pieces of the one before. Known expressions are scanned by hand, others by ICU.
package struct PreTokenizer: @unchecked Sendable {
    // NSRegularExpression is immutable and safe to share.
    private enum Step {
        case scanner(PieceScanner)
        case expression(NSRegularExpression)
    }

    private let steps: [Step]

    /// GPT-2's pattern, used by the pre-tokenizer `ByteLevel`.
    package static let byteLevelPattern =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    /// One digit each, as the pre-tokenizer `Digits` with individual digits.
    package static let singleDigitPattern = #"\p{N}|\P{N}+"#
    /// Runs of digits apart from the rest.
    package static let digitRunPattern = #"\p{N}+|\P{N}+"#
    /// Before every `▁`; not an expression of a file, but the split of `Metaspace`.
    static let spaceMarkPattern = "\u{2581}[^\u{2581}]*"

    /// - Parameters:
    ///   - patterns: regular expressions in Oniguruma's spelling; what lies between matches is a
    ///     piece too.
    ///   - usesScanners: false to run known expressions by ICU as well, for comparison.
    /// - Throws: `malformed-tokenizer` for a pattern that is not a regular expression.
    package init(patterns: [String], usesScanners: Bool = true) throws {
        steps = try patterns.map { pattern in
            if pattern == Self.spaceMarkPattern, usesScanners { return .scanner(.spaceMarks) }
            if usesScanners, let scanner = PieceScanner(pattern: pattern) {
                return .scanner(scanner)
            }
            // ICU's \s lacks U+000B and U+0085, which the tokenizers library counts as white space.
            let adapted =
                pattern
                .replacingOccurrences(of: #"\s"#, with: #"\p{White_Space}"#)
                .replacingOccurrences(of: #"\S"#, with: #"\P{White_Space}"#)
            do { return .expression(try NSRegularExpression(pattern: adapted)) } catch {
                throw ModelError(
                    .malformedTokenizer,
                    "tokenizer.json: the pre-tokenizer's pattern is not a valid regular expression.",
                    details: ["pattern": pattern], cause: error)
            }
        }
    }

    /// Cuts nowhere but before runs of `▁`.
    static let spaceMarkRuns = PreTokenizer(steps: [.scanner(.spaceMarkRuns)])

    private init(steps: [Step]) { self.steps = steps }

    var isEmpty: Bool { steps.isEmpty }

    /// Calls `body` with the bounds of every piece of `start..<end`, in order; together they cover it.
    @inline(__always)
    func forEachPiece(
        _ text: ClassifiedText, from start: Int, to end: Int,
        _ body: (_ from: Int, _ to: Int) -> Void
    ) {
        if steps.count == 1, case .scanner(let scanner) = steps[0] {
            scanner.scan(text, from: start, to: end, body)
        } else {
            split(text, from: start, to: end, step: 0, body)
        }
    }

    private func split(
        _ text: ClassifiedText, from start: Int, to end: Int, step: Int,
        _ body: (_ from: Int, _ to: Int) -> Void
    ) {
        guard start < end else { return }
        guard step < steps.count else { return body(start, end) }
        switch steps[step] {
        case .scanner(let scanner):
            scanner.scan(text, from: start, to: end) { from, to in
                split(text, from: from, to: to, step: step + 1, body)
            }
        case .expression(let expression):
            for bound in Self.bounds(text, from: start, to: end, of: expression) {
                split(text, from: bound.lowerBound, to: bound.upperBound, step: step + 1, body)
            }
        }
    }

    /// The pieces as bytes; together they are the whole text.
    package func pieces(_ text: String) -> [[UInt8]] {
        var result: [[UInt8]] = []
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            let classified = ClassifiedText(
                bytes: start, classes: CharacterClassTable.shared.classes)
            forEachPiece(classified, from: 0, to: bytes.count) { from, to in
                result.append(Array(bytes[from..<to]))
            }
        }
        return result
    }

    /// Matches and what lies between them, in order (`behavior: Isolated`).
    private static func bounds(
        _ text: ClassifiedText, from start: Int, to end: Int, of expression: NSRegularExpression
    ) -> [Range<Int>] {
        let string = String(
            decoding: UnsafeBufferPointer(start: text.bytes + start, count: end - start),
            as: UTF8.self)
        var result: [Range<Int>] = []
        // Matches come as UTF-16 offsets in ascending order; both counts run along the bytes.
        var byte = start
        var unit = 0
        func place(ofUnit target: Int) -> Int {
            while unit < target, byte < end {
                let first = text.bytes[byte]
                byte += first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
                unit += first < 0xF0 ? 1 : 2
            }
            return min(byte, end)
        }
        var covered = start
        expression.enumerateMatches(
            in: string, range: NSRange(location: 0, length: string.utf16.count)
        ) { match, _, _ in
            guard let range = match?.range, range.length > 0 else { return }
            let from = place(ofUnit: range.location)
            let to = place(ofUnit: range.location + range.length)
            if from > covered { result.append(covered..<from) }
            if to > from { result.append(from..<to) }
            covered = max(covered, to)
        }
        if covered < end { result.append(covered..<end) }
        return result
    }
}
