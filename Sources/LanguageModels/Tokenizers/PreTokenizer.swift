import Domain
import Foundation

/// Cuts text into the pieces that are encoded one by one: a sequence of regular-expression splits.
package struct PreTokenizer: @unchecked Sendable {
    // NSRegularExpression is immutable and safe to share.
    private let expressions: [NSRegularExpression]

    /// GPT-2's pattern, used by the pre-tokenizer `ByteLevel`.
    static let byteLevelPattern =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    /// One digit each, as the pre-tokenizer `Digits` with individual digits.
    static let singleDigitPattern = #"\p{N}|\P{N}+"#
    /// Runs of digits apart from the rest.
    static let digitRunPattern = #"\p{N}+|\P{N}+"#

    /// - Throws: `malformed-tokenizer` for a pattern that is not a regular expression.
    init(patterns: [String]) throws {
        expressions = try patterns.map { pattern in
            // ICU's \s lacks U+000B and U+0085, which the tokenizers library counts as white space.
            let adapted =
                pattern
                .replacingOccurrences(of: #"\s"#, with: #"\p{White_Space}"#)
                .replacingOccurrences(of: #"\S"#, with: #"\P{White_Space}"#)
            do { return try NSRegularExpression(pattern: adapted) } catch {
                throw ModelError(
                    .malformedTokenizer,
                    "tokenizer.json: the pre-tokenizer's pattern is not a valid regular expression.",
                    details: ["pattern": pattern], cause: error)
            }
        }
    }

    /// The pieces as bytes; together they are the whole text.
    func pieces(_ text: String) -> [[UInt8]] {
        var pieces = [text]
        for expression in expressions { pieces = pieces.flatMap { Self.split($0, by: expression) } }
        return pieces.map { Array($0.utf8) }
    }

    /// Matches and what lies between them, in order (`behavior: Isolated`).
    private static func split(_ text: String, by expression: NSRegularExpression) -> [String] {
        let string = text as NSString
        var parts: [String] = []
        var end = 0
        expression.enumerateMatches(
            in: text, range: NSRange(location: 0, length: string.length)
        ) { match, _, _ in
            guard let range = match?.range, range.length > 0 else { return }
            if range.location > end {
                parts.append(
                    string.substring(with: NSRange(location: end, length: range.location - end)))
            }
            parts.append(string.substring(with: range))
            end = range.location + range.length
        }
        if end < string.length { parts.append(string.substring(from: end)) }
        return parts
    }
}
