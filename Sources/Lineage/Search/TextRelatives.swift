/// Settings of the search for texts that share something with a record about the person.
package struct RelativeSettings: Codable, Sendable, Equatable {
    /// Words of a shingle.
    package var shingleWordCount = 3
    /// Least Jaccard index of the shingles of two near-duplicates, 0 to 1.
    package var jaccardMinimum = 0.5
    /// A quote is a shared span of at least so many bytes of folded text ...
    package var quoteByteCountMinimum = 150
    /// ... or of so many words.
    package var quoteWordCountMinimum = 50
    /// A quote without keys of the person is telling only if at most so many records
    /// hold it. Private text is copied a handful of times, form letters dozens of times.
    package var sharingRecordCountMaximum = 8
    /// A window that more records hold is not followed: it is common text.
    package var candidateRecordCountMaximum = 1000

    package init() {}

    /// The fewest bytes that the shorter of the two kinds of quote can have: so many words of one
    /// byte with one byte between.
    var quoteSpanByteCountMinimum: Int {
        max(2, min(quoteByteCountMinimum, 2 * quoteWordCountMinimum - 1))
    }
}

/// A record whose text shares something with one about the person.
struct TextRelative: Equatable {
    enum Kind: Equatable {
        case nearDuplicate(jaccardIndex: Double)
        case quote(byteCount: Int)
    }
    let row: Int64
    let kind: Kind
    /// Whether what is shared points to this person: it holds a strong identifier of theirs, or
    /// their name with a weak one, or it is as long as a quote and hardly any other record holds
    /// it, none of those attributed to somebody else.
    let isTelling: Bool
}

/// What the relatives of one record have found.
struct RelativeSearch {
    /// One kind at most per row: a near-duplicate goes before a quote, a telling one before both.
    var relatives: [TextRelative] = []
    /// Windows that too many records hold to be followed.
    var commonWindowCount = 0
}

/// The text of a record about the person, ready to be compared with others.
struct HitText {
    let row: Int64
    let folded: [UInt8]
    /// The part that concerns the person; all of it unless the record concerns others, too.
    let concerning: [UInt8]

    init(row: Int64, folded: [UInt8], concerning: [UInt8]? = nil) {
        self.row = row
        self.folded = folded
        self.concerning = concerning ?? folded
    }
}

/// Judges whether what two texts share points to the person.
///
/// What is common to the searches for several texts - the rows of a window, the text of a row - is
/// looked up once.
final class SharedText {
    private let texts: CorpusSearch
    let settings: RelativeSettings
    let keys: PersonKeys
    /// Whether a row is attributed to people other than the person only.
    let isAboutOthers: (Int64) throws -> Bool
    /// Rows by window; nil for one that too many hold.
    private var rowsOfWindow: [[UInt8]: [Int64]?] = [:]
    private var textOfRow: [Int64: [UInt8]] = [:]

    /// Folded texts kept at a time.
    private static let textCountMaximum = 256

    init(
        texts: CorpusSearch, settings: RelativeSettings, keys: PersonKeys,
        isAboutOthers: @escaping (Int64) throws -> Bool
    ) {
        self.texts = texts
        self.settings = settings
        self.keys = keys
        self.isAboutOthers = isAboutOthers
    }

    /// Looks up the windows of several texts in one pass over the blocks that can hold them, and
    /// forgets those of texts before.
    func prepare(_ hits: [HitText]) throws {
        let windows = Set(
            hits.flatMap { hit in
                NearDuplicates.windows(of: hit).map { Array(hit.folded[$0]) }
                    + Quotes.windows(of: hit, settings).map { Array(hit.concerning[$0]) }
            }
        ).sorted { $0.lexicographicallyPrecedes($1) }
        let rows = try texts.rows(
            containingEach: windows, atMost: settings.candidateRecordCountMaximum)
        rowsOfWindow = Dictionary(uniqueKeysWithValues: zip(windows, rows))
    }

    func foldedText(ofRow row: Int64) throws -> [UInt8] {
        if let known = textOfRow[row] { return known }
        let text = try texts.foldedText(ofRow: row)
        if textOfRow.count == Self.textCountMaximum { textOfRow.removeAll() }
        textOfRow[row] = text
        return text
    }

    func isTelling(_ span: ArraySlice<UInt8>) throws -> Bool {
        let bytes = Array(span)
        let findings = keys.findings(in: bytes)
        // Form letters share a name with those to a namesake: a name needs a second key here, too.
        if !findings.strong.isEmpty || (findings.hasFullName && !findings.weak.isEmpty) {
            return true
        }
        // A short span may be rare and still a template: `the author born in Bern is ...`.
        guard isQuote(span) else { return false }
        guard
            let rows = try texts.rows(
                containing: bytes, atMost: settings.sharingRecordCountMaximum)
        else { return false }
        return try !rows.contains(where: isAboutOthers)
    }

    func isQuote(_ span: ArraySlice<UInt8>) -> Bool {
        span.count >= settings.quoteByteCountMinimum
            || FoldedWord.all(in: Array(span)).count >= settings.quoteWordCountMinimum
    }

    /// Rows that hold one of the windows, without the hit itself. A window that is too common is
    /// left out and counted, even if it holds a key: a copy shares other windows as well.
    /// - Parameter windows: of a text that was prepared.
    func rows(
        holding windows: [Range<Int>], of text: [UInt8], except own: Int64,
        commonWindowCount: inout Int
    ) -> Set<Int64> {
        var rows = Set<Int64>()
        for window in windows {
            guard let known = rowsOfWindow[Array(text[window])] else { continue }
            if let known { rows.formUnion(known) } else { commonWindowCount += 1 }
        }
        rows.remove(own)
        return rows
    }
}
