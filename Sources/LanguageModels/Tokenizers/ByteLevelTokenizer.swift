import Domain
import Foundation
import Synchronization

/// Byte-level byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019) as in a Hugging Face
/// `tokenizer.json`: text is cut by the pre-tokenizer, each piece's bytes are merged by rank.
///
/// Vocabulary and merges are keyed by bytes: two entries that Unicode calls equivalent stay two.
package final class ByteLevelTokenizer: Tokenizer {
    package let vocabularySize: Int
    package let beginID: Int32?
    package let endID: Int32?
    /// The `tokenizer.json` this was read from or would be written as.
    package let file: Data

    private let tokens: [[UInt8]?]
    private let ids: [[UInt8]: Int32]
    /// (left id, right id) -> rank and merged id.
    private let merges: [UInt64: (rank: Int32, id: Int32)]
    private let specials: [(content: String, id: Int32)]
    private let preTokenizer: PreTokenizer
    /// Whole pieces that are in the vocabulary are taken without merging.
    private let ignoresMerges: Bool
    private let addsPrefixSpace: Bool
    private let cache = Mutex<[[UInt8]: [Int32]]>([:])

    private static let cacheLimit = 100_000

    /// Reads a `tokenizer.json`.
    /// - Parameter configuration: the model's `config.json`, which names begin and end tokens.
    /// - Throws: `malformed-tokenizer` naming what is missing or not supported; `malformed-json`.
    package init(file: Data, configuration: JSONValue = .object([])) throws {
        let parsed = try TokenizerFile(file)
        self.file = file
        tokens = parsed.tokens
        vocabularySize = parsed.tokens.count
        specials = parsed.specials
        preTokenizer = parsed.preTokenizer
        ignoresMerges = parsed.ignoresMerges
        addsPrefixSpace = parsed.addsPrefixSpace
        let special = Set(parsed.specials.map(\.id))
        var ids: [[UInt8]: Int32] = [:]
        for (id, bytes) in parsed.tokens.enumerated() {
            if let bytes, !special.contains(Int32(id)) { ids[bytes] = Int32(id) }
        }
        self.ids = ids
        var merges: [UInt64: (rank: Int32, id: Int32)] = [:]
        for (rank, merge) in parsed.merges.enumerated() {
            guard let left = ids[merge.left], let right = ids[merge.right],
                let whole = ids[merge.left + merge.right]
            else {
                throw ModelError(
                    .malformedTokenizer,
                    "tokenizer.json: merge \(rank) uses a token that is not in the vocabulary.",
                    details: ["merge": "\(rank)"])
            }
            let key = Self.key(left, right)
            if merges[key] == nil { merges[key] = (Int32(rank), whole) }
        }
        self.merges = merges
        func named(_ key: String) -> Int32? {
            let value = configuration[key]
            let id = value?.integer ?? value?.items?.first?.integer
            return id.flatMap { (0..<parsed.tokens.count).contains($0) ? Int32($0) : nil }
        }
        let fallback = parsed.specials.first { $0.content == "<|endoftext|>" }?.id
        endID = named("eos_token_id") ?? fallback
        beginID = named("bos_token_id") ?? fallback
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    package func spans(_ text: String) -> [TokenSpan] {
        var result: [TokenSpan] = []
        var offset = 0
        for (part, special) in splitSpecials(text) {
            if let special {
                result.append(TokenSpan(id: special, bytes: offset..<offset + part.utf8.count))
                offset += part.utf8.count
                continue
            }
            let start = offset
            let prefixed = addsPrefixSpace && !part.hasPrefix(" ") && !part.isEmpty
            offset += part.utf8.count
            // An added space is not part of the text: its byte is clipped off the first span.
            var position = prefixed ? start - 1 : start
            for piece in preTokenizer.pieces(prefixed ? " " + part : String(part)) {
                let pieceEnd = position + piece.count
                for id in encode(piece: piece) {
                    let end = position + (tokens[Int(id)]?.count ?? 0)
                    result.append(TokenSpan(id: id, bytes: max(start, position)..<max(start, end)))
                    position = end
                }
                // Bytes missing from the vocabulary have no token; the next piece is in its place.
                position = pieceEnd
            }
        }
        return result
    }

    /// Cuts out the special tokens that stand literally in a text, earliest and longest first.
    private func splitSpecials(_ text: String) -> [(part: Substring, id: Int32?)] {
        guard specials.contains(where: { text.contains($0.content) }) else {
            return [(text[...], nil)]
        }
        var parts: [(Substring, Int32?)] = []
        var rest = text[...]
        while !rest.isEmpty {
            var best: (range: Range<String.Index>, id: Int32)?
            for special in specials {
                guard let range = rest.range(of: special.content, options: .literal) else {
                    continue
                }
                let isBetter =
                    best.map {
                        range.lowerBound < $0.range.lowerBound
                            || (range.lowerBound == $0.range.lowerBound
                                && range.upperBound > $0.range.upperBound)
                    } ?? true
                if isBetter { best = (range, special.id) }
            }
            guard let (range, id) = best else { break }
            if range.lowerBound > rest.startIndex {
                parts.append((rest[..<range.lowerBound], nil))
            }
            parts.append((rest[range], id))
            rest = rest[range.upperBound...]
        }
        if !rest.isEmpty { parts.append((rest, nil)) }
        return parts
    }

    private func encode(piece: [UInt8]) -> [Int32] {
        if let known = cache.withLock({ $0[piece] }) { return known }
        let encoded = merged(piece)
        cache.withLock {
            if $0.count >= Self.cacheLimit { $0.removeAll(keepingCapacity: true) }
            $0[piece] = encoded
        }
        return encoded
    }

    private func merged(_ piece: [UInt8]) -> [Int32] {
        if ignoresMerges, let whole = ids[piece] { return [whole] }
        var symbols = piece.compactMap { ids[[$0]] }
        while symbols.count > 1 {
            var best: (rank: Int32, place: Int, id: Int32)?
            for place in 0..<symbols.count - 1 {
                if let merge = merges[Self.key(symbols[place], symbols[place + 1])],
                    merge.rank < best?.rank ?? .max
                {
                    best = (merge.rank, place, merge.id)
                }
            }
            guard let best else { break }
            symbols[best.place] = best.id
            symbols.remove(at: best.place + 1)
        }
        return symbols
    }

    package func decode(_ ids: [Int32]) -> String {
        var bytes: [UInt8] = []
        for id in ids {
            if let special = specials.first(where: { $0.id == id }) {
                bytes.append(contentsOf: special.content.utf8)
            } else if tokens.indices.contains(Int(id)), let token = tokens[Int(id)] {
                bytes.append(contentsOf: token)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package func bytes(of id: Int32) -> [UInt8]? {
        guard tokens.indices.contains(Int(id)), !specials.contains(where: { $0.id == id }) else {
            return nil
        }
        return tokens[Int(id)]
    }
}
