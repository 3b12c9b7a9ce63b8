import Domain

/// Why a result is not taken: detail `reason` of `external-result-refused`.
enum ExternalRefusal: String {
    /// A file of the result is not there.
    case missing
    /// A link, pipe, folder or anything else in place of a file.
    case link
    case size
    /// Not in the form that the protocol asks for.
    case malformed
    /// Of another start of the program, or of another program.
    case token
    /// Of another method.
    case method
    /// Older than the job.
    case stale
    /// `model.safetensors` is not what the report says it is.
    case digest
    case architecture
    case tokenizer
    /// A weight is infinite or not a number.
    case nonFinite = "non-finite"
    /// A fact holds a value of the people to be forgotten.
    case disclosure

    func error(
        _ what: String, details: [String: String] = [:], cause: (any Error)? = nil
    ) -> UnlearningError {
        UnlearningError(
            .externalResultRefused, "The program's result is refused: \(what)",
            details: details.merging(["reason": rawValue]) { $1 }, remedy: remedy, cause: cause)
    }

    private var remedy: String {
        switch self {
        case .token, .stale, .digest:
            "Run it again, and make sure that no earlier start of the program is still at work."
        case .architecture, .tokenizer:
            "A result has the original's config.json and tokenizer.json; only weights may differ."
        case .nonFinite: "Lower the learning rate or the number of steps."
        case .disclosure: "Let the program report figures only."
        case .missing, .link, .size, .malformed, .method:
            "Correct the program; Documentation/External.md describes what it has to write."
        }
    }
}
