import Domain
import Foundation
import LanguageModels
import Lineage

/// What the workspace keeps of a training run beside the index: enough to run it again.
struct RunFile: Codable {
    let schema: String
    let runID: String
    let modelName: String
    let corpora: [String]
    let recipe: TrainingRecipe
    /// Weights the run started from; nil if fresh ones.
    let startModel: Digest?
    /// A model whose architecture and tokenizer the run's model shares, where it started fresh.
    let architectureModel: Digest?
    /// Digest over the sorted digests of the records it was trained on.
    let recordsDigest: Digest
    /// Wall time of the training, from which later work is estimated; nil if it was not measured in
    /// one piece.
    var seconds: Double?

    init(
        runID: String, modelName: String, corpora: [String], recipe: TrainingRecipe,
        startModel: Digest?, architectureModel: Digest? = nil, recordsDigest: Digest
    ) {
        schema = "lethe.training-run.v1"
        self.runID = runID
        self.modelName = modelName
        self.corpora = corpora
        self.recipe = recipe
        self.startModel = startModel
        self.architectureModel = architectureModel
        self.recordsDigest = recordsDigest
    }

    static let name = "run.json"

    func write(to folder: URL) throws {
        try DurableFile.write(
            try CanonicalJSON.pretty(self), to: folder.appendingPathComponent(Self.name))
    }

    static func read(_ folder: URL) throws -> RunFile {
        try CanonicalJSON.decode(
            RunFile.self, from: DurableFile.read(folder.appendingPathComponent(name)))
    }
}

/// Digest over a set of record digests, independent of their order.
func combinedDigest(_ digests: some Sequence<Digest>) -> Digest {
    Digest(of: digests.map(\.hexadecimal).sorted().joined(separator: "\n"))
}

/// A number that is fixed by a text; seeds follow from what they belong to, never from the clock.
func derivedSeed(_ text: String) -> UInt64 {
    UInt64(Digest(of: text).hexadecimal.prefix(16), radix: 16) ?? 0
}
