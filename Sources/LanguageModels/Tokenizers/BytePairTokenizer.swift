import Domain
import Foundation
import Synchronization

/// Reads a `tokenizer.json` of any supported kind.
/// - Parameter configuration: the model's `config.json`, which names begin and end tokens.
/// - Throws: `malformed-tokenizer` naming what is missing or not supported.
package func readTokenizer(
    file: Data, configuration: JSONValue = .object([])
) throws -> any Tokenizer {
    try BytePairTokenizer(file: file, configuration: configuration)
}

/// Byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019) as in a Hugging Face
/// `tokenizer.json`: text is cut by the pre-tokenizer, each piece's bytes or characters are merged by
/// rank.
package final class BytePairTokenizer: Tokenizer {
    package let vocabularySize: Int
    package let beginID: Int32?
    package let endID: Int32?
    /// The `tokenizer.json` this was read from or would be written as.
    package let file: Data

    let added: AddedTokenMatcher
    /// Added tokens that are matched in normalized text.
    let normalizedAdded: AddedTokenMatcher
    let normalizer: TextNormalizer
    let pieceNormalizer: TextNormalizer
    let preTokenizer: PreTokenizer
    let alphabet: TokenizerFile.Alphabet
    let ids: TokenTable
    let merges: MergeTable
    /// Token of each byte as a character of its own (bytes alphabet, or ASCII), -1 if there is none.
    let byteIDs: [Int32]
    /// Tokens `<0x00>` ... `<0xFF>`, -1 if there is none.
    let fallbackIDs: [Int32]
    let unknownID: Int32?
    let fusesUnknown: Bool
    /// Whole pieces that are in the vocabulary are taken without merging.
    let ignoresMerges: Bool
    /// Bytes that each token covers where it comes out of merging; 0 if that depends.
    let lengths: [Int32]

    /// What each token contributes to decoded text: bytes, or the content that the decoder works on.
    private let contents: [[UInt8]?]
    private let isSpecial: [Bool]
    private let decoder: TokenDecoder
    private let workspaces = Mutex<[EncodingWorkspace]>([])

    /// Workspaces kept for later encodings: more threads than this rarely encode at the same time.
    private static let keptWorkspaces = 8

    /// Reads a `tokenizer.json`.
    /// - Parameter configuration: the model's `config.json`, which names begin and end tokens.
    /// - Throws: `malformed-tokenizer` naming what is missing or not supported.
    package init(file: Data, configuration: JSONValue = .object([])) throws {
        let parsed = try TokenizerFile(file)
        self.file = file
        vocabularySize = parsed.tokenCount
        alphabet = parsed.alphabet
        added = AddedTokenMatcher(parsed.added.filter { !$0.isNormalized })
        let normalizer = parsed.normalizer
        normalizedAdded = AddedTokenMatcher(parsed.added.filter(\.isNormalized)) {
            normalizer.apply(to: $0.content)
        }
        self.normalizer = normalizer
        pieceNormalizer = parsed.pieceNormalizer
        decoder = parsed.decoder
        fusesUnknown = parsed.fusesUnknown
        ignoresMerges = parsed.ignoresMerges

        var ids = TokenTable(minimumCapacity: parsed.entries.count)
        var lengths = [Int32](repeating: 0, count: parsed.tokenCount)
        var contents = [[UInt8]?](repeating: nil, count: parsed.tokenCount)
        for entry in parsed.entries {
            contents[Int(entry.id)] = entry.bytes
            guard entry.isReachable else { continue }
            ids.insert(entry.bytes, entry.id)
            lengths[Int(entry.id)] = Int32(entry.bytes.count)
        }
        fallbackIDs =
            parsed.fallsBackToBytes && parsed.alphabet == .characters
            ? (0..<256).map { byte in
                ids.number(of: Array("<0x\(hexadecimalText([UInt8(byte)]).uppercased())>".utf8))
                    ?? -1
            } : Array(repeating: -1, count: 256)
        for id in fallbackIDs where id >= 0 { lengths[Int(id)] = 1 }
        unknownID = parsed.unknown.flatMap { name in
            ids.number(of: name) ?? parsed.added.first { $0.content == name }?.id
        }
        if let unknownID { lengths[Int(unknownID)] = 0 }
        byteIDs = (0..<256).map { byte in
            byte < 128 || parsed.alphabet == .bytes ? ids.number(of: [UInt8(byte)]) ?? -1 : -1
        }
        if parsed.fallsBackToBytes, parsed.alphabet == .bytes, byteIDs.contains(-1) {
            throw TokenizerFile.failure("it is byte-level with byte fallback and lacks bytes")
        }
        var isSpecial = [Bool](repeating: false, count: parsed.tokenCount)
        for token in parsed.added {
            contents[Int(token.id)] =
                parsed.alphabet == .bytes
                ? ByteAlphabet.decode(String(decoding: token.content, as: UTF8.self))
                    ?? token.content : token.content
            isSpecial[Int(token.id)] = token.isSpecial && !fallbackIDs.contains(token.id)
        }
        self.ids = ids
        self.lengths = lengths
        self.contents = contents
        self.isSpecial = isSpecial

        var merges = MergeTable(count: parsed.merges.count)
        for (rank, merge) in parsed.merges.enumerated() {
            guard let left = ids.number(of: merge.left), let right = ids.number(of: merge.right),
                let whole = ids.number(of: merge.left + merge.right)
            else {
                throw ModelError(
                    .malformedTokenizer,
                    "tokenizer.json: merge \(rank) uses a token that is not in the vocabulary.",
                    details: ["merge": "\(rank)"])
            }
            merges.insert(left: left, right: right, rank: UInt32(rank), id: whole)
        }
        self.merges = merges
        // Words are cut apart although the file does not ask for it, where that changes nothing: most of
        // them are known then, and merging a whole text is slow.
        let cutsWords =
            parsed.alphabet == .characters && parsed.preTokenizer.isEmpty && !parsed.ignoresMerges
            && ids.number(of: Self.spaceMark) != nil
            && (unknownID != nil || !fallbackIDs.contains(-1))
            && !parsed.merges.contains { Self.holdsSpaceMarkWithin($0.left + $0.right) }
        preTokenizer = cutsWords ? .spaceMarkRuns : parsed.preTokenizer

        func named(_ key: String) -> Int32? {
            let value = configuration[key]
            let id = value?.integer ?? value?.items?.first?.integer
            return id.flatMap { (0..<parsed.tokenCount).contains($0) ? Int32($0) : nil }
        }
        func token(_ contents: String...) -> Int32? {
            for content in contents {
                let bytes = Array(content.utf8)
                if let token = parsed.added.first(where: { $0.content == bytes }) {
                    return token.id
                }
            }
            return nil
        }
        endID = named("eos_token_id") ?? token("<|endoftext|>", "</s>")
        beginID = named("bos_token_id") ?? token("<|endoftext|>", "<s>")
    }

    private static let spaceMark = Array("\u{2581}".utf8)

    /// True if `▁` stands after something else in a token.
    private static func holdsSpaceMarkWithin(_ token: [UInt8]) -> Bool {
        var rest = token[...]
        while rest.starts(with: spaceMark) { rest = rest.dropFirst(spaceMark.count) }
        return rest.indices.contains { rest[$0...].starts(with: spaceMark) }
    }

    package func encode(_ text: String) -> [Int32] {
        withWorkspace(text) { bytes, workspace in
            workspace.encode(bytes, with: self, recordsEnds: false)
            return workspace.ids
        }
    }

    package func spans(_ text: String) -> [TokenSpan] {
        withWorkspace(text) { bytes, workspace in
            workspace.encode(bytes, with: self, recordsEnds: true)
            // A byte without token belongs to the token after it, or to the last one.
            var start = 0
            let ids = workspace.ids
            return ids.indices.map { index in
                let end = index == ids.count - 1 ? bytes.count : workspace.ends[index]
                defer { start = max(start, end) }
                return TokenSpan(id: ids[index], bytes: start..<max(start, end))
            }
        }
    }

    private func withWorkspace<Result>(
        _ text: String, _ body: (UnsafeBufferPointer<UInt8>, EncodingWorkspace) -> Result
    ) -> Result {
        // One for each thread at work; results do not depend on which.
        let workspace = workspaces.withLock { $0.popLast() } ?? EncodingWorkspace()
        defer {
            workspaces.withLock { if $0.count < Self.keptWorkspaces { $0.append(workspace) } }
        }
        var text = text
        return text.withUTF8 { body($0, workspace) }
    }

    package func decode(_ ids: [Int32]) -> String {
        if alphabet == .bytes {
            var bytes: [UInt8] = []
            for id in ids {
                if let content = content(of: id) { bytes.append(contentsOf: content) }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        return decoder.decode(ids.compactMap(content))
    }

    package func bytes(of id: Int32) -> [UInt8]? {
        guard let content = content(of: id), !isSpecial[Int(id)] else { return nil }
        return alphabet == .bytes ? content : decoder.bytes(ofContent: content)
    }

    private func content(of id: Int32) -> [UInt8]? {
        contents.indices.contains(Int(id)) ? contents[Int(id)] : nil
    }
}
