import Casework
import Domain
import Foundation
import Lineage

/// All that is known to be made from models and data sets.
package struct ArtefactListing: Codable, Sendable {
    package let schema: String
    package let artefacts: [Artefact]
    package let edges: [ArtefactEdge]
}

extension Workspace {
    package func artefactListing() throws -> ArtefactListing {
        ArtefactListing(
            schema: "lethe.artefacts-list.v1", artefacts: try lineage.artefacts(),
            edges: try lineage.artefactEdges())
    }

    /// Registers a model by its card. Base models that bear the name of a model of the workspace are
    /// that model.
    /// - Throws: `malformed-model-card`, `file-unreadable`, `artefact-conflict`,
    ///   `malformed-artefact`.
    package func importModelCard(
        _ readme: URL, name: String, location: String?, actor: String
    ) throws -> ArtefactListing {
        let known = try knownModels()
        let card = try lineage.importModelCard(
            readme, name: name, location: location,
            known: known.filter { $0.key != name }, at: clock.now())
        _ = try cases.appendNote(
            event: "artefacts-imported", actor: actor,
            digests: ["source": try Digest(ofFileAt: readme).hexadecimal],
            facts: ["kind": "model-card", "edges": "\(card.baseModels.count)"])
        return try artefactListing()
    }

    /// Takes the edges of OpenLineage events. Data sets that bear the name of a model of the workspace
    /// are that model.
    /// - Throws: `malformed-event`, `file-unreadable`, `malformed-artefact`.
    package func importOpenLineage(_ events: URL, actor: String) throws -> ArtefactListing {
        let known = try knownModels()
        let count = try lineage.importOpenLineage(
            events, at: clock.now(), mapping: { known[$0.name] })
        _ = try cases.appendNote(
            event: "artefacts-imported", actor: actor,
            digests: ["source": try Digest(ofFileAt: events).hexadecimal],
            facts: ["kind": "openlineage", "edges": "\(count)"])
        return try artefactListing()
    }

    /// Says what became of an artefact for a case.
    /// - Throws: `unknown-artefact`, `malformed-copy`, `case-not-found`.
    package func dispose(
        artefact name: String, of id: CaseID, _ disposition: CopyDisposition, actor: String
    ) throws {
        _ = try cases.load(id)
        try lineage.dispose(
            artefact: name, caseID: id.description, disposition, at: clock.now())
        try cases.appendNote(
            event: "artefact-disposed", on: id, actor: actor,
            digests: ["artefact-name": Digest(of: name).hexadecimal],
            facts: ["state": disposition.state])
    }

    private func knownModels() throws -> [String: ArtefactReference] {
        var known: [String: ArtefactReference] = [:]
        for entry in try lineage.models() where entry.isCurrent {
            known[entry.name] = .model(entry.digest)
        }
        return known
    }
}
