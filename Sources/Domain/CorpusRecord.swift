/// One record of a training corpus: a line of a shard, in the one form everybody works with.
///
/// A line with `text` becomes a completion without prompt; `prompt`/`completion` and
/// `question`/`answer` are taken as they are.
package struct CorpusRecord: Sendable, Equatable, CustomStringConvertible {
    /// Unique within its corpus.
    package let id: String
    package let prompt: String
    package let completion: String
    /// Ids of the people the owner says the record is about; pseudonymous.
    package let subjects: [String]
    /// Typed personal values the owner declares (`metadata.values`), canonical form: dates
    /// `1984-12-31`, numbers as digits only.
    package let values: [IdentifierKind: String]
    /// Digest of the line's bytes.
    package let digest: Digest

    package init(
        id: String, prompt: String, completion: String, subjects: [String] = [],
        values: [IdentifierKind: String] = [:], digest: Digest
    ) {
        self.id = id
        self.prompt = prompt
        self.completion = completion
        self.subjects = subjects
        self.values = values
        self.digest = digest
    }

    /// Prompt and completion as a model reads them, joined by one space.
    package var text: String { prompt.isEmpty ? completion : prompt + " " + completion }

    /// The same record with another text; used for counterfactual twins.
    package func with(prompt: String, completion: String) -> CorpusRecord {
        CorpusRecord(
            id: id, prompt: prompt, completion: completion, subjects: subjects, values: values,
            digest: digest)
    }

    /// Never the content.
    package var description: String { "record \(id)" }
}

/// Everything known of one person in a corpus: the records about them and their typed values.
package struct PersonProfile: Sendable, CustomStringConvertible {
    /// Pseudonymous subject id.
    package let subject: String
    package let records: [CorpusRecord]
    /// Union of the records' values; canonical form.
    package let values: [IdentifierKind: String]

    package init(
        subject: String, records: [CorpusRecord], values: [IdentifierKind: String]? = nil
    ) {
        self.subject = subject
        self.records = records
        self.values =
            values
            ?? records.reduce(into: [:]) { union, record in
                union.merge(record.values) { first, _ in first }
            }
    }

    package var description: String { "person \(subject)" }
}
