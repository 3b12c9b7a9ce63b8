/// The memory of one encoding at a time: tokens so far, the merging of a piece, pieces seen lately.
final class EncodingWorkspace: @unchecked Sendable {
    // Passed from thread to thread, never used by two at once: `BytePairTokenizer` hands it out.
    private let cache = PieceCache()
    private let merging = PairMerging()
    private var output: UnsafeMutablePointer<Int32>
    private var capacity = 1 << 12
    private var count = 0
    private var recordsEnds = false
    /// End of each token in the original text, if asked for.
    private(set) var ends: [Int] = []

    init() { output = .allocate(capacity: capacity) }
    deinit { output.deallocate() }

    /// Tokens of the last text.
    var ids: [Int32] { Array(UnsafeBufferPointer(start: output, count: count)) }

    func encode(
        _ bytes: UnsafeBufferPointer<UInt8>, with tokenizer: BytePairTokenizer, recordsEnds: Bool
    ) {
        count = 0
        ends.removeAll(keepingCapacity: true)
        self.recordsEnds = recordsEnds
        tokenizer.added.split(bytes, 0..<bytes.count) { part, id in
            if let id {
                add(id, end: part.upperBound)
            } else {
                encodeText(bytes, part, tokenizer)
            }
        }
    }

    /// Text without the added tokens that are matched as they stand.
    private func encodeText(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ tokenizer: BytePairTokenizer
    ) {
        if tokenizer.normalizer.isEmpty, tokenizer.normalizedAdded.isEmpty,
            tokenizer.pieceNormalizer.isEmpty
        {
            encodePieces(bytes, range, tokenizer, origins: nil)
            return
        }
        var text = NormalizedText(bytes, range)
        tokenizer.normalizer.apply(to: &text)
        guard !tokenizer.normalizedAdded.isEmpty else {
            encodeNormalized(&text, tokenizer)
            return
        }
        text.bytes.withUnsafeBufferPointer { bytes in
            tokenizer.normalizedAdded.split(bytes, 0..<bytes.count) { part, id in
                if let id {
                    add(id, end: text.origins[part.upperBound])
                } else {
                    var piece = text.slice(part)
                    encodeNormalized(&piece, tokenizer)
                }
            }
        }
    }

    private func encodeNormalized(_ text: inout NormalizedText, _ tokenizer: BytePairTokenizer) {
        tokenizer.pieceNormalizer.apply(to: &text)
        text.bytes.withUnsafeBufferPointer { bytes in
            text.origins.withUnsafeBufferPointer { origins in
                encodePieces(bytes, 0..<bytes.count, tokenizer, origins: origins)
            }
        }
    }

    /// - Parameter origins: places in the original text, if they are not those in `bytes`.
    private func encodePieces(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ tokenizer: BytePairTokenizer,
        origins: UnsafeBufferPointer<Int>?
    ) {
        guard let base = bytes.baseAddress else { return }
        let text = ClassifiedText(bytes: base, classes: CharacterClassTable.shared.classes)
        let total = bytes.count
        let recordsEnds = recordsEnds
        tokenizer.preTokenizer.forEachPiece(text, from: range.lowerBound, to: range.upperBound) {
            from, to in
            let length = to - from
            if count + PieceCache.mostTokens > capacity { grow(by: PieceCache.mostTokens) }
            let first = count
            if length <= PieceCache.longestPiece {
                let key = PieceCache.Key(base + from, count: length, readable: total - from)
                let known = cache.read(key, to: output + first)
                if known >= 0 {
                    count += known
                } else {
                    merge(UnsafeBufferPointer(start: base + from, count: length), tokenizer)
                    cache.write(
                        key, UnsafeBufferPointer(start: output + first, count: count - first))
                }
            } else {
                merge(UnsafeBufferPointer(start: base + from, count: length), tokenizer)
            }
            if recordsEnds { recordEnds(bytes, from..<to, first, tokenizer, origins) }
        }
    }

