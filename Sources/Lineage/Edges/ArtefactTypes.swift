import Domain

/// Something made from a model or a data set, which the model registry does not know.
package struct Artefact: Codable, Sendable, Equatable {
    /// The raw values are permanent.
    package enum Kind: String, CaseIterable, Codable, Sendable {
        case model, adapter, merge, quantised, export, distilled, dataset, index, cache, other
        /// Named by something else as its origin, not described yet.
        case undescribed
    }
    /// Unique; the caller's own, e.g. `acme/assistant-gguf`.
    package let name: String
    package let kind: Kind
    /// Path or address; nil: unknown.
    package let location: String?
    package let digest: Digest?
    /// Where the knowledge comes from: `registered`, `model-card`, `openlineage`.
    package let origin: String

    package init(
        name: String, kind: Kind, location: String? = nil, digest: Digest? = nil,
        origin: String = "registered"
    ) {
        self.name = name
        self.kind = kind
        self.location = location
        self.digest = digest
        self.origin = origin
    }
}

/// What an edge begins or ends at.
package enum ArtefactReference: Sendable, Hashable {
    /// A model of the registry.
    case model(Digest)
    /// A shard, by absolute path, or the file that it was unpacked from.
    case shard(String)
    case artefact(String)

    /// Name under which the database knows it.
    var name: String {
        switch self {
        case .model(let digest): "model:\(digest.hexadecimal)"
        case .shard(let path): "shard:\(path)"
        case .artefact(let name): name
        }
    }

    init(name: String) {
        if name.hasPrefix("model:"), let digest = Digest(hexadecimal: String(name.dropFirst(6))) {
            self = .model(digest)
        } else if name.hasPrefix("shard:") {
            self = .shard(String(name.dropFirst(6)))
        } else {
            self = .artefact(name)
        }
    }
}

/// One thing made from another.
package struct ArtefactEdge: Codable, Sendable, Equatable {
    package let parent: String
    package let child: String
    /// How: `adapter`, `merge`, `quantised`, `export`, `distilled`, `fine-tuned`, `run`, ...
    package let relation: String
    /// Id of the run, empty if none is known.
    package let run: String
}

/// Whether a case reached something that the records had influence on.
package enum ArtefactStatus: Codable, Sendable, Equatable {
    /// Why it holds them no more, e.g. `superseded`, `erased`.
    case reached(how: String)
    /// Why it still may.
    case residual(reason: String)
}

/// An artefact that descends from something.
package struct DerivedArtefact: Codable, Sendable, Equatable {
    package let artefact: Artefact
    /// From where the search began to the artefact, one shortest way.
    package let chain: [String]
}

/// The steps of a training run that read a record.
package struct RecordSteps: Codable, Sendable, Equatable {
    package let record: RecordKey
    /// From 0, ascending; empty if the run's record names none.
    package let steps: [Int]

    package init(record: RecordKey, steps: [Int]) {
        self.record = record
        self.steps = steps
    }
}

/// The chain from a person's records to all that was made of them.
package struct ArtefactReport: Codable, Sendable, Equatable {
    package struct Run: Codable, Sendable, Equatable {
        package let id: String
        /// Records of the report that the run learned from.
        package let recordCount: Int
        /// Nil if the run left no record of its steps.
        package let steps: [RecordSteps]?
    }
    package struct Model: Codable, Sendable, Equatable {
        package let name: String
        package let version: Int
        package let digest: Digest
        package let status: ArtefactStatus
    }
    package struct Item: Codable, Sendable, Equatable {
        package let derived: DerivedArtefact
        package let status: ArtefactStatus
    }
    package let recordCount: Int
    /// Paths of the shards, sorted by bytes.
    package let shards: [String]
    package let runs: [Run]
    package let models: [Model]
    package let artefacts: [Item]

    /// Models and artefacts that were not reached, as names.
    package var residuals: [String] {
        func isResidual(_ status: ArtefactStatus) -> Bool {
            if case .residual = status { true } else { false }
        }
        return models.filter { isResidual($0.status) }.map { "\($0.name) \($0.version)" }
            + artefacts.filter { isResidual($0.status) }.map(\.derived.artefact.name)
    }
}
