import Domain

package struct ModelErrorCode: ErrorCode {
    package let rawValue: String
    package var kind: FailureKind { .badInput }
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let malformedSafetensors = ModelErrorCode(rawValue: "malformed-safetensors")
    package static let malformedGGUF = ModelErrorCode(rawValue: "malformed-gguf")
    package static let incompleteFolder = ModelErrorCode(rawValue: "incomplete-model-folder")
    package static let unsupportedModel = ModelErrorCode(rawValue: "unsupported-model")
    package static let missingTensor = ModelErrorCode(rawValue: "missing-tensor")
    package static let unexpectedTensor = ModelErrorCode(rawValue: "unexpected-tensor")
    package static let wrongShape = ModelErrorCode(rawValue: "wrong-shape")
    package static let malformedConfiguration = ModelErrorCode(rawValue: "malformed-configuration")
    package static let malformedTokenizer = ModelErrorCode(rawValue: "malformed-tokenizer")
    package static let vocabularyMismatch = ModelErrorCode(rawValue: "vocabulary-mismatch")
    package static let malformedRecipe = ModelErrorCode(rawValue: "malformed-recipe")
    package static let sequenceTooLong = ModelErrorCode(rawValue: "sequence-too-long")
    package static let malformedCheckpoint = ModelErrorCode(rawValue: "malformed-checkpoint")
    package static let diverged = ModelErrorCode(rawValue: "diverged")
}

package typealias ModelError = CodedError<ModelErrorCode>
