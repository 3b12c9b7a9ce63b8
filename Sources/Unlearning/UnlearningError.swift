import Domain

package struct UnlearningErrorCode: ErrorCode {
    package let rawValue: String
    package var kind: FailureKind { .badInput }
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let unknownParameter = UnlearningErrorCode(rawValue: "unknown-parameter")
    package static let parameterOutOfRange = UnlearningErrorCode(
        rawValue: "parameter-out-of-range")
    package static let recipeUnknown = UnlearningErrorCode(rawValue: "recipe-unknown")
    package static let startUnknown = UnlearningErrorCode(rawValue: "start-unknown")
    package static let nothingToForget = UnlearningErrorCode(rawValue: "nothing-to-forget")
    package static let nothingToRetain = UnlearningErrorCode(rawValue: "nothing-to-retain")
}

package typealias UnlearningError = CodedError<UnlearningErrorCode>
