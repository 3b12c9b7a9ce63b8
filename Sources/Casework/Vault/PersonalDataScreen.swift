import Domain
import Foundation

/// Keeps a request's own values out of the history: texts typed by an operator are searched for
/// them before they are stored for ever.
struct PersonalDataScreen {
    private let request: DeletionRequest

    init(request: DeletionRequest) { self.request = request }

    /// The kind of the first raw identifier whose value occurs in the text, if any. Letter case,
    /// accents and runs of white space do not matter; numbers are found with other separators too.
    func kindFound(
        in text: String, except allowed: Set<IdentifierKind> = []
    ) -> IdentifierKind? {
        let folded = Self.folded(text)
        let digits = Self.joinedDigits(text)
        for identifier in request.identifiers
        where identifier.format == .raw && !allowed.contains(identifier.kind) {
            let value = Self.folded(identifier.value.revealed)
            guard value.count >= 2 else { continue }
            if Self.contains(folded, value) { return identifier.kind }
            let number = Self.joinedDigits(identifier.value.revealed)
            if number.allSatisfy(\.isNumber), number.count >= 6, digits.contains(number) {
                return identifier.kind
            }
        }
        return nil
    }

    /// Occurrence with no letter or digit directly before or after it, so that the name "Al" is not
    /// found in "also".
    private static func contains(_ text: String, _ value: String) -> Bool {
        var rest = text[...]
        while let range = rest.range(of: value) {
            let before =
                range.lowerBound > text.startIndex
                ? text[text.index(before: range.lowerBound)] : " "
            let after = range.upperBound < text.endIndex ? text[range.upperBound] : " "
            if !before.isLetter, !before.isNumber, !after.isLetter, !after.isNumber { return true }
            rest = text[text.index(after: range.lowerBound)...]
        }
        return false
    }

    private static func folded(_ text: String) -> String {
        text.folding(
            options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive],
            locale: Locale(identifier: "en_US_POSIX")
        )
        .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// The text with the separators people put into numbers removed.
    private static func joinedDigits(_ text: String) -> String {
        String(text.filter { !" -./()+\u{00a0}".contains($0) })
    }
}
