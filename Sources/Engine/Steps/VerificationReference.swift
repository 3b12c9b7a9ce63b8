import Domain
import LanguageModels
import Lineage
import Verification

/// A model trained without the persons that an operator has measured beside the result.
package struct ReferenceRequest: Sendable {
    /// Name or digest of a model of the workspace.
    package let model: String
    /// Why a model trained by another recipe may serve, in the operator's words; nil refuses one.
    package let declaredReason: String?

    package init(model: String, declaredReason: String? = nil) {
        self.model = model
        self.declaredReason = declaredReason
    }
}

extension Workspace {
    /// The reference for a verification, compared with the model whose deletion is verified.
    ///
    /// It must be what retraining would have made: the same recipe, start and tokenizer on the same
    /// records less the forgotten ones. Any other difference must be declared, and is printed.
    /// - Parameters:
    ///   - baseModel: the model before the deletion.
    ///   - forgotten: the records of everybody who is deleted from it.
    /// - Throws: `reference-unsuitable` for one that was trained on a forgotten record, reads text
    ///   otherwise or has an unknown training; `reference-recipe` for an undeclared difference.
    func verificationReference(
        _ request: ReferenceRequest, baseModel: Digest, forgotten: Set<RecordKey>
    ) throws -> GateReference {
        let entry = try modelEntry(request.model)
        let base = try lineage.model(digest: baseModel.hexadecimal)
        guard let run = try trainingRun(of: entry), let baseRun = try trainingRun(of: base) else {
            throw unsuitable(entry, "it is not known what it was trained on")
        }
        let records = try recordDigests(of: entry)
        let gone = Set(forgotten.map(\.digest))
        guard records.isDisjoint(with: gone) else {
            throw unsuitable(entry, "it was trained on records that are to be forgotten")
        }
        let model = try models.stored(entry.digest)
        let original = try models.stored(base.digest)
        let file = "tokenizer.json"
        guard model.first.companions[file] == original.first.companions[file] else {
            throw unsuitable(entry, "its tokenizer is another one")
        }
        var differences = try recipeDifferences(run, baseRun)
        if entry.parent != nil, entry.how != "trained" {
            differences.append("changed after its training (\(entry.how))")
        }
        let live = try Set(baseRun.corpora.flatMap { try lineage.recordKeys(ofCorpus: $0) })
        let expected = try Set(
            lineage.recordKeys(ofRun: baseRun.id).filter(live.contains).map(\.digest)
        ).subtracting(gone)
        differences += [
            Self.counted(expected.subtracting(records), "not trained on"),
            Self.counted(records.subtracting(expected), "trained on in addition"),
        ].compactMap(\.self)
        let name =
            "The reference is \(entry.name), version \(entry.version) (\(entry.digest.short))"
        guard !differences.isEmpty else {
            return GateReference(
                model: model.answering,
                origin: "\(name), trained by the same recipe without the person.")
        }
        let list = differences.joined(separator: ", ")
        guard let reason = request.declaredReason else {
            throw EngineError(
                .referenceRecipe,
                "\(entry.name) was not trained as \(base.name) was: \(list).",
                details: ["model": entry.name, "differences": list],
                remedy: "Train a reference by the same recipe without the person's records, or "
                    + "declare the difference: --reference-differs REASON.")
        }
        return GateReference(
            model: model.answering,
            origin: "\(name), not trained as the model before was: \(list). Declared by the "
                + "operator: \(reason).")
    }

    private static func counted(_ records: Set<Digest>, _ what: String) -> String? {
        records.isEmpty
            ? nil : "\(records.count) \(records.count == 1 ? "record" : "records") \(what)"
    }

    /// Everything that left its mark on the weights, by content: the same text in another corpus is the
    /// same record.
    private func recordDigests(of entry: ModelEntry) throws -> Set<Digest> {
        try trainingRuns(of: entry).reduce(into: []) { all, run in
            all.formUnion(try lineage.recordKeys(ofRun: run.id).map(\.digest))
        }
    }

    private func unsuitable(_ entry: ModelEntry, _ reason: String) -> EngineError {
        EngineError(
            .referenceUnsuitable, "\(entry.name) cannot serve as reference: \(reason).",
            details: ["model": entry.name],
            remedy: "Train one in this workspace by the same recipe, without the person's records.")
    }

    /// Settings in which two runs differ, those left out that do not touch the weights.
    private func recipeDifferences(
        _ run: TrainingRunEntry, _ other: TrainingRunEntry
    ) throws -> [String] {
        let file = try RunFile.read(folder.appendingPathComponent(run.folder))
        let otherFile = try RunFile.read(folder.appendingPathComponent(other.folder))
        var differences = try settings(file.recipe).differences(from: settings(otherFile.recipe))
        if file.startModel != otherFile.startModel { differences.append("another start") }
        return differences
    }

    private func settings(_ recipe: TrainingRecipe) throws -> JSONValue {
        var recipe = recipe
        recipe.checkpointEverySteps = 1
        recipe.gradientCheckpointing = nil
        recipe.replay = nil
        // What it was trained on shows in the tokenizer itself.
        recipe.tokenizer = nil
        return try JSONParser.parse(CanonicalJSON.compact(recipe))
    }
}

extension JSONValue {
    /// Members that are not alike, each as `key: this instead of that`; those of nested objects with
    /// their path.
    fileprivate func differences(from other: JSONValue, path: String = "") -> [String] {
        let keys = ((members ?? []) + (other.members ?? [])).map(\.key)
            .reduce(into: [String]()) { all, key in if !all.contains(key) { all.append(key) } }
        guard !keys.isEmpty else { return [] }
        return keys.flatMap { key -> [String] in
            let (own, others) = (self[key] ?? .null, other[key] ?? .null)
            guard own != others else { return [] }
            if own.members != nil, others.members != nil {
                return own.differences(from: others, path: "\(path)\(key).")
            }
            return ["\(path)\(key) \(own.plain) instead of \(others.plain)"]
        }
    }

    private var plain: String {
        if let text { return text }
        if let integer { return "\(integer)" }
        if let real { return "\(real)" }
        return self == .null ? "none" : typeName
    }
}
