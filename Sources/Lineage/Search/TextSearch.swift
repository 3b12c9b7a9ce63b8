/// Finds text anywhere in the indexed records, whatever no rule foresaw.
///
/// Texts are in `TextFolder`'s form. A search has no false negatives: a row that holds the bytes is
/// in the answer.
protocol TextSearch {
    /// Rows whose folded text holds these bytes, ascending.
    /// - Throws: `shard-missing`, `shard-changed` if a text that should be looked at cannot be.
    func rows(containing phrase: [UInt8]) throws -> [Int64]

    /// The same, or nil if there are more than `limit` rows. An index may stop looking then.
    func rows(containing phrase: [UInt8], atMost limit: Int) throws -> [Int64]?

    /// - Throws: `unknown-record`, `shard-missing`, `shard-changed`.
    func foldedText(ofRow row: Int64) throws -> [UInt8]
}

extension TextSearch {
    func rows(containing phrase: [UInt8], atMost limit: Int) throws -> [Int64]? {
        let found = try rows(containing: phrase)
        return found.count > limit ? nil : found
    }
}
