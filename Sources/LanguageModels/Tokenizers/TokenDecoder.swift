import Domain

/// Turns the contents of tokens into text: the `decoder` of a `tokenizer.json`.
struct TokenDecoder: Sendable {
    enum Step: Sendable, Equatable {
        case replace([UInt8], with: [UInt8])
        /// Runs of byte tokens (`<0x41>`) become the text they spell, or one U+FFFD for each.
        case byteFallback
        case fuse
        case strip([UInt8], start: Int, stop: Int)
        /// A mark is a space; those of the first token are dropped if one was put before the text.
        case spaceMark([UInt8], dropsFirst: Bool)
    }

    private(set) var steps: [Step] = []

    private static let mostSteps = 8
    private static let longestContent = 16

    /// - Throws: `malformed-tokenizer` for steps or contents beyond what any tokenizer uses.
    mutating func add(_ step: Step) throws {
        var isAllowed = steps.count < Self.mostSteps
        if case .replace(let pattern, let content) = step {
            // A text may grow, but not from step to step.
            let hasReplaced = steps.contains { if case .replace = $0 { true } else { false } }
            isAllowed =
                isAllowed && !pattern.isEmpty && pattern.count <= Self.longestContent
                && content.count <= Self.longestContent && !hasReplaced
        }
        guard isAllowed else {
            throw TokenizerFile.failure(
                "its decoder has more than \(Self.mostSteps) steps, several replacements or a text of "
                    + "more than \(Self.longestContent) bytes")
        }
        steps.append(step)
    }

    func decode(_ contents: [[UInt8]]) -> String {
        guard !steps.isEmpty else {
            return String(decoding: Array(contents.joined(separator: [0x20])), as: UTF8.self)
        }
        var parts = contents
        for step in steps {
            switch step {
            case .replace, .spaceMark:
                for index in parts.indices {
                    parts[index] = Self.apply(step, to: parts[index], isFirst: index == 0)
                }
            case .byteFallback: parts = Self.joinByteTokens(parts)
            case .fuse: parts = [Array(parts.joined())]
            case .strip(let content, let start, let stop):
                for index in parts.indices {
                    Self.strip(content, start: start, stop: stop, from: &parts[index])
                }
            }
        }
        return String(decoding: Array(parts.joined()), as: UTF8.self)
    }

    /// The text a token stands for within a text.
    func bytes(ofContent content: [UInt8]) -> [UInt8] {
        if steps.contains(.byteFallback), let byte = Self.byte(ofContent: content) { return [byte] }
        return steps.reduce(content) { Self.apply($1, to: $0, isFirst: false) }
    }

    /// The byte of a byte token; nil for other contents.
    static func byte(ofContent content: [UInt8]) -> UInt8? {
        guard content.count == 6, content.starts(with: "<0x".utf8), content[5] == UInt8(ascii: ">")
        else { return nil }
        let digits = content[3...4]
        guard digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else {
            return nil
        }
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private static func apply(_ step: Step, to content: [UInt8], isFirst: Bool) -> [UInt8] {
        let pattern: [UInt8]
        let replacement: [UInt8]
        switch step {
        case .replace(let from, let to): (pattern, replacement) = (from, to)
        case .spaceMark(let mark, let dropsFirst):
            (pattern, replacement) = (mark, isFirst && dropsFirst ? [] : [0x20])
        case .byteFallback, .fuse, .strip: return content
        }
        var result: [UInt8] = []
        var index = 0
        while index < content.count {
            if content[index...].starts(with: pattern) {
                result.append(contentsOf: replacement)
                index += pattern.count
            } else {
                result.append(content[index])
                index += 1
            }
        }
        return result
    }

    private static func joinByteTokens(_ parts: [[UInt8]]) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var run: [UInt8] = []
        func close() {
            if String(validating: run, as: UTF8.self) != nil {
                result.append(run)
            } else {
                result.append(Array(String(repeating: "\u{FFFD}", count: run.count).utf8))
            }
            run = []
        }
        for part in parts {
            if let byte = byte(ofContent: part) {
                run.append(byte)
            } else {
                if !run.isEmpty { close() }
                result.append(part)
            }
        }
        if !run.isEmpty { close() }
        return result
    }

    private static func strip(
        _ content: [UInt8], start: Int, stop: Int, from part: inout [UInt8]
    ) {
        guard !content.isEmpty else { return }
        var left = part[...]
        var cut = 0
        while cut < start, left.starts(with: content) {
            left = left.dropFirst(content.count)
            cut += 1
        }
        cut = 0
        while cut < stop, left.count >= content.count,
            left.suffix(content.count).elementsEqual(content)
        {
            left = left.dropLast(content.count)
            cut += 1
        }
        part = Array(left)
    }
}
