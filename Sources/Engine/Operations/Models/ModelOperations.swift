import Domain
import Foundation
import LanguageModels
import Lineage

/// A model as `lethe model show` tells it.
package struct ModelDetails: Codable, Sendable {
    package let schema: String
    package let entry: ModelEntry
    /// Of all members together.
    package let parameterCount: Int
    /// Models that answer together, trained in shards; nil for a model by itself.
    package let memberCount: Int?
    package let vocabularySize: Int
    package let maximumPositions: Int
    /// All versions of the name, oldest first.
    package let versions: [ModelEntry]
    package let corpora: [String]
    package let recordCount: Int
    /// What deletions have cost it since it was last exact; nil where there was none.
    package let drift: DriftSummary?
}

/// A piece of generated text. What a model says may be personal data.
package struct GeneratedText: Codable, Sendable {
    package let schema: String
    package let model: String
    package let digest: Digest
    package let prompt: String
    package let text: String
}

/// What became of a model's weights on disk.
package enum ModelStatus: String, Codable, Sendable {
    case same, changed
    /// Removed together with records that it knew.
    case erased
}

extension Workspace {
    /// A model by name, or by the beginning of its digest.
    /// - Throws: `unknown-name`; `unknown-model` and `ambiguous` forms of the index.
    package func modelEntry(_ nameOrDigest: String) throws -> ModelEntry {
        let names = Set(try lineage.models().map(\.name))
        if names.contains(nameOrDigest) { return try lineage.model(named: nameOrDigest) }
        if nameOrDigest.utf8.count >= 6,
            nameOrDigest.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }),
            let entry = try? lineage.model(digest: nameOrDigest)
        {
            try refuseErased(entry)
            return entry
        }
        return try lineage.model(named: nameOrDigest)
    }

    /// - Throws: `model-erased`.
    private func refuseErased(_ entry: ModelEntry) throws {
        let place = models.path(of: entry.digest)
        guard !FileManager.default.fileExists(atPath: place.path),
            try lineage.supersededModels().contains(entry.digest)
        else { return }
        throw EngineError(
            .modelErased,
            "\(entry.name) version \(entry.version) was removed: it knew a person whose records "
                + "were erased.",
            details: ["model": entry.name, "digest": entry.digest.hexadecimal],
            remedy: "Use the present version of \(entry.name).")
    }

    package func modelDetails(_ nameOrDigest: String) throws -> ModelDetails {
        let entry = try modelEntry(nameOrDigest)
        let stored = try models.stored(entry.digest)
        let model = stored.first
        let run = try trainingRun(of: entry)
        let drift = try drift(ofModel: entry.digest)
        return ModelDetails(
            schema: "lethe.model.v1", entry: entry, parameterCount: stored.parameterCount,
            memberCount: stored.memberCount, vocabularySize: model.architecture.vocabularySize,
            maximumPositions: model.architecture.maximumPositions,
            versions: try lineage.models().filter { $0.name == entry.name }.sorted {
                $0.version < $1.version
            }, corpora: run?.corpora ?? [], recordCount: run?.recordCount ?? 0,
            drift: drift.steps.isEmpty ? nil : DriftSummary(drift, budget: policy.drift))
    }

    /// The run whose records are in a model: its own, or that of the model its weights came from.
    func trainingRun(of entry: ModelEntry) throws -> TrainingRunEntry? {
        try trainingRuns(of: entry).first
    }

    /// Every run whose records left their mark on a model's weights: its own, then those of the
    /// models it descends from.
    func trainingRuns(of entry: ModelEntry) throws -> [TrainingRunEntry] {
        var runs: [TrainingRunEntry] = []
        var current: ModelEntry? = entry
        // Parents form a chain; the bound only guards against a damaged registry.
        for _ in 0..<10_000 {
            guard let step = current else { break }
            if let id = step.runID { runs.append(try lineage.run(id: id)) }
            current = try step.parent.map { try lineage.model(digest: $0.hexadecimal) }
        }
        return runs
    }

    /// Writes a model as a Hugging Face folder; where adapters were merged into it, these too, in
    /// PEFT's form in the subfolder `adapter`. An ensemble becomes a folder with one for each member
    /// and `members.sha256`.
    /// - Throws: `cannot-create` if the folder exists and is not empty.
    package func exportModel(_ nameOrDigest: String, to folder: URL) throws -> ModelEntry {
        let entry = try modelEntry(nameOrDigest)
        let present =
            (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        guard present.isEmpty else {
            throw EngineError(
                .cannotCreate, "\(folder.path) is not empty.", details: ["path": folder.path],
                remedy: "Name a new or empty folder.")
        }
        let source = models.path(of: entry.digest)
        try copyFiles(of: source, to: folder)
        return entry
    }

    /// Copies the files of a folder and of its subfolders, members or adapters.
    private func copyFiles(of source: URL, to folder: URL) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: source.path).sorted() {
            let (file, copy) = (
                source.appendingPathComponent(name), folder.appendingPathComponent(name)
            )
            let isFolder = try file.resourceValues(forKeys: [.isDirectoryKey]).isDirectory
            if isFolder == true {
                try copyFiles(of: file, to: copy)
            } else {
                try DurableFile.write(try DurableFile.read(file), to: copy)
            }
        }
    }

    /// Reads every version's weights again and compares digests.
    package func verifyModels() throws -> [(entry: ModelEntry, status: ModelStatus)] {
        let superseded = try lineage.supersededModels()
        return try lineage.models().map { entry in
            if (try? models.stored(entry.digest)) != nil { return (entry, .same) }
            // An erasure that is under way may have left a part of it.
            let isErased = superseded.contains(entry.digest) && !entry.isCurrent
            return (entry, isErased ? .erased : .changed)
        }
    }

    package func generate(
        model nameOrDigest: String, prompt: String, maximumTokenCount: Int, sampler: Sampler,
        onText: (String) -> Void = { _ in }
    ) throws -> GeneratedText {
        let entry = try modelEntry(nameOrDigest)
        let model = try models.stored(entry.digest)
        let tokenizer = model.answering.tokenizer
        let ids = (tokenizer.beginID.map { [$0] } ?? []) + tokenizer.encode(prompt)
        let tokens = try model.generate(
            ids, maximumTokenCount: maximumTokenCount, sampler: sampler
        ) { onText(tokenizer.decode([$0])) }
        return GeneratedText(
            schema: "lethe.generate.v1", model: entry.name, digest: entry.digest, prompt: prompt,
            text: tokenizer.decode(tokens))
    }
}
