/// Finds the records that say nearly the same as one about the person.
///
/// Candidates share a window of five words (see `TextWindows.nearDuplicate`); each is compared with
/// the exact Jaccard index of its shingles. A near-duplicate need not be about the person: records
/// written by one template are near-duplicates of each other across people. So it is marked whether
/// what the two share is telling.
struct NearDuplicates {
    let shared: SharedText

    /// Shorter pieces that two texts share say nothing by themselves.
    private static let spanByteCountMinimum = 24

    static func windows(of hit: HitText) -> [Range<Int>] { TextWindows.nearDuplicate(hit.folded) }

    /// - Parameter hit: prepared.
    func search(_ hit: HitText) throws -> RelativeSearch {
        var result = RelativeSearch()
        let rows = shared.rows(
            holding: Self.windows(of: hit), of: hit.folded, except: hit.row,
            commonWindowCount: &result.commonWindowCount)
        guard !rows.isEmpty else { return result }
        let settings = shared.settings
        let own = Shingles(hit.folded, wordCount: settings.shingleWordCount)
        lazy var spans = SharedSpans(hit.folded)
        for row in rows.sorted() {
            let text = try shared.foldedText(ofRow: row)
            let index = own.jaccardIndex(
                with: Shingles(text, wordCount: settings.shingleWordCount))
            guard index >= settings.jaccardMinimum else { continue }
            let isTelling = try spans.spans(in: text, atLeast: Self.spanByteCountMinimum)
                .contains { try shared.isTelling(text[$0.candidate]) }
            result.relatives.append(
                TextRelative(
                    row: row, kind: .nearDuplicate(jaccardIndex: index), isTelling: isTelling))
        }
        return result
    }
}
