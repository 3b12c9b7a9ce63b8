import Domain
import Foundation

/// Plain text: a file is one document and one record; a folder is as many as it has `.txt` files
/// below it, in the order of their paths' bytes. A record's id is its file's name, in a folder the
/// path from there.
let plainTextFormat = ShardFormat(
    id: "text", title: "plain text", fileEndings: [".txt", ".text"], magics: [],
    rewriting: .perDocument,
    unpack: { source, limits, sink in
        var meter = UnpackingMeter(source.path, limits)
        var manifest = ""
        var whole = Digest(of: "")
        for document in try TextDocument.all(in: source) {
            let data = try document.read()
            let line = try document.line(data)
            meter.took(data.count)
            try meter.gave(line.count + 1)
            try line.withUnsafeBytes { try sink.write($0) }
            try sink.write([10])
            whole = Digest(of: data)
            manifest += "\(document.id)\u{0}\(whole)\n"
        }
        return TextDocument.isFolder(source) ? Digest(of: manifest) : whole
    },
    pack: nil)

/// One text file that is a record.
struct TextDocument {
    let id: String
    let url: URL

    private struct Line: Encodable {
        let id: String
        let text: String
    }

    /// The documents of a file or folder. Hidden files are left out, links are not followed.
    /// - Throws: `empty-shard` for a folder without text files; `file-unreadable`.
    static func all(in source: URL) throws -> [TextDocument] {
        guard isFolder(source) else {
            return [TextDocument(id: source.lastPathComponent, url: source)]
        }
        let names =
            FileManager.default.enumerator(atPath: source.path)?
            .compactMap { $0 as? String } ?? []
        let found =
            names.filter { name in
                let parts = name.split(separator: "/")
                return name.lowercased().hasSuffix(".txt")
                    && !parts.contains { $0.hasPrefix(".") }
            }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .map { TextDocument(id: $0, url: source.appendingPathComponent($0)) }
            .filter { $0.isRegularFile }
        guard !found.isEmpty else {
            throw LineageError(
                .emptyShard, "\(source.path) holds no text file.", details: ["path": source.path],
                remedy: "Name a folder with .txt files, one document each.")
        }
        return found
    }

    static func isFolder(_ url: URL) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
            && isFolder.boolValue
    }

    private var isRegularFile: Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
        return attributes?[.type] as? FileAttributeType == .typeRegular
    }

    func read() throws -> Data { try DurableFile.read(url) }

    /// The document as a line of a shard.
    /// - Throws: `invalid-utf8`, `missing-text`, `oversized-line`.
    func line(_ data: Data) throws -> Data {
        guard data.count <= ShardScanner.lineByteCountMaximum / 2 else {
            throw error(.oversizedLine, "the text is longer than 32 MiB.", "Split it.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw error(.invalidUTF8, "the text is not UTF-8.", "Convert the file to UTF-8.")
        }
        guard text.utf8.contains(where: { $0 > 32 }) else {
            throw error(.missingText, "the text is empty.", "Leave the file out.")
        }
        return try CanonicalJSON.compact(Line(id: id, text: text))
    }

    private func error(
        _ code: LineageErrorCode, _ what: String, _ remedy: String
    ) -> LineageError {
        LineageError(code, "\(url.path): \(what)", details: ["path": url.path], remedy: remedy)
    }
}
