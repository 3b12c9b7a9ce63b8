import Domain
import Foundation

/// Trains a byte-level BPE vocabulary from texts (Sennrich et al. 2016): the most frequent pair of
/// neighbouring symbols is merged, again and again; ties go to the pair with the smaller ids, as in
/// the tokenizers library.
package enum TokenizerTraining {
    package static let endOfText = "<|endoftext|>"

    /// - Parameters:
    ///   - vocabularySize: including the end-of-text token and the 256 bytes; at least 257.
    ///   - splitDigits: every digit is a token of its own, so that no number can become one.
    /// - Throws: `malformed-recipe` if the size is too small.
    package static func train(
        on texts: [String], vocabularySize: Int, splitDigits: Bool
    ) throws -> BytePairTokenizer {
        guard vocabularySize >= 257 else {
            throw ModelError(
                .malformedRecipe,
                "tokenizer.vocabulary-size is \(vocabularySize); it must be at least 257.")
        }
        let preTokenizer = try PreTokenizer(
            patterns: (splitDigits ? [PreTokenizer.singleDigitPattern] : [])
                + [PreTokenizer.byteLevelPattern])
        // Ids: 0 is end-of-text, then the bytes in the order of their stand-in characters.
        let order = (0..<256).sorted { ByteAlphabet.characters[$0] < ByteAlphabet.characters[$1] }
        var tokens: [[UInt8]] = [Array(endOfText.utf8)] + order.map { [UInt8($0)] }
        var byteID = [Int32](repeating: 0, count: 256)
        for (index, byte) in order.enumerated() { byteID[byte] = Int32(index + 1) }

        var counts: [[UInt8]: Int] = [:]
        for text in texts {
            for piece in preTokenizer.pieces(text) { counts[piece, default: 0] += 1 }
        }
        var words = counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
            (symbols: $0.key.map { byteID[Int($0)] }, count: $0.value)
        }
        var pairs = PairTable()
        for index in words.indices {
            pairs.add(words[index].symbols, count: words[index].count, word: index, sign: 1)
        }
        var merges: [(Int32, Int32)] = []
        while tokens.count < vocabularySize, let pair = pairs.mostFrequent() {
            let id = Int32(tokens.count)
            tokens.append(tokens[Int(pair.0)] + tokens[Int(pair.1)])
            merges.append(pair)
            for index in pairs.words(holding: pair) {
                let (symbols, count) = words[index]
                pairs.add(symbols, count: count, word: index, sign: -1)
                words[index].symbols = merge(symbols, pair, into: id)
                pairs.add(words[index].symbols, count: count, word: index, sign: 1)
            }
            pairs.forget(pair)
        }
        return try BytePairTokenizer(
            file: file(tokens: tokens, merges: merges, splitDigits: splitDigits))
    }

    private static func merge(_ symbols: [Int32], _ pair: (Int32, Int32), into id: Int32) -> [Int32]
    {
        var result: [Int32] = []
        var index = 0
        while index < symbols.count {
            if index + 1 < symbols.count, symbols[index] == pair.0, symbols[index + 1] == pair.1 {
                result.append(id)
                index += 2
            } else {
                result.append(symbols[index])
                index += 1
            }
        }
        return result
    }

    /// The `tokenizer.json` of a trained vocabulary, readable by the tokenizers library.
    private static func file(
        tokens: [[UInt8]], merges: [(Int32, Int32)], splitDigits: Bool
    ) -> Data {
        func name(_ id: Int) -> String {
            id == 0 ? endOfText : ByteAlphabet.encode(tokens[id])
        }
        return TokenizerFile.byteLevelJSON(
            tokens: tokens.indices.map(name),
            merges: merges.map { "\(name(Int($0.0))) \(name(Int($0.1)))" },
            specials: [SpecialToken(content: endOfText, id: 0)],
            preTokenizer: splitDigits
                ? TokenizerFile.Splitting.gpt2SingleDigits : TokenizerFile.Splitting.gpt2)
    }
}

/// Counts of neighbouring pairs with the words they occur in.
private struct PairTable {
    private var counts: [UInt64: Int] = [:]
    private var places: [UInt64: Set<Int>] = [:]

    private static func key(_ a: Int32, _ b: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: a)) << 32 | UInt64(UInt32(bitPattern: b))
    }

    mutating func add(_ symbols: [Int32], count: Int, word: Int, sign: Int) {
        guard symbols.count > 1 else { return }
        for index in 0..<symbols.count - 1 {
            let key = Self.key(symbols[index], symbols[index + 1])
            counts[key, default: 0] += sign * count
            if sign > 0 { places[key, default: []].insert(word) }
        }
    }

    /// The pair with the highest count, nil once no pair occurs twice.
    func mostFrequent() -> (Int32, Int32)? {
        var best: (key: UInt64, count: Int)?
        for (key, count) in counts where count > 1 {
            if let current = best,
                count < current.count || (count == current.count && key > current.key)
            {
                continue
            }
            best = (key, count)
        }
        return best.map {
            (Int32(truncatingIfNeeded: $0.key >> 32), Int32(truncatingIfNeeded: $0.key))
        }
    }

    /// Words that held the pair at some time, ascending.
    func words(holding pair: (Int32, Int32)) -> [Int] {
        (places[Self.key(pair.0, pair.1)] ?? []).sorted()
    }

    mutating func forget(_ pair: (Int32, Int32)) {
        counts[Self.key(pair.0, pair.1)] = nil
        places[Self.key(pair.0, pair.1)] = nil
    }
}
