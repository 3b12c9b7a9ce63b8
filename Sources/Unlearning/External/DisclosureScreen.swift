import Domain

/// Keeps typed values of the people to be forgotten out of what a program says of itself: notes reach
/// terminals, facts a certificate.
///
/// It knows only the values that the records declare, in their usual written forms; it catches a
/// careless program, not a hostile one.
struct DisclosureScreen {
    private struct TypedValue: Hashable {
        let kind: IdentifierKind
        let value: String
    }

    /// Shorter values would be found in any number.
    private static let shortestValue = 4

    private let values: Set<TypedValue>

    init(_ records: [CorpusRecord]) {
        values = Set(
            records.flatMap { record in
                record.values.map { TypedValue(kind: $0.key, value: $0.value) }
            }.filter { $0.value.utf8.count >= Self.shortestValue })
    }

    func discloses(_ text: String) -> Bool {
        !text.isEmpty
            && values.contains {
                !valueOccurrences(of: $0.value, kind: $0.kind, in: text).isEmpty
            }
    }

    /// Not a control or formatting character, which could make a line look like another one.
    static func isShowable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: false
        default: true
        }
    }
}
