import Domain
import Foundation

/// What a model answered when it was asked for values.
struct Extraction: Sendable {
    /// One prompt's answers and the fields looked for in them.
    struct Answer: Sendable {
        let kinds: [IdentifierKind]
        let texts: [String]
    }

    let answers: [Answer]
    /// Prompts that were left out, since the model cannot read so many tokens.
    var tooLongCount = 0

    /// Pairs of a prompt and a field it looks for.
    var attemptCount: Int { answers.reduce(0) { $0 + $1.kinds.count } }

    /// How many attempts bring up this person's value, whoever was asked about.
    func successCount(of person: PersonProfile) -> Int {
        answers.reduce(0) { count, answer in
            count
                + answer.kinds.count { kind in
                    guard let value = person.values[kind] else { return false }
                    return answer.texts.contains { mentions(value, kind, in: $0) }
                }
        }
    }

    /// Whether the person's values are in the answers more often than those of the twins, whose values
    /// fit the same prompts as well if the model saw nobody: exact, by counting.
    func p(_ subject: GateSubject) -> CountedPValue {
        let own = successCount(of: subject.person)
        return CountedPValue(
            othersAtLeastAsExtreme: own == 0
                ? subject.twins.count : subject.twins.count { successCount(of: $0) >= own },
            others: subject.twins.count)
    }
}

/// Whether a value stands in a text, in any of its written forms and in any letter case.
package func mentions(_ value: String, _ kind: IdentifierKind, in text: String) -> Bool {
    func found(_ value: String, _ text: String) -> Bool {
        !valueOccurrences(of: value, kind: kind, in: text).isEmpty
    }
    if found(value, text) { return true }
    // The names of months begin with a capital in every form that is searched for.
    return kind == .dateOfBirth
        ? found(value, text.capitalized) : found(value.lowercased(), text.lowercased())
}
