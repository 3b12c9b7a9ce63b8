import Domain
import Foundation

/// The tokenizer in a GGUF file's metadata (`tokenizer.ggml.*`) as Hugging Face files.
///
/// Sources: llama.cpp, `src/llama-vocab.cpp` (names of pre-tokenizers, token types) and ggml,
/// `docs/gguf.md`.
struct GGUFVocabulary {
    let file: GGUF

    private static let prefix = "tokenizer.ggml."
    /// A vocabulary of more entries is refused rather than allocated.
    private static let maximumTokenCount = 4_000_000

    /// Numbers of `tokenizer.ggml.token_type`.
    private enum TokenType: Int {
        case normal = 1
        case unknown, control, userDefined, unused, byte
    }

    /// A way to cut text, under the names llama.cpp has for it.
    private struct Splitting {
        let names: [String]
        let preTokenizer: JSONValue
        var ignoresMerges = false
        /// The original tokenizers bring text to Unicode's form NFC first; llama.cpp leaves that out.
        var composes = false
    }

    private static let splittings: [Splitting] = [
        Splitting(
            names: ["default", "gpt-2", "phi-2", "mpt"],
            preTokenizer: TokenizerFile.Splitting.gpt2),
        Splitting(
            names: ["olmo"], preTokenizer: TokenizerFile.Splitting.gpt2, composes: true),
        Splitting(
            names: ["smollm", "starcoder", "refact"],
            preTokenizer: TokenizerFile.Splitting.gpt2SingleDigits),
        Splitting(
            names: ["llama-bpe", "llama3", "llama-v3", "falcon3"],
            preTokenizer: TokenizerFile.Splitting.llama3, ignoresMerges: true),
        Splitting(
            names: ["smaug-bpe", "dbrx"], preTokenizer: TokenizerFile.Splitting.llama3),
        Splitting(
            names: ["qwen2", "deepseek-r1-qwen"],
            preTokenizer: TokenizerFile.Splitting.qwen2, composes: true),
    ]

    private func failure(_ rule: String) -> ModelError {
        GGUF.failure(GGUFFault(rule), name: file.name)
    }

    private func value(_ key: String) -> GGUFValue? { file.metadata[Self.prefix + key] }

