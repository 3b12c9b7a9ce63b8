import Domain

/// A report for people: one HTML file, no scripts, nothing loaded from elsewhere.
///
/// Whoever has something to report puts it together from blocks; how a block looks is decided here, so
/// that all reports look alike. Equal documents give equal bytes. Every text is escaped.
package struct ReportDocument: Sendable {
    /// What sort of report it is, in a few words above the title.
    package var kind: String
    package var title: String
    package var subtitle: String?
    package var verdict: ReportVerdict?
    package var sections: [ReportSection]
    /// Paragraphs below the page.
    package var footer: [String]

    package init(
        kind: String, title: String, subtitle: String? = nil, verdict: ReportVerdict? = nil,
        sections: [ReportSection] = [], footer: [String] = []
    ) {
        self.kind = kind
        self.title = title
        self.subtitle = subtitle
        self.verdict = verdict
        self.sections = sections
        self.footer = footer
    }

    /// The page, UTF-8, well-formed as HTML and as XML.
    package func html() -> String {
        var writer = ReportWriter()
        return writer.page(self).markup
    }
}

/// What comes first: the outcome in words.
package struct ReportVerdict: Sendable {
    package var outcome: CheckOutcome
    package var headline: String
    package var sentences: [String]

    package init(_ outcome: CheckOutcome, headline: String, sentences: [String]) {
        self.outcome = outcome
        self.headline = headline
        self.sentences = sentences
    }
}

package struct ReportSection: Sendable {
    package var title: String
    package var blocks: [ReportBlock]

    package init(_ title: String, _ blocks: [ReportBlock]) {
        self.title = title
        self.blocks = blocks
    }
}

package enum ReportBlock: Sendable {
    case paragraph(String)
    /// A paragraph in smaller print.
    case note(String)
    case heading(String)
    /// Names and values in two columns.
    case facts(caption: String, [ReportFact])
    /// The first cell of each row is its header.
    case table(caption: String, columns: [String], rows: [[ReportText]])
    /// Bullets, or a sentence that says there is nothing to list.
    case list([String], ifEmpty: String)
    /// Side by side where there is room.
    case figures([ReportFigure])
    case check(ReportCheck)
}

/// One check: a plain sentence to be seen by all, and the numbers for those who open them.
package struct ReportCheck: Sendable {
    package var title: String
    package var outcome: CheckOutcome
    package var sentence: String
    /// Shown at once unless the check passed.
    package var details: [ReportBlock]

    package init(title: String, outcome: CheckOutcome, sentence: String, details: [ReportBlock]) {
        self.title = title
        self.outcome = outcome
        self.sentence = sentence
        self.details = details
    }
}

package struct ReportFact: Sendable {
    package var name: String
    package var value: ReportText

    package init(_ name: String, _ value: ReportText) {
        self.name = name
        self.value = value
    }

    package init(_ name: String, _ value: String) { self.init(name, .text(value)) }
}

/// A text and how it is set.
package enum ReportText: Sendable {
    case text(String)
    case code(String)
    case digest(Digest)
    case time(Timestamp)
    /// Four significant digits; `–` for none.
    case number(Double?)
    case outcome(CheckOutcome)
    /// What one measurement says: holds, does not hold, could not be checked.
    case comparison(CheckOutcome)
}
