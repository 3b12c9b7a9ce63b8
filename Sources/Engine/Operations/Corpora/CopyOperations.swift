import Casework
import Domain
import Foundation
import Lineage

extension Workspace {
    /// Registers a copy of training data outside of the shards, for one case or all.
    /// - Parameter holds: name of a corpus, or path of a shard or of what it was unpacked from;
    ///   empty: everything.
    /// - Throws: `malformed-copy`, `unknown-name`, `case-not-found`.
    package func addCopy(
        location: String, kind: CopyEntry.Kind, holds: String, caseID: CaseID?,
        madeAt: Timestamp?, actor: String
    ) throws -> CopyEntry {
        if let caseID { _ = try cases.load(caseID) }
        let known = try lineage.copies().count
        let copy = try lineage.addCopy(
            location: location, kind: kind, holds: try place(holds), caseID: caseID?.description,
            madeAt: madeAt, at: clock.now())
        guard try lineage.copies().count > known else { return copy }
        // Where it is stays out of the history, which is for good.
        _ = try cases.appendNote(
            event: "copy-registered", actor: actor,
            facts: ["copy": "\(copy.id)", "kind": kind.rawValue])
        return copy
    }

    /// Says what became of a copy for a case.
    /// - Throws: `unknown-copy`, `malformed-copy`, `case-not-found`.
    package func dispose(
        copy number: Int64, of id: CaseID, _ disposition: CopyDisposition, actor: String
    ) throws -> CopyEntry {
        _ = try cases.load(id)
        try lineage.dispose(
            copy: number, caseID: id.description, disposition, at: clock.now())
        try cases.appendNote(
            event: "copy-disposed", on: id, actor: actor,
            facts: ["copy": "\(number)", "state": disposition.state])
        guard let copy = try lineage.copies().first(where: { $0.id == number }) else {
            throw LineageError(.unknownCopy, "There is no copy \(number).")
        }
        return copy
    }

    /// What is meant by a corpus's name or a file's path, as erasures note it.
    private func place(_ holds: String) throws -> String {
        guard !holds.isEmpty else { return "" }
        let corpora = try lineage.corpora()
        if corpora.contains(where: { $0.name.utf8.elementsEqual(holds.utf8) }) { return holds }
        let path = URL(fileURLWithPath: holds).standardizedFileURL.path
        let shards = corpora.flatMap(\.shards).map(\.path)
        let sources = try shards.compactMap { try lineage.importedShard(at: $0)?.sourcePath }
        if (shards + sources).contains(where: { $0.utf8.elementsEqual(path.utf8) }) { return path }
        return try lookUp(holds, in: corpora.map(\.name), kind: "corpus or shard", by: { $0 })
    }
}
