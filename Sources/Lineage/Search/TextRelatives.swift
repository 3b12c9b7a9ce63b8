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
struct SharedText {
    let texts: CorpusSearch
    let settings: RelativeSettings
    let keys: PersonKeys
    /// Whether a row is attributed to people other than the person only.
    let isAboutOthers: (Int64) throws -> Bool

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
    func rows(
        holding windows: [Range<Int>], of text: [UInt8], except own: Int64,
        commonWindowCount: inout Int
    ) throws -> Set<Int64> {
        var rows = Set<Int64>()
        let found = try texts.rows(
            containingEach: windows.map { Array(text[$0]) },
            atMost: settings.candidateRecordCountMaximum)
        for rowsOfWindow in found {
            guard let rowsOfWindow else {
                commonWindowCount += 1
                continue
            }
            rows.formUnion(rowsOfWindow)
        }
        rows.remove(own)
        return rows
    }
}
