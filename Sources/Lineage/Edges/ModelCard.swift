import Domain
import Foundation

/// What a Hugging Face model card says of a model's origin: the keys `base_model` and
/// `base_model_relation` of the YAML block that its README begins with.
package struct ModelCard: Sendable, Equatable {
    /// Ids on the Hub, in the order of the card; empty if it names none.
    package let baseModels: [String]
    package let relation: Relation?

    /// The Hub's own four words.
    package enum Relation: String, CaseIterable, Sendable {
        case adapter, merge, quantized, finetune
    }

    package init(baseModels: [String], relation: Relation?) {
        self.baseModels = baseModels
        self.relation = relation
    }

    /// What the model is: what the card says, else what the Hub takes for granted - several origins
    /// make a merge.
    package var kind: Artefact.Kind {
        switch relation {
        case .adapter: .adapter
        case .merge: .merge
        case .quantized: .quantised
        case .finetune: .model
        case nil: baseModels.count > 1 ? .merge : .model
        }
    }

    /// Reads the card of a README, at most 1 MiB of it; a text without a YAML block names nothing.
    ///
    /// Of YAML only what these keys need is read: plain and quoted strings, lists on one line or
    /// below the key. Anything else under them is refused, not guessed at; other keys are skipped.
    /// - Parameter path: for messages.
    /// - Throws: `malformed-model-card` with the line.
    package init(readme: Data, path: String) throws {
        let text = String(decoding: readme.prefix(1 << 20), as: UTF8.self)
        var reader = FrontMatter(text, path: path)
        let values = try reader.values(["base_model", "base_model_relation"])
        baseModels = try (values["base_model"] ?? []).map { item in
            guard (1...200).contains(item.text.utf8.count),
                item.text.utf8.allSatisfy({ (33...126).contains($0) })
            else { throw reader.malformed("base_model is not an id of a model", line: item.line) }
            return item.text
        }
        let relations = values["base_model_relation"] ?? []
        guard relations.count < 2 else {
            throw reader.malformed("base_model_relation is a list", line: relations[1].line)
        }
        relation = try relations.first.map { item in
            guard let relation = Relation(rawValue: item.text) else {
                let known = Relation.allCases.map(\.rawValue).joined(separator: ", ")
                throw reader.malformed(
                    "base_model_relation must be one of \(known)", line: item.line)
            }
            return relation
        }
    }
}

/// Reads chosen top-level keys of a YAML block between two `---` lines.
private struct FrontMatter {
    struct Item {
        let text: String
        /// In the file, from 1.
        let line: Int
    }
    private let lines: [String]
    private let path: String

    init(_ text: String, path: String) {
        // Swift takes a carriage return and line feed for one character.
        lines = text.replacingOccurrences(of: "\r\n", with: "\n")
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        self.path = path
    }

    func malformed(_ what: String, line: Int) -> LineageError {
        LineageError(
            .malformedModelCard, "\(path), line \(line): \(what).",
            details: ["path": path, "line": "\(line)"],
            remedy: "Write `base_model: owner/name`, or a list of such ids.")
    }

    mutating func values(_ keys: [String]) throws -> [String: [Item]] {
        guard lines.first.map(trimmed) == "---" else { return [:] }
        guard
            let end = lines.dropFirst().firstIndex(where: { ["---", "..."].contains(trimmed($0)) })
        else { throw malformed("the block of metadata has no end", line: 1) }
        var values: [String: [Item]] = [:]
        for index in 1..<end {
            let line = lines[index]
            if line.hasPrefix("\t") { throw malformed("a tab indents the line", line: index + 1) }
            guard let colon = line.firstIndex(of: ":"), line.first != " ", line.first != "#"
            else { continue }
            let key = String(line[..<colon]).trimmingCharacters(in: .init(charactersIn: "\"' "))
            guard keys.contains(key) else { continue }
            guard values[key] == nil else {
                throw malformed("\(key) is given twice", line: index + 1)
            }
            let rest = String(line[line.index(after: colon)...])
            values[key] = try value(rest, line: index, end: end)
        }
        return values
    }

    private func value(_ text: String, line: Int, end: Int) throws -> [Item] {
        let text = withoutComment(text)
        if text.hasPrefix("[") {
            guard text.hasSuffix("]") else {
                throw malformed("a list in brackets must end on its line", line: line + 1)
            }
            return try text.dropFirst().dropLast().split(separator: ",")
                .map { try scalar(trimmed(String($0)), line: line) }.compactMap { $0 }
        }
        if !text.isEmpty { return try [scalar(text, line: line)].compactMap { $0 } }
        var items: [Item] = []
        for index in (line + 1)..<max(end, line + 1) {
            let entry = withoutComment(lines[index])
            if entry.isEmpty { continue }
            guard entry == "-" || entry.hasPrefix("- ") else {
                guard lines[index].first != " " else {
                    throw malformed("a string or a list of strings is expected", line: index + 1)
                }
                break
            }
            if let item = try scalar(trimmed(String(entry.dropFirst())), line: index) {
                items.append(item)
            }
        }
        return items
    }

    /// Nil for YAML's null.
    private func scalar(_ text: String, line: Int) throws -> Item? {
        guard let first = text.first else { return nil }
        if first == "\"" || first == "'" {
            let inner = text.dropFirst().dropLast()
            guard text.count > 1, text.last == first, !inner.contains(first),
                !inner.contains("\\")
            else { throw malformed("a quoted string is not plain", line: line + 1) }
            return Item(text: String(inner), line: line + 1)
        }
        guard !"&*!|>{}[]%@`,?".contains(first), !text.contains(": ") else {
            throw malformed("a string is expected", line: line + 1)
        }
        return ["null", "Null", "NULL", "~"].contains(text) ? nil : Item(text: text, line: line + 1)
    }

    /// A `#` begins a comment at the start and behind a space.
    private func withoutComment(_ text: String) -> String {
        let text = trimmed(text)
        if text.hasPrefix("#") { return "" }
        return text.range(of: " #").map { trimmed(String(text[..<$0.lowerBound])) } ?? text
    }

    private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespaces) }
}

extension LineageIndex {
    /// Registers a model by its card, with edges from the models that it was made from.
    /// - Parameters:
    ///   - name: of the model that the card describes, e.g. its id on the Hub.
    ///   - location: path or address of the model.
    ///   - known: what ids on the Hub stand for here, e.g. a model of the registry; others become
    ///     artefacts of that name.
    /// - Returns: the card.
    /// - Throws: `malformed-model-card`, `file-unreadable`, `artefact-conflict`,
    ///   `malformed-artefact`; then nothing is registered.
    @discardableResult
    package func importModelCard(
        _ readme: URL, name: String, location: String? = nil,
        known: [String: ArtefactReference] = [:], at time: Timestamp
    ) throws -> ModelCard {
        let card = try ModelCard(readme: DurableFile.read(readme), path: readme.path)
        let child = known[name] ?? .artefact(name)
        try database.write { db in
            // What its owner registered says more than the card.
            if case .artefact = child, try !Self.isDescribed(name, db) {
                try Self.store(
                    Artefact(name: name, kind: card.kind, location: location, origin: "model-card"),
                    at: time, db)
            }
            for base in card.baseModels {
                try Self.link(
                    known[base] ?? .artefact(base), to: child,
                    relation: card.relation?.rawValue ?? card.kind.rawValue, run: "",
                    origin: "model-card", at: time, db)
            }
        }
        return card
    }
}
