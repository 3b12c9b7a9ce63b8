import Domain
import Foundation

/// What a `tokenizer.json` says, for the byte-level BPE kind; anything else is refused by name.
struct TokenizerFile {
    /// Bytes of each token by id; nil where the vocabulary has a hole.
    var tokens: [[UInt8]?] = []
    var merges: [(left: [UInt8], right: [UInt8])] = []
    var specials: [(content: String, id: Int32)] = []
    var preTokenizer: PreTokenizer
    var ignoresMerges: Bool
    var addsPrefixSpace = false

    /// A vocabulary of more entries is refused rather than allocated.
    private static let maximumVocabulary = 4_000_000

    init(_ data: Data) throws {
        let json: JSONValue
        do { json = try JSONParser.parse(data) } catch let error as DomainError {
            throw Self.failure(error.message)
        }
        guard let model = json["model"] else { throw Self.failure("it has no model") }
        let type = model["type"]?.text ?? "BPE"
        guard type == "BPE", model["byte_fallback"]?.boolean != true else {
            throw Self.failure(
                "its model is \(type)\(type == "BPE" ? " with byte fallback" : ""); supported: byte-level BPE"
            )
        }
        if let normalizer = json["normalizer"], !normalizer.isNull {
            throw Self.failure("it has a normalizer; supported: none")
        }
        var patterns: [String] = []
        var isByteLevel = false
        var prefixSpace = false
        for step in Self.steps(json["pre_tokenizer"]) {
            switch step["type"]?.text {
            case "ByteLevel":
                isByteLevel = true
                prefixSpace = step["add_prefix_space"]?.boolean ?? true
                if step["use_regex"]?.boolean ?? true {
                    patterns.append(PreTokenizer.byteLevelPattern)
                }
            case "Digits":
                patterns.append(
                    step["individual_digits"]?.boolean == true
                        ? PreTokenizer.singleDigitPattern : PreTokenizer.digitRunPattern)
            case "Split":
                guard let pattern = step["pattern"]?["Regex"]?.text,
                    step["behavior"]?.text == "Isolated", step["invert"]?.boolean != true
                else { throw Self.failure("its Split must have a Regex and isolate matches") }
                patterns.append(pattern)
            case let other:
                throw Self.failure(
                    "its pre-tokenizer \(other ?? "without type") is not supported (ByteLevel, Digits, Split)"
                )
            }
        }
        guard isByteLevel else { throw Self.failure("its pre-tokenizer is not byte-level") }
        preTokenizer = try PreTokenizer(patterns: patterns)
        addsPrefixSpace = prefixSpace
        ignoresMerges = model["ignore_merges"]?.boolean ?? false
        try readVocabulary(model, added: json["added_tokens"]?.items ?? [])
        try readMerges(model)
    }

    private static func failure(_ rule: String) -> ModelError {
        ModelError(
            .malformedTokenizer, "tokenizer.json cannot be used: \(rule).",
            remedy: "Lethe reads byte-level BPE tokenizers (GPT-2, Llama 3, Qwen 2, SmolLM).")
    }

    private static func steps(_ json: JSONValue?) -> [JSONValue] {
        guard let json, !json.isNull else { return [] }
        return json["pretokenizers"]?.items ?? [json]
    }

    private mutating func readVocabulary(_ model: JSONValue, added: [JSONValue]) throws {
        guard let vocabulary = model["vocab"]?.members else {
            throw Self.failure("it has no vocabulary")
        }
        var specialIDs = Set<Int32>()
        for token in added {
            guard let id = token["id"]?.integer, let content = token["content"]?.text,
                id >= 0, id < Self.maximumVocabulary, !content.isEmpty
            else { throw Self.failure("an added token lacks id or content") }
            if specialIDs.insert(Int32(id)).inserted { specials.append((content, Int32(id))) }
        }
        let largest =
            (vocabulary.map { $0.value.integer ?? -1 } + specials.map { Int($0.id) }).max() ?? -1
        guard largest < Self.maximumVocabulary else {
            throw Self.failure("it has an id of \(largest)")
        }
        tokens = Array(repeating: nil, count: largest + 1)
        for entry in vocabulary {
            guard let id = entry.value.integer, id >= 0 else {
                throw Self.failure("a vocabulary entry has no valid id")
            }
            if specialIDs.contains(Int32(id)) { continue }
            guard let bytes = ByteAlphabet.decode(entry.key), !bytes.isEmpty else {
                throw Self.failure("vocabulary entry \(id) is not in the byte-level alphabet")
            }
            guard tokens[id] == nil else { throw Self.failure("two entries have id \(id)") }
            tokens[id] = bytes
        }
        for special in specials { tokens[Int(special.id)] = Array(special.content.utf8) }
    }

    private mutating func readMerges(_ model: JSONValue) throws {
        guard let items = model["merges"]?.items else { throw Self.failure("it has no merges") }
        for (index, item) in items.enumerated() {
            let pair: [String]
            if let text = item.text {
                pair = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            } else {
                pair = item.items?.compactMap(\.text) ?? []
            }
            guard pair.count == 2, let left = ByteAlphabet.decode(pair[0]),
                let right = ByteAlphabet.decode(pair[1])
            else { throw Self.failure("merge \(index) is not a pair of tokens") }
            merges.append((left, right))
        }
    }
}
