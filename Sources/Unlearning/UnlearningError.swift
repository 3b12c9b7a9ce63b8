import Domain

package struct UnlearningErrorCode: ErrorCode {
    package let rawValue: String
    package var kind: FailureKind {
        switch self {
        case .externalFailed, .externalSilent: .failed
        case .externalResultRefused: .integrity
        case .externalNotStarted: .cannotCreate
        default: .badInput
        }
    }
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let unknownParameter = UnlearningErrorCode(rawValue: "unknown-parameter")
    package static let parameterOutOfRange = UnlearningErrorCode(
        rawValue: "parameter-out-of-range")
    package static let recipeUnknown = UnlearningErrorCode(rawValue: "recipe-unknown")
    package static let startUnknown = UnlearningErrorCode(rawValue: "start-unknown")
    package static let needNotMet = UnlearningErrorCode(rawValue: "need-not-met")
    package static let nothingToForget = UnlearningErrorCode(rawValue: "nothing-to-forget")
    package static let nothingToRetain = UnlearningErrorCode(rawValue: "nothing-to-retain")
    package static let externalNotStarted = UnlearningErrorCode(rawValue: "external-not-started")
    package static let externalFailed = UnlearningErrorCode(rawValue: "external-failed")
    package static let externalSilent = UnlearningErrorCode(rawValue: "external-silent")
    package static let externalResultRefused = UnlearningErrorCode(
        rawValue: "external-result-refused")

    /// The method lacks something for this model or these records; another one may not.
    package var meansUnsuitable: Bool {
        [.needNotMet, .recipeUnknown, .startUnknown].contains(self)
    }
}

package typealias UnlearningError = CodedError<UnlearningErrorCode>
