import Domain

package struct TensorErrorCode: ErrorCode {
    package let rawValue: String
    package var kind: FailureKind { .badInput }
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let shapeMismatch = TensorErrorCode(rawValue: "shape-mismatch")
}

package typealias TensorError = CodedError<TensorErrorCode>
