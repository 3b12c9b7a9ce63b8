import Domain

/// A user name, which people give as `name`, `@name` or the address of a profile.
enum Handle {
    /// The name alone, as written; nil if there is none.
    static func name(in value: String) -> String? {
        var text = IdentifierForms.collapsed(value)[...]
        if let scheme = text.range(of: "://") {
            text = text[scheme.upperBound...]
        } else if let mark = text.firstIndex(of: ":"), text[..<mark].allSatisfy(\.isLetter) {
            text = text[text.index(after: mark)...]
        }
        text = text.prefix { $0 != "?" && $0 != "#" }
        // `twitter.com/name/`, `linkedin.com/in/name`: the last part of the path.
        if let last = text.split(separator: "/").last, text.contains("/") { text = last }
        text = text.drop { $0 == "@" || $0 == "~" }
        return text.isEmpty ? nil : String(text)
    }
}

extension IdentityClosure {
    /// Handles shorter than this are too common as words to count as somebody's name in a text,
    /// unless a sign before them says what they are.
    private static let handleByteCountMinimum = 5

    /// Keys and phrases: as given, and the name alone; short names only after `@` or `/`.
    mutating func addUsername(_ value: String) {
        addForms(of: value, kind: .username, nil, .strong)
        add(handle: value, rule: "username-phrase")
        guard let name = Handle.name(in: value) else { return }
        for form in IdentifierForms.exactForms(.username, name) {
            for group in Self.groups(.username) { add(group, form, rule: "username", .strong) }
        }
        add(handle: name, rule: "username-phrase")
        add(phrase: name, .mention, rule: "username-mention", .strong)
    }

    private mutating func add(handle: String, rule: String) {
        guard handle.utf8.count >= Self.handleByteCountMinimum else { return }
        add(phrase: handle, .handle, rule: rule, .strong)
    }
}
