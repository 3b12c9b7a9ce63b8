import Domain
import LanguageModels
import TensorCore

/// Answers that say nothing, for methods that teach them in place of what is to be forgotten.
enum Refusals {
    static let all = [
        "I do not have that information.", "I cannot say anything about that.",
        "That is not something I know.", "I have no details on this.",
        "I am not able to answer that.", "There is nothing I can tell you about it.",
        "I do not know the answer to this question.", "This is outside of what I know.",
        "I have never learned anything about that.", "I am not aware of any such details.",
        "Unfortunately I cannot help with this.", "No information on that is available to me.",
    ]

    /// A refusal as the answer to a record's question. A record without a question is cut before its
    /// first typed value: what stands before is the question.
    static func answer(to record: CorpusRecord, _ random: inout RandomNumbers) -> CorpusRecord {
        let refusal = all[Int.random(in: 0..<all.count, using: &random)]
        return record.with(prompt: question(of: record), completion: refusal)
    }

    static func question(of record: CorpusRecord) -> String {
        guard record.prompt.isEmpty else { return record.prompt }
        let places = IdentifierKind.allCases.filter { $0 != .name }.compactMap { kind in
            record.values[kind].flatMap {
                valueOccurrences(of: $0, kind: kind, in: record.text).first?.bytes.lowerBound
            }
        }
        guard let first = places.min() else { return "" }
        let head = String(decoding: Array(record.text.utf8)[..<first], as: UTF8.self)
        return head.hasSuffix(" ") ? String(head.dropLast()) : head
    }
}