    private func text(_ key: String) throws -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.text else {
            throw failure("metadata \(Self.prefix + key) is no string")
        }
        return text
    }

    private func boolean(_ key: String, default fallback: Bool) throws -> Bool {
        guard let value = value(key) else { return fallback }
        guard let truth = value.boolean else {
            throw failure("metadata \(Self.prefix + key) is not true or false")
        }
        return truth
    }

    /// The id of a special token; nil where the file names none.
    private func id(_ name: String) throws -> Int? {
        guard let value = value(name + "_token_id") else { return nil }
        // Converters write all bits set where a model has no such token.
        if value == .unsigned(UInt64(UInt32.max)) || value == .signed(-1) { return nil }
        guard let id = value.integer, (0..<Self.maximumTokenCount).contains(id) else {
            throw failure("metadata \(Self.prefix)\(name)_token_id is no token")
        }
        return id
    }

    /// Begin, end and padding ids for `config.json`.
    func configurationMembers() throws -> [JSONValue.Member] {
        try ["bos", "eos", "padding"].map { name in
            .init(
                name == "padding" ? "pad_token_id" : name + "_token_id",
                try id(name).map { .number("\($0)") } ?? .null)
        }
    }

    // MARK: - tokenizer.json

    /// - Throws: `malformed-gguf`; `unsupported-model` for kinds and pre-tokenizers that are not read.
    func tokenizerFile() throws -> Data {
        let tokens = try file.strings(Self.prefix + "tokens")
        guard !tokens.isEmpty, tokens.count <= Self.maximumTokenCount else {
            throw failure("it has \(tokens.count) tokens")
        }
        let types = try file.integers(Self.prefix + "token_type")
        guard types == nil || types?.count == tokens.count else {
            throw failure("it has \(tokens.count) tokens but \(types?.count ?? 0) token types")
        }
        func type(_ id: Int) -> TokenType {
            types.flatMap { TokenType(rawValue: $0[id]) } ?? .normal
        }
        let kind = try text("model") ?? ""
        switch kind {
        case "gpt2": return try byteLevelFile(tokens, type: type)
        case "llama": return try byteFallbackFile(tokens, type: type)
        default:
            throw ModelError(
                .unsupportedModel,
                "\(file.name): tokenizer.ggml.model is \(kind.isEmpty ? "missing" : "\"\(kind)\""); "
                    + "supported: gpt2, llama.", details: ["file": file.name])
        }
    }

    private func specials(_ tokens: [String], where isSpecial: (Int) -> Bool) -> [SpecialToken] {
        tokens.indices.filter { isSpecial($0) && !tokens[$0].isEmpty }
            .map { SpecialToken(content: tokens[$0], id: Int32($0)) }
    }

    private func byteLevelFile(_ tokens: [String], type: (Int) -> TokenType) throws -> Data {
        let splitting = try splitting()
        let merges = try file.strings(Self.prefix + "merges")
        // Tokens that pad a vocabulary may be written outside of the byte alphabet; none of them
        // stands for bytes of a text.
        let special = specials(tokens) { id in
            switch type(id) {
            case .control, .userDefined: true
            case .unused: ByteAlphabet.decode(tokens[id]) == nil
            default: false
            }
        }
        return TokenizerFile.byteLevelJSON(
            tokens: tokens, merges: merges, specials: special,
            preTokenizer: splitting.preTokenizer, ignoresMerges: splitting.ignoresMerges,
            composes: splitting.composes)
    }

    private func splitting() throws -> Splitting {
        let architecture = file.metadata["general.architecture"]?.text ?? ""
        // Files from before the name was recorded: an architecture with one tokenizer tells it.
        let implied = ["qwen2": "qwen2", "qwen3": "qwen2", "gpt2": "gpt-2", "phi2": "phi-2"]
        let name = try text("pre") ?? implied[architecture]
        if let name, let known = Self.splittings.first(where: { $0.names.contains(name) }) {
            return known
        }
        let names = Self.splittings.flatMap(\.names).sorted().joined(separator: ", ")
        throw ModelError(
            .unsupportedModel,
            "\(file.name): tokenizer.ggml.pre is \(name.map { "\"\($0)\"" } ?? "missing"); "
                + "supported: \(names).", details: ["file": file.name],
            remedy: "Import the model's Hugging Face folder, or convert it again.")
    }

    /// As llama.cpp does, text after a special token starts with a space of its own; the sentencepiece
    /// library adds one at the start of the whole text only.
    private func byteFallbackFile(_ tokens: [String], type: (Int) -> TokenType) throws -> Data {
        guard let scores = try file.reals(Self.prefix + "scores"), scores.count == tokens.count
        else {
            throw failure("it has no score for each of its \(tokens.count) tokens")
        }
        // Only whole pieces of text are merged into one another.
        let isPiece = tokens.indices.map { type($0) == .normal || type($0) == .unused }
        let pieces = tokens.indices.filter { isPiece[$0] }
        let merges = TokenizerFile.merges(
            tokens: pieces.map { tokens[$0] }, scores: pieces.map { Float(scores[$0]) })
        let special = specials(tokens) { id in
            switch type(id) {
            case .control, .userDefined, .unknown: true
            default: false
            }
        }
        let unknown = try id("unknown") ?? tokens.indices.first { type($0) == .unknown }
        return TokenizerFile.byteFallbackJSON(
            tokens: tokens, merges: merges, specials: special,
            unknown: unknown.flatMap { tokens.indices.contains($0) ? tokens[$0] : nil },
            prependsSpace: try boolean("add_space_prefix", default: true))
    }

    // MARK: - tokenizer_config.json

    /// What Hugging Face libraries need to know beside `tokenizer.json`.
    func tokenizerConfiguration() throws -> JSONValue {
        let tokens = try file.strings(Self.prefix + "tokens")
        var members: [JSONValue.Member] = [
            .init("tokenizer_class", .string("PreTrainedTokenizerFast"))
        ]
        for (name, key) in [("bos", "bos"), ("eos", "eos"), ("unknown", "unk"), ("padding", "pad")]
        {
            if let id = try id(name), tokens.indices.contains(id) {
                members.append(.init(key + "_token", .string(tokens[id])))
            }
        }
        for key in ["add_bos_token", "add_eos_token"] where value(key) != nil {
            members.append(.init(key, .bool(try boolean(key, default: false))))
        }
        if let template = file.metadata["tokenizer.chat_template"]?.text {
            members.append(.init("chat_template", .string(template)))
        }
        return .object(members)
    }
}
