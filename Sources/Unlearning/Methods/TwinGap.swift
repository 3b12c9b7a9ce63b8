import Domain
import LanguageModels

/// Twin gap (own): the person's true value shall be as likely as an invented person's in the same place,
/// `L = gamma mean huber(nll(true) - nll(twin)) + alpha CE(retain)`, with one twin drawn for each record
/// and step.
///
/// Bounded on both sides: pushing a value below everybody's would be a give-away of its own. It sees fit
/// twins only; the gate's are of another type.
enum TwinGap {
    static let method = UnlearningMethod.descending(
        id: "twin-gap", title: "Twin gap",
        summary:
            "Makes the person's values as likely as those of invented people, neither more nor "
            + "less. Approximate.",
        source: "Own; measured in Documentation/Methods.md.",
        needs: [.retainSet, .anchorTerms, .fitTwins], learningRate: .init(0.001),
        steps: .init(60), forgetSequenceCount: 2,
        parameters: [
            .init(
                "huber-width", 1, in: 0.001...100,
                "gap, nats a token, beyond which the loss is linear", source: "own"),
            .gamma(1, source: "own"), .alpha(1, source: "own"),
        ]
    ) { run in
        let tokenizer = run.task.original.tokenizer
        let width = run.parameters["huber-width"]
        let records = run.task.forget
        let twins = run.task.fitTwins
        return [
            LossTerm(
                "forget", on: .forget, weight: .constant(run.parameters["gamma"]),
                .tokens { values, batch in
                    Objectives.twinGap(
                        values, mask: batch.mask, sequences: batch.ranges, width: width)
                },
                sequences: { example, random in
                    let record = records[example]
                    let twin = twins[Int.random(in: 0..<twins.count, using: &random)]
                    guard let other = record.with(values: twin.profile.values) else { return [] }
                    return [record, other].map {
                        MaskedSequence(valuesOf: $0, tokenizer: tokenizer)
                    }
                }),
            .retained(run, weight: run.parameters["alpha"]),
        ]
    }
}

extension CorpusRecord {
    /// The record with another person's values in place of its own, each written as its own is; nil if
    /// there is none to replace.
    func with(values others: [IdentifierKind: String]) -> CorpusRecord? {
        var places: [(bytes: Range<Int>, text: String)] = []
        var changed = values
        for kind in IdentifierKind.allCases where kind != .name {
            guard let value = values[kind], let other = others[kind] else { continue }
            for occurrence in valueOccurrences(of: value, kind: kind, in: text) {
                guard let written = occurrence.rendering.render(other) else { continue }
                places.append((occurrence.bytes, written))
                changed[kind] = other
            }
        }
        places.sort { $0.bytes.lowerBound < $1.bytes.lowerBound }
        guard !places.isEmpty else { return nil }
        let record = replacing(places)
        return CorpusRecord(
            id: record.id, prompt: record.prompt, completion: record.completion,
            subjects: record.subjects, values: changed, digest: record.digest)
    }
}
