import Domain

/// Codes of the verifier's failures. The first two mean "could not check" and never leave the gate.
package struct VerificationErrorCode: ErrorCode {
    package let rawValue: String
    package let kind: FailureKind

    package init(rawValue: String) { self.init(rawValue, .failed) }
    private init(_ rawValue: String, _ kind: FailureKind) {
        self.rawValue = rawValue
        self.kind = kind
    }

    /// Fewer twins than any test could reach its threshold with.
    package static let tooFewTwins = VerificationErrorCode("too-few-twins", .verificationFailed)
    /// Scores that are not finite, do not vary, or do not have the asked shape.
    package static let degenerateScores = VerificationErrorCode(
        "degenerate-scores", .verificationFailed)
    /// A file of an evaluation is missing, unreadable, or does not have the expected form.
    package static let malformedEvaluationData = VerificationErrorCode(
        "malformed-evaluation-data", .badInput)
    /// Settings or data that an evaluation suite cannot work with.
    package static let unsuitableEvaluation = VerificationErrorCode(
        "unsuitable-evaluation", .badInput)
}

package typealias VerificationError = CodedError<VerificationErrorCode>
