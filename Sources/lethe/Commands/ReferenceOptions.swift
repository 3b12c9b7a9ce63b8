import ArgumentParser
import Engine

/// A model trained without the person, measured beside the result.
struct ReferenceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A model trained by the same recipe without the person, measured beside the result.",
            valueName: "model"))
    var reference: String?
    @Option(
        help: ArgumentHelp(
            "Why a reference trained otherwise may serve; printed in the report.",
            valueName: "reason"))
    var referenceDiffers: String?

    func validate() throws {
        guard referenceDiffers == nil || reference != nil else {
            throw ValidationError("--reference-differs needs --reference.")
        }
        if let referenceDiffers, referenceDiffers.allSatisfy(\.isWhitespace) {
            throw ValidationError("--reference-differs needs a reason in words.")
        }
    }

    /// - Throws: `unknown-name` for a model that the workspace does not have.
    func request(in workspace: Workspace) throws -> ReferenceRequest? {
        guard let reference else { return nil }
        _ = try workspace.modelEntry(reference)
        return ReferenceRequest(model: reference, declaredReason: referenceDiffers)
    }
}
