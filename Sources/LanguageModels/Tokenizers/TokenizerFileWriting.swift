import Domain
import Foundation

/// A token matched literally in a text, before anything is merged.
package struct SpecialToken: Sendable, Equatable {
    package let content: String
    package let id: Int32

    package init(content: String, id: Int32) {
        self.content = content
        self.id = id
    }
}

/// Builds `tokenizer.json` documents from parts, readable by `readTokenizer` and by the tokenizers
/// library: for trained vocabularies and for vocabularies that come in another format.
extension TokenizerFile {
    /// Pre-tokenizer values for the byte-level kind.
    package enum Splitting {
        private static let cased = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#
        private static let rest = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

        /// GPT-2's.
        package static let gpt2 = byteLevel(usesPattern: true)
        /// GPT-2's after every digit has been cut off by itself (SmolLM).
        package static let gpt2SingleDigits = sequence([
            object(("type", .string("Digits")), ("individual_digits", .bool(true))), gpt2,
        ])
        /// Llama 3's: up to three digits together.
        package static let llama3 = pattern(llama3Pattern)
        /// Qwen 2's: every digit by itself.
        package static let qwen2 = pattern(qwen2Pattern)

        static let llama3Pattern = cased + #"\p{N}{1,3}"# + rest
        static let qwen2Pattern = cased + #"\p{N}"# + rest

        /// Any other regular expression whose matches are the pieces.
        package static func pattern(_ expression: String) -> JSONValue {
            sequence([
                object(
                    ("type", .string("Split")),
                    ("pattern", object(("Regex", .string(expression)))),
                    ("behavior", .string("Isolated")), ("invert", .bool(false))),
                byteLevel(usesPattern: false),
            ])
        }

        static func byteLevel(usesPattern: Bool) -> JSONValue {
            object(
                ("type", .string("ByteLevel")), ("add_prefix_space", .bool(false)),
                ("trim_offsets", .bool(true)), ("use_regex", .bool(usesPattern)))
        }

        private static func sequence(_ steps: [JSONValue]) -> JSONValue {
            object(("type", .string("Sequence")), ("pretokenizers", .array(steps)))
        }
    }

    /// A byte-level BPE tokenizer.
    /// - Parameters:
    ///   - tokens: by id, in the byte alphabet (GPT-2's printable stand-ins) except the specials.
    ///   - merges: `left right` in the byte alphabet, in order of rank.
    ///   - preTokenizer: one of `Splitting`.
    ///   - ignoresMerges: pieces that are in the vocabulary are taken whole (Llama 3).
    ///   - composes: text is brought to Unicode's form NFC first (Qwen 2).
    package static func byteLevelJSON(
        tokens: [String], merges: [String], specials: [SpecialToken], preTokenizer: JSONValue,
        ignoresMerges: Bool = false, composes: Bool = false
    ) -> Data {
        document(
            specials: specials,
            normalizer: composes ? object(("type", .string("NFC"))) : .null,
            preTokenizer: preTokenizer, decoder: Splitting.byteLevel(usesPattern: true),
            model: model(
                tokens: tokens, merges: merges, ignoresMerges: ignoresMerges, unknown: nil,
                fallsBackToBytes: false))
    }

    /// A BPE tokenizer over characters whose missing characters fall back to byte tokens
    /// (`<0x00>` ... `<0xFF>`), as Llama 2's: spaces are written `▁`.
    /// - Parameters:
    ///   - tokens: by id, spaces as `▁`.
    ///   - merges: `left right` in order of rank; see `merges(tokens:scores:)`.
    ///   - unknown: content of the token for what has no other; nil if there is none.
    ///   - prependsSpace: a text starts as if a space stood before it.
    package static func byteFallbackJSON(
        tokens: [String], merges: [String], specials: [SpecialToken], unknown: String?,
        prependsSpace: Bool = true
    ) -> Data {
        let space = "\u{2581}"
        let replace = object(
            ("type", .string("Replace")), ("pattern", object(("String", .string(" ")))),
            ("content", .string(space)))
        let prepend = object(("type", .string("Prepend")), ("prepend", .string(space)))
        let restore = object(
            ("type", .string("Replace")), ("pattern", object(("String", .string(space)))),
            ("content", .string(" ")))
        let strip = object(
            ("type", .string("Strip")), ("content", .string(" ")), ("start", .number("1")),
            ("stop", .number("0")))
        let decoders =
            [
                restore, object(("type", .string("ByteFallback"))),
                object(("type", .string("Fuse"))),
            ] + (prependsSpace ? [strip] : [])
        return document(
            specials: specials,
            normalizer: prependsSpace
                ? object(
                    ("type", .string("Sequence")), ("normalizers", .array([prepend, replace])))
                : replace,
            preTokenizer: .null,
            decoder: object(("type", .string("Sequence")), ("decoders", .array(decoders))),
            model: model(
                tokens: tokens, merges: merges, ignoresMerges: false, unknown: unknown,
                fallsBackToBytes: true))
    }

