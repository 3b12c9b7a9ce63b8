import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// What Hugging Face model cards say of a model's origin.
struct ModelCardTests {
    struct Card: Sendable, CustomTestStringConvertible {
        let text: String
        let bases: [String]
        let kind: Artefact.Kind
        var testDescription: String { bases.joined(separator: " ") + " \(kind)" }
    }

    static let cards = [
        Card(
            text: "---\nlicense: mit\nbase_model: acme/assistant\nlibrary_name: peft\n---\n# Title",
            bases: ["acme/assistant"], kind: .model),
        Card(
            text:
                "---\r\nbase_model: \"acme/assistant\"  # the first\r\nbase_model_relation: adapter\r\n---\r\n",
            bases: ["acme/assistant"], kind: .adapter),
        Card(
            text:
                "---\nbase_model:\n- acme/a\n- 'acme/b'\n\n# and\n- acme/c # last\ntags:\n- merge\n---\n",
            bases: ["acme/a", "acme/b", "acme/c"], kind: .merge),
        Card(
            text: "---\nbase_model:\n    - acme/a\nbase_model_relation: quantized\n---\n",
            bases: ["acme/a"], kind: .quantised),
        Card(
            text: "---\nbase_model: [acme/a, \"acme/b\"]\nbase_model_relation: merge\n...\n",
            bases: ["acme/a", "acme/b"], kind: .merge),
        Card(text: "---\nbase_model: null\n---\n", bases: [], kind: .model),
        Card(text: "---\nbase_model:\n---\n", bases: [], kind: .model),
        // Only the block at the top speaks, and only its top level.
        Card(text: "# Title\n\n---\nbase_model: acme/a\n---\n", bases: [], kind: .model),
        Card(
            text:
                "---\nmodel-index:\n  base_model: acme/x\nbase_model: acme/a\n---\nbase_model: acme/y\n",
            bases: ["acme/a"], kind: .model),
        Card(text: "", bases: [], kind: .model),
    ]

    @Test(arguments: cards)
    func `origins are read in every spelling that cards have`(card: Card) throws {
        let read = try ModelCard(readme: Data(card.text.utf8), path: "README.md")
        #expect(read.baseModels == card.bases)
        #expect(read.kind == card.kind)
    }

    static let malformed: [(String, Int)] = [
        ("---\nbase_model: acme/a\n", 1),
        ("---\nbase_model: acme/a\nbase_model: acme/b\n---\n", 3),
        ("---\nbase_model:\n  name: acme/a\n---\n", 3),
        ("---\nbase_model: {name: acme/a}\n---\n", 2),
        ("---\nbase_model: &anchor acme/a\n---\n", 2),
        ("---\nbase_model: [acme/a,\n  acme/b]\n---\n", 2),
        ("---\nbase_model: two words\n---\n", 2),
        ("---\nbase_model: |\n  acme/a\n---\n", 2),
        ("---\nbase_model: \"acme/a\n---\n", 2),
        ("---\nlicense: mit\nbase_model: acme/a\nbase_model_relation: distilled\n---\n", 4),
        ("---\n\tbase_model: acme/a\n---\n", 2),
    ]

    @Test(arguments: malformed)
    func `what would have to be guessed at is refused with its line`(
        text: String, line: Int
    ) throws {
        let error = #expect(throws: LineageError.self) {
            try ModelCard(readme: Data(text.utf8), path: "README.md")
        }
        #expect(error?.code == .malformedModelCard)
        #expect(error?.details["line"] == "\(line)")
    }
}
