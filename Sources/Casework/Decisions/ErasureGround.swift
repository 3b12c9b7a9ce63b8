import Domain

/// A ground on which a person may ask for erasure, GDPR Art. 17(1).
package struct ErasureGround: Sendable {
    /// Permanent id, e.g. `art17-1-b`.
    package let id: String
    package let article: String
    /// What must be the case, in one sentence without a full stop.
    package let sentence: String
    /// The ground with an id; `art17_1_b` is read as well.
    /// - Throws: `unknown-name`.
    package static func named(_ id: String) throws -> ErasureGround {
        try lookUp(
            id.replacingOccurrences(of: "_", with: "-"), in: builtinErasureGrounds,
            kind: "ground for erasure", by: \.id)
    }
}

/// The grounds of Art. 17(1), in the order of the law. The UK GDPR has the same ones.
package let builtinErasureGrounds: [ErasureGround] = [
    .init(
        id: "art17-1-a", article: "Art. 17(1)(a)",
        sentence: "the data is no longer needed for the purpose it was collected for"),
    .init(
        id: "art17-1-b", article: "Art. 17(1)(b)",
        sentence: "the person withdrew consent, and nothing else allows the processing"),
    .init(
        id: "art17-1-c", article: "Art. 17(1)(c)",
        sentence: "the person objected, and no overriding legitimate ground was shown"),
    .init(
        id: "art17-1-d", article: "Art. 17(1)(d)", sentence: "the data was processed unlawfully"),
    .init(
        id: "art17-1-e", article: "Art. 17(1)(e)",
        sentence: "a law that binds the controller demands the erasure"),
    .init(
        id: "art17-1-f", article: "Art. 17(1)(f)",
        sentence: "the data was collected for an online service offered to a child"),
]
