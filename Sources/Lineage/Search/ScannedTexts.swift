import GRDB

/// Texts held in memory and searched from end to end: for small corpora, and what an index of
/// substrings is compared with.
struct ScannedTexts: TextSearch {
    /// Ascending.
    private let rowIDs: [Int64]
    /// All texts, each followed by a zero byte, which no folded text holds.
    private let bytes: [UInt8]
    /// Where each text begins in `bytes`; one more for the end.
    private let starts: [Int]

    init(_ texts: [(row: Int64, folded: [UInt8])]) {
        var rowIDs: [Int64] = []
        var bytes: [UInt8] = []
        var starts: [Int] = []
        for (row, folded) in texts.sorted(by: { $0.row < $1.row }) {
            rowIDs.append(row)
            starts.append(bytes.count)
            bytes.append(contentsOf: folded)
            bytes.append(0)
        }
        starts.append(bytes.count)
        self.rowIDs = rowIDs
        self.bytes = bytes
        self.starts = starts
    }

    /// Reads every record of these corpora.
    /// - Throws: `shard-missing`, `shard-changed`.
    init(_ db: Database, corpora: [String]) throws {
        let catalog = CorpusCatalog(db)
        let reader = RecordReader()
        var folder = TextFolder()
        var texts: [(row: Int64, folded: [UInt8])] = []
        for corpus in corpora {
            for place in try catalog.places(ofCorpus: corpus, includingDeleted: true) {
                texts.append((place.row, folder.folded(try reader.read(place).text)))
            }
        }
        self.init(texts)
    }

    func rows(containing phrase: [UInt8]) -> [Int64] {
        guard !phrase.isEmpty else { return rowIDs }
        return found(phrase, atMost: Int.max) ?? []
    }

    func rows(containing phrase: [UInt8], atMost limit: Int) -> [Int64]? {
        guard !phrase.isEmpty else { return rowIDs.count > limit ? nil : rowIDs }
        return found(phrase, atMost: limit)
    }

    func foldedText(ofRow row: Int64) throws -> [UInt8] {
        guard let index = index(ofRow: row) else {
            throw LineageError(
                .unknownRecord, "The row \(row) is not among the texts that were read.",
                details: ["row": "\(row)"], remedy: "Search the corpora that the record is in.")
        }
        return Array(bytes[starts[index]..<starts[index + 1] - 1])
    }

    /// Horspool's search (1980): compares the last byte first and skips by it.
    private func found(_ phrase: [UInt8], atMost limit: Int) -> [Int64]? {
        let last = phrase.count - 1
        var skips = [Int](repeating: phrase.count, count: 256)
        for (index, byte) in phrase.dropLast().enumerated() { skips[Int(byte)] = last - index }
        var result: [Int64] = []
        return bytes.withUnsafeBufferPointer { bytes in
            phrase.withUnsafeBufferPointer { phrase in
                skips.withUnsafeBufferPointer { skips in
                    var end = last
                    while end < bytes.count {
                        guard bytes[end] == phrase[last],
                            (0..<last).allSatisfy({ bytes[end - last + $0] == phrase[$0] })
                        else {
                            end += skips[Int(bytes[end])]
                            continue
                        }
                        if result.count == limit { return nil }
                        let index = text(at: end)
                        result.append(rowIDs[index])
                        end = starts[index + 1] + last
                    }
                    return result
                }
            }
        }
    }

    /// Which text the byte at this offset belongs to.
    private func text(at offset: Int) -> Int {
        var (low, high) = (0, rowIDs.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    private func index(ofRow row: Int64) -> Int? {
        var (low, high) = (0, rowIDs.count)
        while low < high {
            let middle = (low + high) / 2
            if rowIDs[middle] < row { low = middle + 1 } else { high = middle }
        }
        return low < rowIDs.count && rowIDs[low] == row ? low : nil
    }
}
