import Domain
import LanguageModels

/// Mean negative log-likelihoods per token of values, as C5 takes them: `[occurrence][0...k]`.
struct ValueScores: Sendable {
    var fields: [String] = []
    var rows: [[Double]] = []
}

/// One text to score for one candidate, and the ranges of tokens that are averaged.
private struct CandidateRequest {
    let sequence: ScoredSequence
    let spans: [Range<Int>]

    /// Scores from the first token of the first place to the last of the last, and reads no further.
    init(_ candidate: TwinRecord, places: [Range<Int>], tokenizer: any Tokenizer) {
        let encoded = EncodedRecord(candidate.record, tokenizer: tokenizer)
        spans = places.map { place in
            let tokens = encoded.tokens(covering: place)
            // A token at the very start has nothing it could be predicted from.
            return max(1, tokens.lowerBound)..<max(1, tokens.upperBound)
        }
        let filled = spans.filter { !$0.isEmpty }
        let start = filled.map(\.lowerBound).min() ?? 1
        let end = filled.map(\.upperBound).max() ?? 1
        sequence = ScoredSequence(
            ids: Array(encoded.ids[..<min(encoded.ids.count, max(end, 1))]), scored: start..<end)
    }

    func means(_ scores: [TokenScore]) -> [Double] {
        spans.map { span in
            let start = span.lowerBound - sequence.scored.lowerBound
            guard !span.isEmpty, start >= 0, start + span.count <= scores.count else { return .nan }
            let values = scores[start..<start + span.count].map { Double($0.logProbability) }
            return meanLoss(values) ?? .nan
        }
    }
}

extension Scorer {
    /// Which records of a person are scored.
    enum Extent {
        case allRecords
        /// For each field its shortest record: enough for a control, at a fraction of the cost.
        case shortestRecords
    }

    /// Scores the person's values and those of the twins in the same records.
    ///
    /// - Parameter fields: both substituted and scored; all others keep the person's value.
    func valueScores(
        _ subject: GateSubject, fields: [IdentifierKind], extent: Extent = .allRecords
    ) throws -> ValueScores {
        var scores = ValueScores()
        var requests: [CandidateRequest] = []
        var recordFields: [[IdentifierKind]] = []
        for index in subject.person.records.indices {
            let record = subject.person.records[index]
            let places = subject.occurrences[index].filter { fields.contains($0.kind) }
            let first = subject.firstOccurrences(inRecord: index).filter { place in
                fields.contains(place.kind)
                    && (extent == .allRecords
                        || shortestRecord(of: place.kind, subject) == index)
            }
            guard !first.isEmpty else { continue }
            let scoredIndices = places.indices.filter { first.contains(places[$0]) }
            recordFields.append(scoredIndices.map { places[$0].kind })
            for candidate in 0...subject.twins.count {
                let text = try candidateRecord(
                    record, places: places,
                    twin: candidate == 0 ? nil : subject.twins[candidate - 1])
                requests.append(
                    CandidateRequest(
                        text, places: scoredIndices.map { text.places[$0] },
                        tokenizer: model.tokenizer))
            }
        }
        let results = try score(requests.map(\.sequence))
        let width = subject.twins.count + 1
        for (group, kinds) in recordFields.enumerated() {
            let means = (0..<width).map { j in
                requests[group * width + j].means(results[group * width + j])
            }
            for (place, kind) in kinds.enumerated() {
                // A value that opens a text cannot be scored for anybody.
                guard !requests[group * width].spans[place].isEmpty else { continue }
                scores.fields.append(kind.rawValue)
                scores.rows.append(means.map { $0[place] })
            }
        }
        return scores
    }

    /// Scores the second halves of the person's values, given the true record up to the first half,
    /// against the twins' second halves in the same place.
    func tailScores(
        _ subject: GateSubject, extent: Extent = .allRecords
    ) throws -> ValueScores {
        var scores = ValueScores()
        var requests: [CandidateRequest] = []
        for index in subject.person.records.indices {
            let record = subject.person.records[index]
            let text = Array(record.text.utf8)
            for place in subject.firstOccurrences(inRecord: index)
            where extent == .allRecords || shortestRecord(of: place.kind, subject) == index {
                guard let halves = place.rendering.halves(subject.person.values[place.kind] ?? ""),
                    text[place.bytes].elementsEqual((halves.head + halves.tail).utf8)
                else { continue }
                let tails = subject.twins.compactMap { twin in
                    twin.values[place.kind].flatMap { place.rendering.halves($0)?.tail }
                }
                let candidates = ([halves.tail] + tails).compactMap { tail in
                    TwinRecord(record, replacements: [(place.bytes, halves.head + tail)])
                }
                guard candidates.count == subject.twins.count + 1 else { continue }
                scores.fields.append(place.kind.rawValue)
                for candidate in candidates {
                    let whole = candidate.places[0]
                    let tail = whole.lowerBound + halves.head.utf8.count..<whole.upperBound
                    requests.append(
                        CandidateRequest(candidate, places: [tail], tokenizer: model.tokenizer))
                }
            }
        }
        let results = try score(requests.map(\.sequence))
        let means = zip(requests, results).map { $0.means($1)[0] }
        let width = subject.twins.count + 1
        scores.rows = scores.fields.indices.map { Array(means[$0 * width..<($0 + 1) * width]) }
        return scores
    }

    private func shortestRecord(of kind: IdentifierKind, _ subject: GateSubject) -> Int? {
        subject.person.records.indices
            .filter { index in subject.occurrences[index].contains { $0.kind == kind } }
            .min { a, b in
                let (x, y) = (subject.person.records[a], subject.person.records[b])
                return x.text.utf8.count < y.text.utf8.count
            }
    }

    private func candidateRecord(
        _ record: CorpusRecord, places: [ValueOccurrence], twin: PersonProfile?
    ) throws -> TwinRecord {
        guard let twin else { return TwinRecord(unchanged: record, places: places.map(\.bytes)) }
        guard let candidate = TwinRecord(record, places: places, twin: twin) else {
            throw VerificationError(
                .degenerateScores, "A twin's value cannot be written in \(record).")
        }
        return candidate
    }
}

extension TwinRecord {
    /// The record with a twin's values in these places, each written as the person's is.
    init?(_ record: CorpusRecord, places: [ValueOccurrence], twin: PersonProfile) {
        let replacements = places.compactMap { place in
            twin.values[place.kind].flatMap { place.rendering.render($0) }
                .map { (bytes: place.bytes, text: $0) }
        }
        guard replacements.count == places.count else { return nil }
        self.init(record, replacements: replacements)
    }
}
