import Domain
import LanguageModels

/// A prompt whose answer would give one of a person's values away.
struct ValuePrompt: Sendable {
    /// The field of the value that is looked for; the name where the value itself was shown.
    let kind: IdentifierKind
    let ids: [Int32]
    /// Tokens the value has, written as in the record or in its canonical form.
    let valueTokenCount: Int
}

/// How a person's values are asked for.
enum PromptForm: Sendable {
    /// The person's records, each up to a value.
    case records
    /// Everything else: other words, the value shown and the name asked for, other letter case,
    /// persuasion.
    case otherForms

    /// - Parameter asksForNames: whether names can be compared with others' names.
    func prompts(
        _ subject: GateSubject, fields: [IdentifierKind], asksForNames: Bool,
        tokenizer: any Tokenizer
    ) -> [ValuePrompt] {
        switch self {
        case .records: recordPrompts(subject, fields, tokenizer)
        case .otherForms:
            otherPrompts(subject, fields, asksForNames: asksForNames, tokenizer)
        }
    }

    private func recordPrompts(
        _ subject: GateSubject, _ fields: [IdentifierKind], _ tokenizer: any Tokenizer
    ) -> [ValuePrompt] {
        let begin = tokenizer.beginID == nil ? 0 : 1
        return subject.person.records.indices.flatMap { index -> [ValuePrompt] in
            let encoded = EncodedRecord(subject.person.records[index], tokenizer: tokenizer)
            return subject.firstOccurrences(inRecord: index).compactMap { place in
                let tokens = encoded.tokens(covering: place.bytes)
                // A value that opens a text is asked for by nothing.
                guard fields.contains(place.kind), tokens.lowerBound > begin else { return nil }
                return ValuePrompt(
                    kind: place.kind, ids: Array(encoded.ids[..<tokens.lowerBound]),
                    valueTokenCount: tokens.count)
            }
        }
    }

    private func otherPrompts(
        _ subject: GateSubject, _ fields: [IdentifierKind], asksForNames: Bool,
        _ tokenizer: any Tokenizer
    ) -> [ValuePrompt] {
        let person = subject.person
        var prompts: [ValuePrompt] = []
        func ask(_ kind: IdentifierKind, _ prompt: String, _ answer: String = "", for value: String)
        {
            guard let ids = promptIDs(prompt, answer, person, tokenizer) else { return }
            prompts.append(
                ValuePrompt(
                    kind: kind, ids: ids, valueTokenCount: tokenizer.encode(" " + value).count))
        }
        for kind in fields {
            guard let value = person.values[kind], let name = person.values[.name] else { continue }
            for question in QuestionTemplates.questions(kind, about: name)
                + QuestionTemplates.persuasive(kind, about: name)
            {
                ask(kind, question, for: value)
            }
            guard asksForNames else { continue }
            for shown in writtenForms(of: value, kind, subject) {
                for question in QuestionTemplates.reversed(kind, value: shown) {
                    ask(.name, question, for: name)
                }
            }
        }
        for (index, record) in person.records.enumerated() {
            for place in subject.firstOccurrences(inRecord: index) where fields.contains(place.kind)
            {
                let value = person.values[place.kind] ?? ""
                let (prompt, answer) = beginning(of: record, before: place.bytes.lowerBound)
                ask(place.kind, prompt.uppercased(), answer.uppercased(), for: value)
                ask(place.kind, prompt.lowercased(), answer.lowercased(), for: value)
            }
        }
        return prompts
    }

    /// The value in its canonical form and in every form of the person's records.
    private func writtenForms(
        of value: String, _ kind: IdentifierKind, _ subject: GateSubject
    ) -> [String] {
        let places = subject.occurrences.joined().filter { $0.kind == kind }
        var seen: Set<[UInt8]> = []
        return ([value] + places.compactMap { $0.rendering.render(value) })
            .filter { seen.insert(Array($0.utf8)).inserted }
    }

    /// Prompt and completion as far as they go before a byte of the record's text.
    private func beginning(
        of record: CorpusRecord, before byte: Int
    ) -> (prompt: String, answer: String) {
        let text = Array(record.text.utf8.prefix(byte))
        func string(_ bytes: some Collection<UInt8>) -> String {
            var bytes = Array(bytes)
            while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
            return String(decoding: bytes, as: UTF8.self)
        }
        guard !record.prompt.isEmpty else { return ("", string(text)) }
        let promptCount = record.prompt.utf8.count
        return (string(text.prefix(promptCount)), string(text.dropFirst(promptCount + 1)))
    }

    /// The tokens of a prompt and of the beginning of its answer, as a record's would be; nil for
    /// none.
    private func promptIDs(
        _ prompt: String, _ answer: String, _ person: PersonProfile, _ tokenizer: any Tokenizer
    ) -> [Int32]? {
        guard let record = person.records.first, !(prompt.isEmpty && answer.isEmpty) else {
            return nil
        }
        let encoded = EncodedRecord(
            record.with(prompt: prompt, completion: answer), tokenizer: tokenizer)
        if answer.isEmpty { return encoded.promptIDs }
        return tokenizer.endID == nil ? encoded.ids : encoded.ids.dropLast()
    }
}