    /// The merges of a SentencePiece BPE vocabulary, whose order is given by scores: every way to
    /// cut a token into two others, better tokens first.
    ///
    /// Same order as the conversion in Hugging Face transformers (`generate_merges`), with ties
    /// between tokens of one score and equal lengths resolved by id.
    /// - Parameter scores: one for each token, higher is merged earlier.
    package static func merges(tokens: [String], scores: [Float]) -> [String] {
        /// Longer tokens exist in no vocabulary and would cost quadratic time.
        let longestToken = 512
        var ids: [[UInt8]: Int] = [:]
        for (id, token) in tokens.enumerated() where ids[Array(token.utf8)] == nil {
            ids[Array(token.utf8)] = id
        }
        struct Cut {
            let score: Float
            let leftLength: Int
            let rightLength: Int
            let order: Int
            let text: String
        }
        var cuts: [Cut] = []
        for (token, score) in zip(tokens, scores) where token.utf8.count <= longestToken {
            let bytes = Array(token.utf8)
            let starts = bytes.indices.dropFirst().filter { bytes[$0] & 0xC0 != 0x80 }
            var local: [(left: Int, right: Int, text: String, leftLength: Int)] = []
            for (index, start) in starts.enumerated() {
                guard let left = ids[Array(bytes[..<start])],
                    let right = ids[Array(bytes[start...])]
                else { continue }
                local.append((left, right, tokens[left] + " " + tokens[right], index + 1))
            }
            local.sort { ($0.left, $0.right) < ($1.left, $1.right) }
            for cut in local {
                cuts.append(
                    Cut(
                        score: score.isNaN ? -.infinity : score, leftLength: cut.leftLength,
                        rightLength: starts.count + 1 - cut.leftLength, order: cuts.count,
                        text: cut.text))
            }
        }
        cuts.sort { first, second in
            if first.score != second.score { return first.score > second.score }
            if first.leftLength != second.leftLength { return first.leftLength > second.leftLength }
            if first.rightLength != second.rightLength {
                return first.rightLength > second.rightLength
            }
            return first.order < second.order
        }
        return cuts.map(\.text)
    }

    private static func object(_ members: (String, JSONValue)...) -> JSONValue {
        .object(members.map { .init($0.0, $0.1) })
    }

    private static func model(
        tokens: [String], merges: [String], ignoresMerges: Bool, unknown: String?,
        fallsBackToBytes: Bool
    ) -> JSONValue {
        let pairs = merges.map { merge in
            JSONValue.array(
                merge.split(separator: " ", omittingEmptySubsequences: false).map {
                    .string(String($0))
                })
        }
        // One key stands once in an object; of equal tokens the first is the one that is found.
        var seen = Set<[UInt8]>()
        let entries = tokens.enumerated().filter { seen.insert(Array($0.element.utf8)).inserted }
        return object(
            ("type", .string("BPE")), ("dropout", .null),
            ("unk_token", unknown.map { .string($0) } ?? .null),
            ("continuing_subword_prefix", .null), ("end_of_word_suffix", .null),
            ("fuse_unk", .bool(fallsBackToBytes)), ("byte_fallback", .bool(fallsBackToBytes)),
            ("ignore_merges", .bool(ignoresMerges)),
            ("vocab", .object(entries.map { .init($0.element, .number("\($0.offset)")) })),
            ("merges", .array(pairs)))
    }

    private static func document(
        specials: [SpecialToken], normalizer: JSONValue, preTokenizer: JSONValue,
        decoder: JSONValue, model: JSONValue
    ) -> Data {
        let added = specials.map { special in
            object(
                ("id", .number("\(special.id)")), ("content", .string(special.content)),
                ("single_word", .bool(false)), ("lstrip", .bool(false)),
                ("rstrip", .bool(false)), ("normalized", .bool(false)), ("special", .bool(true)))
        }
        return object(
            ("version", .string("1.0")), ("truncation", .null), ("padding", .null),
            ("added_tokens", .array(added)), ("normalizer", normalizer),
            ("pre_tokenizer", preTokenizer), ("post_processor", .null), ("decoder", decoder),
            ("model", model)
        ).serialized()
    }
}
