import Domain
import Foundation

/// What a `tokenizer.json` says, for BPE over bytes (GPT-2, Llama 3, Qwen 2, SmolLM, Pythia) and over
/// characters with byte tokens for the missing ones (Llama 2); anything else is refused by name.
package struct TokenizerFile {
    enum Alphabet {
        case bytes
        case characters
    }

    /// An entry of the vocabulary.
    struct Entry {
        let id: Int32
        /// In the bytes alphabet the bytes it stands for, otherwise its UTF-8.
        let bytes: [UInt8]
        /// False for entries that are written outside of the byte alphabet.
        let isReachable: Bool
    }

    var alphabet = Alphabet.characters
    var entries: [Entry] = []
    /// Largest id plus one.
    var tokenCount = 0
    var merges: [(left: [UInt8], right: [UInt8])] = []
    var added: [AddedToken] = []
    /// Changes to the text in which normalized added tokens are found.
    var normalizer = TextNormalizer()
    /// Changes to the text between them.
    var pieceNormalizer = TextNormalizer()
    var preTokenizer: PreTokenizer
    var decoder = TokenDecoder()
    var unknown: [UInt8]?
    var fusesUnknown = false
    var fallsBackToBytes = false
    var ignoresMerges = false

    /// A vocabulary of more entries is refused rather than allocated, as are ids far beyond the number
    /// of entries.
    private static let maximumVocabulary = 4_000_000
    private static let largestHole = 65_536
    /// Longer expressions and more splits than any tokenizer has.
    private static let longestPattern = 4_096
    private static let mostSplits = 8

    init(_ data: Data) throws {
        let json: JSONValue
        do { json = try JSONParser.parse(data) } catch let error as DomainError {
            throw Self.failure(error.message)
        }
        guard let model = json["model"] else { throw Self.failure("it has no model") }
        let type = model["type"]?.text ?? "BPE"
        guard type == "BPE" else { throw Self.failure("its model is \(type); supported: BPE") }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let mark = model[key]?.text, !mark.isEmpty {
                throw Self.failure("its model has a \(key)")
            }
        }
        if let dropout = model["dropout"]?.real, dropout > 0 {
            throw Self.failure("its model drops merges at random")
        }
        ignoresMerges = model["ignore_merges"]?.boolean ?? false
        fusesUnknown = model["fuse_unk"]?.boolean ?? false
        fallsBackToBytes = model["byte_fallback"]?.boolean ?? false
        unknown = (model["unk_token"]?.text).map { Array($0.utf8) }
        preTokenizer = try PreTokenizer(patterns: [])
        if let value = json["normalizer"], !value.isNull { try readNormalizer(value) }
        try readPreTokenizer(json["pre_tokenizer"])
        try readDecoder(json["decoder"])
        try readVocabulary(model, added: json["added_tokens"]?.items ?? [])
        try readMerges(model)
    }

    static func failure(_ rule: String) -> ModelError {
        ModelError(
            .malformedTokenizer, "tokenizer.json cannot be used: \(rule).",
            remedy:
                "Lethe reads BPE tokenizers over bytes (GPT-2, Llama 3, Qwen 2, SmolLM, Pythia) and "
                + "with byte fallback (Llama 2).")
    }

    /// The steps of a component: those of a sequence, or itself.
    private static func steps(_ json: JSONValue?, _ members: String) throws -> [JSONValue] {
        guard let json, !json.isNull else { return [] }
        guard json["type"]?.text == "Sequence" else { return [json] }
        let steps = json[members]?.items ?? []
        guard !steps.contains(where: { $0["type"]?.text == "Sequence" }) else {
            throw failure("it has a sequence within a sequence")
        }
        return steps
    }

    private static func unsupported(_ what: String, _ step: JSONValue, _ known: String)
        -> ModelError
    {
        failure("its \(what) \(step["type"]?.text ?? "without type") is not supported (\(known))")
    }

    private static func replacement(_ step: JSONValue) throws -> (from: [UInt8], to: [UInt8]) {
        guard let pattern = step["pattern"]?["String"]?.text, let content = step["content"]?.text
        else { throw failure("its Replace must name a String and a content") }
        return (Array(pattern.utf8), Array(content.utf8))
    }

    private mutating func readNormalizer(_ json: JSONValue) throws {
        for step in try Self.steps(json, "normalizers") {
            switch step["type"]?.text {
            case "Prepend":
                try normalizer.add(.prepend(Array((step["prepend"]?.text ?? "").utf8)))
            case "Replace":
                let (from, to) = try Self.replacement(step)
                try normalizer.add(.replace(from, with: to))
            case "NFC": try normalizer.add(.compose)
            default: throw Self.unsupported("normalizer", step, "NFC, Prepend, Replace")
            }
        }
    }

    private mutating func readPreTokenizer(_ json: JSONValue?) throws {
        var patterns: [String] = []
        for (index, step) in try Self.steps(json, "pretokenizers").enumerated() {
            switch step["type"]?.text {
            case "ByteLevel":
                alphabet = .bytes
                if step["add_prefix_space"]?.boolean ?? true {
                    guard index == 0 else {
                        throw Self.failure("its ByteLevel adds a space within the text")
                    }
                    try pieceNormalizer.add(.prependMissing([0x20], onlyFirst: false))
                }
                if step["use_regex"]?.boolean ?? true {
                    patterns.append(PreTokenizer.byteLevelPattern)
                }
            case "Digits":
                patterns.append(
                    step["individual_digits"]?.boolean == true
                        ? PreTokenizer.singleDigitPattern : PreTokenizer.digitRunPattern)
            case "Metaspace":
                guard index == 0 else {
                    throw Self.failure("its Metaspace stands after another pre-tokenizer")
                }
                let (mark, scheme) = try Self.metaspace(step)
                try pieceNormalizer.add(.replace([0x20], with: mark))
                if scheme != "never" {
                    try pieceNormalizer.add(.prependMissing(mark, onlyFirst: scheme == "first"))
                }
                if step["split"]?.boolean ?? true {
                    guard mark == Array("\u{2581}".utf8) else {
                        throw Self.failure("its Metaspace splits at another mark than U+2581")
                    }
                    patterns.append(PreTokenizer.spaceMarkPattern)
                }
            case "Split":
                guard let pattern = step["pattern"]?["Regex"]?.text,
                    pattern.utf8.count <= Self.longestPattern,
                    step["behavior"]?.text == "Isolated", step["invert"]?.boolean != true
                else { throw Self.failure("its Split must have a Regex and isolate matches") }
                patterns.append(pattern)
            default:
                throw Self.unsupported("pre-tokenizer", step, "ByteLevel, Digits, Metaspace, Split")
            }
        }
        guard patterns.count <= Self.mostSplits else {
            throw Self.failure("it has more than \(Self.mostSplits) pre-tokenizers")
        }
        preTokenizer = try PreTokenizer(patterns: patterns)
    }

    private static func metaspace(_ step: JSONValue) throws -> (mark: [UInt8], scheme: String) {
        let mark = Array((step["replacement"]?.text ?? "\u{2581}").utf8)
        // Older files say only whether a space is put before the text.
        let scheme =
            step["prepend_scheme"]?.text
            ?? (step["add_prefix_space"]?.boolean == false ? "never" : "always")
        guard !mark.isEmpty, ["always", "first", "never"].contains(scheme) else {
            throw failure("its Metaspace has no mark or an unknown prepend_scheme")
        }
        return (mark, scheme)
    }

    private mutating func readDecoder(_ json: JSONValue?) throws {
        let steps = try Self.steps(json, "decoders")
        if alphabet == .bytes {
            if let other = steps.first(where: {
                !["ByteLevel", "Fuse"].contains($0["type"]?.text ?? "")
            }) {
                throw Self.unsupported("decoder", other, "ByteLevel")
            }
            return
        }
        for step in steps {
            switch step["type"]?.text {
            case "Replace":
                let (from, to) = try Self.replacement(step)
                try decoder.add(.replace(from, with: to))
            case "ByteFallback": try decoder.add(.byteFallback)
            case "Fuse": try decoder.add(.fuse)
            case "Strip":
                try decoder.add(
                    .strip(
                        Array((step["content"]?.text ?? " ").utf8),
                        start: step["start"]?.integer ?? 0, stop: step["stop"]?.integer ?? 0))
            case "Metaspace":
                let (mark, scheme) = try Self.metaspace(step)
                try decoder.add(.spaceMark(mark, dropsFirst: scheme != "never"))
            default:
                throw Self.unsupported(
                    "decoder", step, "ByteFallback, Fuse, Metaspace, Replace, Strip")
            }
        }
    }

    private mutating func readVocabulary(_ model: JSONValue, added items: [JSONValue]) throws {
        guard let vocabulary = model["vocab"]?.members else {
            throw Self.failure("it has no vocabulary")
        }
        // Contents that are in the vocabulary have its ids.
        let contents = Set(items.compactMap { ($0["content"]?.text).map { Array($0.utf8) } })
        var known: [[UInt8]: Int] = [:]
        for member in vocabulary {
            let key = Array(member.key.utf8)
            if contents.contains(key) { known[key] = member.value.integer }
        }
        var addedIDs = Set<Int32>()
        for item in items {
            guard let given = item["id"]?.integer, let content = item["content"]?.text,
                !content.isEmpty
            else { throw Self.failure("an added token lacks id or content") }
            let id = known[Array(content.utf8)] ?? given
            guard (0..<Self.maximumVocabulary).contains(id) else {
                throw Self.failure("an added token has no valid id")
            }
            guard addedIDs.insert(Int32(id)).inserted else { continue }
            let isSpecial = item["special"]?.boolean ?? true
            added.append(
                AddedToken(
                    id: Int32(id), content: Array(content.utf8), isSpecial: isSpecial,
                    isNormalized: item["normalized"]?.boolean ?? !isSpecial,
                    isSingleWord: item["single_word"]?.boolean ?? false,
                    takesSpaceBefore: item["lstrip"]?.boolean ?? false,
                    takesSpaceAfter: item["rstrip"]?.boolean ?? false))
        }
        let entryCount = vocabulary.count + added.count
        var seen = Set<Int>()
        entries.reserveCapacity(vocabulary.count)
        for member in vocabulary {
            guard let id = member.value.integer, (0..<Self.maximumVocabulary).contains(id),
                id <= 2 * entryCount + Self.largestHole, !member.key.isEmpty
            else { throw Self.failure("a vocabulary entry is empty or has no valid id") }
            guard seen.insert(id).inserted else { throw Self.failure("two entries have id \(id)") }
            let bytes = alphabet == .bytes ? ByteAlphabet.decode(member.key) : nil
            entries.append(
                Entry(
                    id: Int32(id), bytes: bytes ?? Array(member.key.utf8),
                    isReachable: bytes != nil || alphabet == .characters))
            tokenCount = max(tokenCount, id + 1)
        }
        for token in added {
            guard token.id <= 2 * entryCount + Self.largestHole else {
                throw Self.failure("an added token has no valid id")
            }
            tokenCount = max(tokenCount, Int(token.id) + 1)
        }
    }

    private mutating func readMerges(_ model: JSONValue) throws {
        guard let items = model["merges"]?.items else { throw Self.failure("it has no merges") }
        guard items.count < PairMerging.rankLimit else {
            throw Self.failure("it has \(items.count) merges")
        }
        func bytes(_ token: String) -> [UInt8]? {
            alphabet == .bytes ? ByteAlphabet.decode(token) : Array(token.utf8)
        }
        merges.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            let pair: [String]
            if let text = item.text {
                pair = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            } else {
                pair = item.items?.compactMap(\.text) ?? []
            }
            guard pair.count == 2, let left = bytes(pair[0]), let right = bytes(pair[1]) else {
                throw Self.failure("merge \(index) is not a pair of tokens")
            }
            merges.append((left, right))
        }
    }
}
