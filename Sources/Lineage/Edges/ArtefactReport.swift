import Domain
import Foundation
import GRDB

extension LineageIndex {
    /// All that was made from these, at any distance, nearest first; what they are themselves is left
    /// out. Follows registered edges and the model registry's own (a model that started from
    /// another's weights); circles are harmless.
    package func derivedArtefacts(of origins: [ArtefactReference]) throws -> [DerivedArtefact] {
        try database.read { db in
            var children: [String: [String]] = [:]
            for edge in try Self.edges(db) { children[edge.parent, default: []].append(edge.child) }
            for model in try Self.models(db, "parent IS NOT NULL", []) {
                guard let parent = model.parent else { continue }
                children[ArtefactReference.model(parent).name, default: []]
                    .append(ArtefactReference.model(model.digest).name)
            }
            let known = Dictionary(
                uniqueKeysWithValues: try Row.fetchAll(db, sql: "SELECT * FROM artefact")
                    .map(Self.artefact).map { ($0.name, $0) })
            var chains = Dictionary(
                origins.map { ($0.name, [$0.name]) }, uniquingKeysWith: { first, _ in first })
            var queue = origins.map(\.name)
            var found: [DerivedArtefact] = []
            var next = 0
            while next < queue.count {
                let name = queue[next]
                next += 1
                for child in children[name] ?? [] where chains[child] == nil {
                    let chain = (chains[name] ?? []) + [child]
                    chains[child] = chain
                    queue.append(child)
                    let artefact = known[child] ?? Artefact(name: child, kind: .model)
                    found.append(DerivedArtefact(artefact: artefact, chain: chain))
                }
            }
            return found
        }
    }

    /// The chain from records to shards, runs with their steps, models, and all that was made from
    /// shards and models, each model and artefact reached by the case or a residual.
    /// - Parameters:
    ///   - keys: the person's records, as they were before they were erased.
    ///   - shards: further files that held them, such as sources of unpacked shards.
    ///   - steps: which steps of a run read records; nil if the run left no record of them.
    /// - Throws: `unknown-record`, and what `steps` throws.
    package func artefactReport(
        of keys: [RecordKey], shards: [String] = [], caseID: String,
        steps: (TrainingRunEntry, [RecordKey]) throws -> [RecordSteps]? = { _, _ in nil }
    ) throws -> ArtefactReport {
        let asked = Set(keys)
        let runs = try self.runs(containing: keys).map { run in
            let members = try recordKeys(ofRun: run.id).filter(asked.contains)
            return ArtefactReport.Run(
                id: run.id, recordCount: members.count, steps: try steps(run, members))
        }
        let trained = try models(trainedOn: keys)
        let files = Set(keys.map(\.shard) + shards)
        let sources = try files.compactMap { try importedShard(at: $0)?.sourcePath }
        let paths = files.union(sources).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let derived = try derivedArtefacts(
            of: trained.map { .model($0.digest) } + paths.map { .shard($0) })
        // What descends from shards alone may be a registered model, too.
        let registered = try models()
        let reachedDigests = Set(trained.map(\.digest))
        let further = Set(derived.compactMap { Self.digest($0.artefact) })
            .subtracting(reachedDigests)
        let models = trained + registered.filter { further.contains($0.digest) }
        let known = Set(registered.map(\.digest))
        return ArtefactReport(
            recordCount: keys.count, shards: paths, runs: runs,
            models: try models.map {
                ArtefactReport.Model(
                    name: $0.name, version: $0.version, digest: $0.digest,
                    status: try status(ofModel: $0.digest, caseID: caseID))
            },
            artefacts: try derived.filter { item in
                Self.digest(item.artefact).map { !known.contains($0) } ?? true
            }.map {
                ArtefactReport.Item(
                    derived: $0, status: try status(ofArtefact: $0.artefact.name, caseID: caseID))
            })
    }

    /// What was made from these models, or from shards the case erased from, and is not accounted for.
    func residualArtefacts(
        ofModels models: [Digest], clean: [Digest] = [], caseID: String
    ) throws -> [(kind: String, name: String)] {
        let shards = Set(try tombstones(ofCase: caseID).map(\.shard)).sorted()
        let sources = try shards.compactMap { try importedShard(at: $0)?.sourcePath }
        let origins =
            models.map { ArtefactReference.model($0) } + (shards + sources).map { .shard($0) }
        let cleanNames = Set(clean.map { ArtefactReference.model($0).name })
        return try derivedArtefacts(of: origins).compactMap { item in
            guard cleanNames.isDisjoint(with: item.chain) else { return nil }
            let name = item.artefact.name
            let status =
                try Self.digest(item.artefact).map { try self.status(ofModel: $0, caseID: caseID) }
                ?? self.status(ofArtefact: name, caseID: caseID)
            guard case .residual = status else { return nil }
            return (item.artefact.kind.rawValue, name)
        }
    }

    /// The digest in the name of an artefact that stands for a model.
    private static func digest(_ artefact: Artefact) -> Digest? {
        if case .model(let digest) = ArtefactReference(name: artefact.name) { digest } else { nil }
    }

    private func status(ofModel digest: Digest, caseID: String) throws -> ArtefactStatus {
        let isSuperseded = try database.read { db in
            try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM supersededModel WHERE digest = ? AND caseID = ?)
                    """, arguments: [digest.hexadecimal, caseID]) ?? false
        }
        if isSuperseded { return .reached(how: "superseded") }
        let name = ArtefactReference.model(digest).name
        let status = try status(ofArtefact: name, caseID: caseID)
        if case .reached = status { return status }
        return .residual(reason: "It learned from the records, and the case has not replaced it.")
    }

    private func status(ofArtefact name: String, caseID: String) throws -> ArtefactStatus {
        let row = try database.read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT state, detail FROM artefactDisposition
                    JOIN artefact ON artefact.id = artefactDisposition.artefact
                    WHERE artefact.name = ? AND caseID = ?
                    """, arguments: [name, caseID])
        }
        let disposition =
            try row.map { try CopyDisposition(state: $0["state"], detail: $0["detail"]) }
        switch disposition ?? .unknown {
        case .erased: return .reached(how: "erased")
        case .scheduled(let date):
            return .residual(reason: "It is to be gone by \(date.dateText).")
        case .cannotBeErased(let reason): return .residual(reason: reason)
        case .unknown:
            return .residual(
                reason: "It was made from what held the records and is not accounted for.")
        }
    }
}
