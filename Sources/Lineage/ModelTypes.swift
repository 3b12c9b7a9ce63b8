import Domain

/// A model the workspace knows.
package struct ModelEntry: Codable, Sendable, Equatable {
    package let name: String
    /// From 1, rising with every change of the model.
    package let version: Int
    /// Digest of the model's folder.
    package let digest: Digest
    package let path: String
    /// Permanent id of the model family, e.g. `llama`.
    package let family: String
    /// The model whose *weights* this one started from. A model trained from scratch - exact
    /// retraining too - has none: through this edge the influence of records is inherited.
    package let parent: Digest?
    /// The training run that made it, if one did.
    package let runID: String?
    /// `trained`, `imported`, `unlearned:npo`, ...
    package let how: String
    package let createdAt: Timestamp
    /// Whether this version answers to the name now.
    package let isCurrent: Bool

    package init(
        name: String, version: Int, digest: Digest, path: String, family: String,
        parent: Digest? = nil, runID: String? = nil, how: String, createdAt: Timestamp,
        isCurrent: Bool = false
    ) {
        self.name = name
        self.version = version
        self.digest = digest
        self.path = path
        self.family = family
        self.parent = parent
        self.runID = runID
        self.how = how
        self.createdAt = createdAt
        self.isCurrent = isCurrent
    }

    func with(isCurrent: Bool) -> ModelEntry {
        ModelEntry(
            name: name, version: version, digest: digest, path: path, family: family,
            parent: parent, runID: runID, how: how, createdAt: createdAt, isCurrent: isCurrent)
    }
}

/// A training run: which recipe, plan and records made which model.
package struct TrainingRunEntry: Codable, Sendable, Equatable {
    package let id: String
    /// Names of the corpora the records came from.
    package let corpora: [String]
    package let recipeDigest: Digest
    /// Digest of the plan: the order in which records were met, step by step.
    package let planDigest: Digest
    package let recordCount: Int
    /// Path of the run's folder.
    package let folder: String
    package let modelDigest: Digest

    package init(
        id: String, corpora: [String], recipeDigest: Digest, planDigest: Digest,
        recordCount: Int, folder: String, modelDigest: Digest
    ) {
        self.id = id
        self.corpora = corpora
        self.recipeDigest = recipeDigest
        self.planDigest = planDigest
        self.recordCount = recordCount
        self.folder = folder
        self.modelDigest = modelDigest
    }
}