    private func recordEnds(
        _ bytes: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>, _ first: Int,
        _ tokenizer: BytePairTokenizer, _ origins: UnsafeBufferPointer<Int>?
    ) {
        var end = piece.lowerBound
        for index in first..<count { end += Int(tokenizer.lengths[Int(output[index])]) }
        let isRegular = end == piece.upperBound
        end = piece.lowerBound
        if isRegular {
            for index in first..<count {
                end += Int(tokenizer.lengths[Int(output[index])])
                ends.append(origins?[end] ?? end)
            }
            return
        }
        // Unknown or missing characters: only merging knows what each token covers.
        prepare(UnsafeBufferPointer(rebasing: bytes[piece]), tokenizer)
        merging.forEach { _, length in
            end += length
            ends.append(origins?[end] ?? end)
        }
    }

    private func add(_ id: Int32, end: Int) {
        if count == capacity { grow(by: 1) }
        output[count] = id
        count += 1
        if recordsEnds { ends.append(end) }
    }

    private func grow(by added: Int) {
        let larger = max(capacity * 2, count + added)
        let moved = UnsafeMutablePointer<Int32>.allocate(capacity: larger)
        moved.update(from: output, count: count)
        output.deallocate()
        output = moved
        capacity = larger
    }

    /// Appends the tokens of a piece.
    private func merge(_ piece: UnsafeBufferPointer<UInt8>, _ tokenizer: BytePairTokenizer) {
        prepare(piece, tokenizer)
        merging.forEach { id, _ in
            if count == capacity { grow(by: 1) }
            output[count] = id
            count += 1
        }
    }

    private func prepare(_ piece: UnsafeBufferPointer<UInt8>, _ tokenizer: BytePairTokenizer) {
        merging.begin()
        if tokenizer.ignoresMerges, let whole = tokenizer.ids.number(of: piece) {
            merging.add(whole, length: piece.count)
            return
        }
        var symbols = SymbolReader(tokenizer: tokenizer, merging: merging)
        symbols.read(piece)
        merging.merge(tokenizer.merges)
    }
}

/// Cuts a piece into the tokens that merging starts from.
private struct SymbolReader {
    let tokenizer: BytePairTokenizer
    let merging: PairMerging
    /// Bytes of characters without token before the next one that has one.
    private var missing = 0
    private var unknown = 0

    init(tokenizer: BytePairTokenizer, merging: PairMerging) {
        self.tokenizer = tokenizer
        self.merging = merging
    }

    mutating func read(_ piece: UnsafeBufferPointer<UInt8>) {
        var index = 0
        while index < piece.count {
            let byte = piece[index]
            let length = tokenizer.alphabet == .bytes ? 1 : Self.length(piece, at: index)
            var id = tokenizer.byteIDs[Int(byte)]
            if length > 1 {
                let character = UnsafeBufferPointer(rebasing: piece[index..<index + length])
                id = tokenizer.ids.number(of: character) ?? -1
            }
            if id >= 0 {
                flush()
                merging.add(id, length: missing + length)
                missing = 0
            } else if (index..<index + length).allSatisfy({
                tokenizer.fallbackIDs[Int(piece[$0])] >= 0
            }) {
                flush()
                for place in index..<index + length {
                    merging.add(tokenizer.fallbackIDs[Int(piece[place])], length: missing + 1)
                    missing = 0
                }
            } else if tokenizer.unknownID == nil {
                missing += length
            } else {
                if !tokenizer.fusesUnknown { flush() }
                unknown += length
            }
            index += length
        }
        flush()
    }

    private mutating func flush() {
        guard unknown > 0, let id = tokenizer.unknownID else { return }
        merging.add(id, length: unknown)
        unknown = 0
    }

    private static func length(_ piece: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        let first = piece[index]
        let length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        return min(length, piece.count - index)
    }
}
