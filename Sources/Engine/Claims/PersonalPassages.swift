import Domain

/// The places of a text that identify a person, and the same text about somebody else.
struct PersonalPassages {
    /// A value as a whole, or one word of a name.
    private enum Content {
        case value(IdentifierKind, ValueRendering)
        case nameWord(index: Int, count: Int)
    }
    private struct Passage {
        let bytes: Range<Int>
        let content: Content
    }

    private let text: [UInt8]
    private let passages: [Passage]

    /// Words of names that are shorter are too common.
    private static let shortestWord = 3

    /// - Parameter namesOnly: looks for words of names alone, e.g. inside an e-mail address.
    init(_ text: String, of person: ClaimPerson, namesOnly: Bool = false) {
        self.text = Array(text.utf8)
        let plain = Self.lowercased(text)
        var found: [Passage] = []
        for target in person.values {
            let value = target.value.revealed
            if !namesOnly {
                // Months are written with a capital in every form that is searched for.
                let exact = valueOccurrences(of: value, kind: target.kind, in: text)
                let occurrences =
                    exact.isEmpty
                    ? valueOccurrences(of: Self.lowercased(value), kind: target.kind, in: plain)
                    : exact
                found += occurrences.map {
                    Passage(bytes: $0.bytes, content: .value(target.kind, $0.rendering))
                }
            }
            guard target.kind == .name else { continue }
            let words = Self.words(value)
            for (index, word) in words.enumerated() where word.utf8.count >= Self.shortestWord {
                found += valueOccurrences(of: Self.lowercased(word), kind: .name, in: plain).map {
                    Passage(
                        bytes: $0.bytes, content: .nameWord(index: index, count: words.count))
                }
            }
        }
        // Of overlapping ones the first, and of those the longest.
        let ordered = found.enumerated().sorted { a, b in
            let (x, y) = (a.element.bytes, b.element.bytes)
            if x.lowerBound != y.lowerBound { return x.lowerBound < y.lowerBound }
            return x.count != y.count ? x.count > y.count : a.offset < b.offset
        }
        passages = ordered.reduce(into: []) { kept, item in
            if item.element.bytes.lowerBound >= kept.last?.bytes.upperBound ?? 0 {
                kept.append(item.element)
            }
        }
    }

    var isEmpty: Bool { passages.isEmpty }

    /// The text with another person's words in every place.
    /// - Parameter other: with a value of every kind that may occur.
    /// - Returns: nil if a value cannot be written in the form of one it takes the place of.
    func text(about other: PersonProfile) -> String? {
        var result: [UInt8] = []
        var end = 0
        for passage in passages {
            guard let words = replacement(for: passage, other) else { return nil }
            result += text[end..<passage.bytes.lowerBound]
            result += Array(words.utf8)
            end = passage.bytes.upperBound
        }
        return String(decoding: result + text[end...], as: UTF8.self)
    }

    private func replacement(for passage: Passage, _ other: PersonProfile) -> String? {
        let written = String(decoding: text[passage.bytes], as: UTF8.self)
        switch passage.content {
        case .value(let kind, let rendering):
            guard let value = other.values[kind] else { return nil }
            return Self.inCase(of: written, rendering.render(value) ?? value)
        case .nameWord(let index, let count):
            let words = Self.words(other.values[.name] ?? "")
            guard let first = words.first, let last = words.last else { return nil }
            return Self.inCase(of: written, index == 0 || count == 1 ? first : last)
        }
    }

    private static func words(_ name: String) -> [String] {
        name.split(separator: " ").map(String.init)
    }

    /// A text in the letter case of another one, where that has but one case.
    private static func inCase(of written: String, _ text: String) -> String {
        guard written.contains(where: \.isLetter) else { return text }
        if written == written.lowercased() { return text.lowercased() }
        return written == written.uppercased() ? text.uppercased() : text
    }

    /// Only A to Z, so that every byte keeps its place.
    private static func lowercased(_ text: String) -> String {
        String(
            decoding: text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
    }
}
