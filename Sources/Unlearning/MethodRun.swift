import Domain
import Foundation
import LanguageModels
import TensorCore

/// One run of a method: its task, its settings, and where it keeps what it needs on the way.
package struct MethodRun {
    package let methodID: String
    package let task: UnlearningTask
    package let parameters: MethodParameters
    package let context: WorkContext
    /// Of method, parameters and task; what an interrupted run left belongs to it alone.
    let identity: Digest

    init(
        methodID: String, task: UnlearningTask, parameters: MethodParameters, context: WorkContext
    ) {
        self.methodID = methodID
        self.task = task
        self.parameters = parameters
        self.context = context
        let settings = parameters.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        identity = Digest(
            of: [
                methodID, settings.joined(separator: ","), task.original.digest.hexadecimal,
                "\(task.seed)",
                task.forget.map(\.digest.hexadecimal).joined(separator: ","),
                task.retain.map(\.digest.hexadecimal).joined(separator: ","),
                task.unseen.map(\.digest.hexadecimal).joined(separator: ","),
                task.fitTwins.flatMap { $0.profile.records.map(\.digest.hexadecimal) }
                    .joined(separator: ","),
            ].joined(separator: "/"))
    }

    /// Name of the work in progress reports, e.g. `unlearn npo`.
    func activity(_ stage: String = "") -> String {
        "unlearn \(methodID)" + (stage.isEmpty ? "" : " (\(stage))")
    }

    /// Where a part of the run keeps its state; nil if the task has no folder.
    func file(_ name: String) -> URL? { task.folder?.appendingPathComponent(name + ".safetensors") }

    func checkpoint(_ stage: String) -> TrainingCheckpoint? {
        file(stage).map {
            TrainingCheckpoint(url: $0, identity: Digest(of: "\(identity)/\(stage)"))
        }
    }

    /// A model that the method makes for itself. It holds the deleted data by construction, stays in the
    /// task's folder until that is discarded, and is made only once: a run that goes on after an
    /// interruption finds it there.
    /// - Parameters:
    ///   - base: what it starts from; nil = the original.
    ///   - make: turns a copy of that into it.
    func sideModel(
        _ name: String, from base: LanguageModel? = nil,
        make: (_ model: LanguageModel) throws -> Void
    ) throws -> LanguageModel {
        let model = (base ?? task.original).copy()
        let url = file("side-" + name)
        if let url, FileManager.default.fileExists(atPath: url.path) {
            do {
                let kept = try Safetensors(contentsOf: url)
                if kept.metadata["identity"] == identity.hexadecimal, let values = kept["values"] {
                    try kept.read(values, into: model.parameters.values)
                    return model
                }
            } catch is ModelError {
                // Nothing was read of it: shape and type are looked at first.
                try DurableFile.shred(file: url)
                context.progress(
                    activity(name), 0, of: 1,
                    note: "\(url.lastPathComponent) was damaged and is made anew")
            }
        }
        try make(model)
        if let url {
            let data = Safetensors.encode(
                [("values", model.parameters.values)],
                metadata: ["identity": identity.hexadecimal])
            try DurableFile.write(data, to: url, permissions: 0o600)
        }
        return model
    }

    /// The forgotten records' sequences on which objectives of forgetting work.
    var forgetSequences: [MaskedSequence] {
        task.forget.map { MaskedSequence(valuesOf: $0, tokenizer: task.original.tokenizer) }
    }

    /// The retained records' sequences, every token counted.
    var retainSequences: [MaskedSequence] {
        task.retain.map { MaskedSequence(allOf: $0, tokenizer: task.original.tokenizer) }
    }
}
