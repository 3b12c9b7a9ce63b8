import Domain
import Foundation
import Reports

/// The words of one language: a message for each key, with named places (`{date}`) and, where a number
/// stands in it, a form for each category of the language's plurals.
///
/// A key without a message shows as itself between `⟦` and `⟧`: a gap is seen, not filled from another
/// language. The tests hold all catalogues against each other and against the code.
struct MessageCatalogue: Sendable {
    enum Message: Sendable, Equatable {
        case text(String)
        /// By category: `one`, `few`, `many`, `other`.
        case forms([String: String])

        var templates: [String] {
            switch self {
            case .text(let text): [text]
            case .forms(let forms): forms.sorted { $0.key < $1.key }.map(\.value)
            }
        }
    }

    let messages: [String: Message]

    /// Reads a catalogue: one object of texts, and of objects of texts for plurals.
    /// - Throws: `malformed-json` for what is none or has a key twice; `unexpected-json` for a message
    ///   that is neither text nor forms.
    init(parsing data: Data) throws {
        guard case .object(let members) = try JSONParser.parse(data) else {
            throw Self.unexpected("the catalogue is no object")
        }
        messages = try Dictionary(
            members.map { member in
                switch member.value {
                case .string(let text): (member.key, Message.text(text))
                case .object(let forms):
                    (
                        member.key,
                        Message.forms(
                            try Dictionary(
                                forms.map { form in
                                    guard let text = form.value.text else {
                                        throw Self.unexpected("\(member.key).\(form.key)")
                                    }
                                    return (form.key, text)
                                }, uniquingKeysWith: { first, _ in first }))
                    )
                default: throw Self.unexpected(member.key)
                }
            }, uniquingKeysWith: { first, _ in first })
    }

    private static func unexpected(_ what: String) -> DomainError {
        DomainError(
            .unexpectedJSON,
            "A message catalogue holds texts and plural forms; \(what) is neither.",
            remedy: "Correct the file in Sources/Certificates/Page/Messages.")
    }

    /// Nil where there is no message for a name that comes from outside, e.g. the id of a new check.
    func known(_ key: String) -> String? {
        if case .text(let text) = messages[key] { text } else { nil }
    }

    /// A message as plain text, for attributes and titles.
    /// - Parameter count: chooses the plural form, and stands for `{count}`.
    func text(_ key: String, _ arguments: [String: String] = [:], count: Int? = nil) -> String {
        pieces(key, count).map { piece in
            switch piece {
            case .text(let text): text
            case .place(let name):
                arguments[name] ?? (name == "count" ? count.map(grouped) : nil)
                    ?? Self.gap(name)
            }
        }.joined()
    }

    /// A message as HTML. What is put into its places is escaped unless it is a fragment.
    func html(
        _ key: String, _ arguments: [String: HTMLFragment] = [:], count: Int? = nil
    ) -> HTMLFragment {
        .joined(
            pieces(key, count).map { piece -> HTMLFragment in
                switch piece {
                case .text(let text): return "\(text)"
                case .place(let name):
                    if let argument = arguments[name] { return argument }
                    return "\((name == "count" ? count.map(grouped) : nil) ?? Self.gap(name))"
                }
            })
    }

    enum Piece: Equatable {
        case text(String)
        case place(String)
    }

    private func pieces(_ key: String, _ count: Int?) -> [Piece] {
        switch messages[key] {
        case .text(let text): return Self.pieces(of: text)
        case .forms(let forms):
            guard let text = forms[pluralRule.category(of: count ?? 0)] ?? forms["other"] else {
                return [.text(Self.gap(key))]
            }
            return Self.pieces(of: text)
        case nil: return [.text(Self.gap(key))]
        }
    }

    static func pieces(of template: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = template[...]
        while let start = rest.firstIndex(of: "{"), let end = rest[start...].firstIndex(of: "}") {
            if start > rest.startIndex { pieces.append(.text(String(rest[..<start]))) }
            pieces.append(.place(String(rest[rest.index(after: start)..<end])))
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }

    static let empty = MessageCatalogue()

    private init() { messages = [:] }

    private static func gap(_ key: String) -> String { "⟦\(key)⟧" }
}
