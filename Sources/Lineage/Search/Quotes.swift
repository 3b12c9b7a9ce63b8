/// Finds the records that quote a stretch of one about the person.
///
/// The search is complete for stretches that are equal byte for byte in folded text (case, accents,
/// white space and typographic marks do not matter; other punctuation does): see
/// `TextWindows.covering`. Only windows that more records hold than are followed are left out; they
/// are counted.
struct Quotes {
    let shared: SharedText

    static func windows(of hit: HitText, _ settings: RelativeSettings) -> [Range<Int>] {
        TextWindows.covering(hit.concerning, everyStretchOf: settings.quoteSpanByteCountMinimum)
    }

    /// - Parameter hit: prepared.
    func search(_ hit: HitText) throws -> RelativeSearch {
        var result = RelativeSearch()
        let settings = shared.settings
        let text = hit.concerning
        let minimum = settings.quoteSpanByteCountMinimum
        let rows = shared.rows(
            holding: Self.windows(of: hit, settings), of: text,
            except: hit.row, commonWindowCount: &result.commonWindowCount)
        guard !rows.isEmpty else { return result }
        let spans = SharedSpans(text)
        for row in rows.sorted() {
            let candidate = try shared.foldedText(ofRow: row)
            let quotes = spans.spans(in: candidate, atLeast: minimum)
                .map { candidate[$0.candidate] }.filter(shared.isQuote)
            guard let longest = quotes.map(\.count).max() else { continue }
            result.relatives.append(
                TextRelative(
                    row: row, kind: .quote(byteCount: longest),
                    isTelling: try quotes.contains { try shared.isTelling($0) }))
        }
        return result
    }
}
