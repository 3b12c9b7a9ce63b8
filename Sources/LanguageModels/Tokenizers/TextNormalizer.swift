import Domain
import Foundation

/// Text on its way to the pre-tokenizer, with the place each byte comes from.
struct NormalizedText {
    var bytes: [UInt8]
    /// Offset into the original text of each byte and of the end; ascending.
    var origins: [Int]

    init(_ source: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        bytes = Array(source[range])
        origins = Array(range.lowerBound...range.upperBound)
    }

    private init(bytes: [UInt8], origins: [Int]) {
        self.bytes = bytes
        self.origins = origins
    }

    func slice(_ range: Range<Int>) -> NormalizedText {
        NormalizedText(
            bytes: Array(bytes[range]),
            origins: Array(origins[range.lowerBound...range.upperBound]))
    }

    /// Text without bytes yet, to be built by `append` and closed by `finish`.
    static func building(capacity: Int) -> NormalizedText {
        var result = NormalizedText(bytes: [], origins: [])
        result.bytes.reserveCapacity(capacity)
        result.origins.reserveCapacity(capacity + 1)
        return result
    }

    /// Appends what stands for the original bytes `from..<to`: the first byte has the place `from`,
    /// the others end.
    mutating func append(_ content: some Collection<UInt8>, from: Int, to: Int) {
        for (index, byte) in content.enumerated() {
            bytes.append(byte)
            origins.append(index == 0 ? from : to)
        }
    }

    mutating func finish(end: Int) { origins.append(end) }
}

/// Changes to a text before it is cut into pieces.
struct TextNormalizer: Sendable {
    enum Step: Sendable, Equatable {
        case prepend([UInt8])
        /// Unless the text starts with it. `onlyFirst`: only at the start of the whole text.
        case prependMissing([UInt8], onlyFirst: Bool)
        case replace([UInt8], with: [UInt8])
        /// Unicode's form NFC.
        case compose
    }

    private(set) var steps: [Step] = []

    /// Together they keep a text from growing without bound.
    private static let mostSteps = 4
    private static let longestContent = 16

    var isEmpty: Bool { steps.isEmpty }

    /// - Throws: `malformed-tokenizer` for steps or contents beyond what any tokenizer uses.
    mutating func add(_ step: Step) throws {
        let contents: [[UInt8]] =
            switch step {
            case .prepend(let content), .prependMissing(let content, _): [content]
            case .replace(let pattern, let content): [pattern, content]
            case .compose: []
            }
        guard steps.count < Self.mostSteps,
            contents.allSatisfy({ $0.count <= Self.longestContent })
        else {
            throw TokenizerFile.failure(
                "its normalizer has more than \(Self.mostSteps) steps or a text of more than "
                    + "\(Self.longestContent) bytes")
        }
        if case .replace(let pattern, _) = step, pattern.isEmpty {
            throw TokenizerFile.failure("its normalizer replaces the empty text")
        }
        steps.append(step)
    }

    func apply(to text: inout NormalizedText) {
        for step in steps where !text.bytes.isEmpty {
            switch step {
            case .prepend(let content): Self.prepend(content, to: &text)
            case .prependMissing(let content, let onlyFirst):
                if text.bytes.starts(with: content) || (onlyFirst && text.origins[0] > 0) {
                    continue
                }
                Self.prepend(content, to: &text)
            case .replace(let pattern, let content): Self.replace(pattern, content, in: &text)
            case .compose: Self.compose(&text)
            }
        }
    }

    /// The content of a token as it stands in normalized text.
    func apply(to content: [UInt8]) -> [UInt8] {
        var text = content.withUnsafeBufferPointer { NormalizedText($0, 0..<content.count) }
        apply(to: &text)
        return text.bytes
    }

    private static func prepend(_ content: [UInt8], to text: inout NormalizedText) {
        text.origins.insert(
            contentsOf: repeatElement(text.origins[0], count: content.count), at: 0)
        text.bytes.insert(contentsOf: content, at: 0)
    }

    private static func replace(
        _ pattern: [UInt8], _ content: [UInt8], in text: inout NormalizedText
    ) {
        let count = text.bytes.count
        var result = NormalizedText.building(capacity: count + count / 2)
        var index = 0
        while index < count {
            if text.bytes[index] == pattern[0], index + pattern.count <= count,
                text.bytes[index..<index + pattern.count].elementsEqual(pattern)
            {
                result.append(
                    content, from: text.origins[index], to: text.origins[index + pattern.count])
                index += pattern.count
            } else {
                result.bytes.append(text.bytes[index])
                result.origins.append(text.origins[index])
                index += 1
            }
        }
        result.finish(end: text.origins[count])
        text = result
    }

    private static func compose(_ text: inout NormalizedText) {
        guard text.bytes.contains(where: { $0 >= 0x80 }) else { return }
        let string = String(decoding: text.bytes, as: UTF8.self)
        let composed = Array(string.precomposedStringWithCanonicalMapping.utf8)
        guard composed != text.bytes else { return }
        let end = text.origins[text.bytes.count]
        var result = NormalizedText.building(capacity: composed.count)
        var index = 0
        for character in string {
            let next = index + character.utf8.count
            if character.utf8.count == 1 {
                result.append(character.utf8, from: text.origins[index], to: text.origins[next])
            } else {
                let part = Array(String(character).precomposedStringWithCanonicalMapping.utf8)
                if part.elementsEqual(character.utf8) {
                    result.bytes.append(contentsOf: part)
                    result.origins.append(contentsOf: text.origins[index..<next])
                } else {
                    result.append(part, from: text.origins[index], to: text.origins[next])
                }
            }
            index = next
        }
        if result.bytes != composed {
            // Composed across the borders of visible characters: the places are only known as a whole.
            result = .building(capacity: composed.count)
            result.append(composed, from: text.origins[0], to: end)
        }
        result.finish(end: end)
        text = result
    }
}
