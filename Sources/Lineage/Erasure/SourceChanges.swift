import Domain
import Foundation

/// What erasing records does to the source that their shard was unpacked from.
struct SourceChanges {
    private let imported: ImportedShard
    private let plainDigest: Digest
    private let wanted: [WantedEdit]

    /// - Parameter plainDigest: of the shard as it is indexed.
    init(_ imported: ImportedShard, _ plainDigest: Digest, _ wanted: [WantedEdit]) {
        self.imported = imported
        self.plainDigest = plainDigest
        self.wanted = wanted
    }

    /// - Throws: `shard-changed` if the source is not what was imported; `shard-missing`;
    ///   `unsupported-format`; `malformed-span`.
    func all() throws -> [FileChange] {
        guard imported.plainDigest == plainDigest else {
            throw ShardScanner.changed(imported.plainPath)
        }
        let format = try ShardFormat.named(imported.format)
        switch format.rewriting {
        case .inPlace: return []
        case .repacked:
            return [
                try ErasureFiles.change(
                    .packed(format.id), imported.sourcePath, imported.sourceDigest)
            ]
        case .perDocument: return try documents()
        case .none:
            throw LineageError(
                .unsupportedFormat, "\(imported.sourcePath) cannot be rewritten.",
                details: ["path": imported.sourcePath, "format": format.id],
                remedy: "Register it as a copy and say how it is erased.")
        }
    }

    /// A record's id is its document's name.
    private func documents() throws -> [FileChange] {
        let source = URL(fileURLWithPath: imported.sourcePath)
        let known = Dictionary(
            try TextDocument.all(in: source).map { (Array($0.id.utf8), $0) }
        ) { first, _ in first }
        var changes: [Int: FileChange] = [:]
        for edit in wanted where changes[edit.place.line] == nil {
            guard let document = known[Array(edit.place.id.utf8)] else {
                throw ShardScanner.missing(source.path)
            }
            let data = try document.read()
            // The line was made of the document alone, so equal lines mean an equal document.
            guard try Digest(of: document.line(data)) == edit.place.digest else {
                throw ShardScanner.changed(document.url.path)
            }
            guard edit.spans.allSatisfy({ $0.field == ["text"] }) else {
                throw LineageError(
                    .malformedSpan, "\(document.url.path): a text document has only a text.",
                    details: ["path": document.url.path],
                    remedy: "Give spans of the field `text`.")
            }
            changes[edit.place.line] = try ErasureFiles.change(
                edit.spans.isEmpty ? .removedDocument : .redactedDocument(line: edit.place.line),
                document.url.path, Digest(of: data))
        }
        return changes.sorted { $0.key < $1.key }.map(\.value)
    }
}
