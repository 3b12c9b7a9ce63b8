import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Names that files have while they are written or destroyed. Nothing else in a workspace is called so:
/// what has such a name while no process works there is left over from a killed one.
extension DurableFile {
    static func temporaryName(of name: String) -> String { ".\(name).\(UUID().uuidString).tmp" }

    static func shreddingName(of name: String) -> String { ".\(name).shredding" }

    /// Whether `shred` renamed a folder to this.
    static func isDoomed(_ name: String) -> Bool {
        name.hasPrefix(".") && name.hasSuffix(".shredding")
    }

    /// Whether a name is one that `write` or `shred` made up, or made like them.
    package static func isTransient(_ name: String) -> Bool {
        guard name.hasPrefix(".") else { return false }
        if isDoomed(name) { return true }
        guard name.hasSuffix(".tmp") else { return false }
        let stem = name.dropLast(".tmp".count)
        guard let point = stem.lastIndex(of: ".") else { return false }
        return UUID(uuidString: String(stem[stem.index(after: point)...])) != nil
    }

    /// Shreds what killed processes left under such names, in a folder and below it. No other process
    /// may be writing there.
    /// - Parameters:
    ///   - deep: looks into subfolders as well.
    ///   - others: says of further names that they are left over.
    /// - Returns: files and folders removed.
    /// - Throws: `file-not-written`.
    @discardableResult
    package static func shredLeftovers(
        in folder: URL, deep: Bool = false, others: (String) -> Bool = { _ in false }
    ) throws -> Int {
        var count = 0
        // Without the folder nothing is left over in it.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names.sorted() {
            let url = folder.appendingPathComponent(name)
            var status = stat()
            guard lstat(url.path, &status) == 0 else { continue }
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            if isTransient(name) || others(name) {
                if isFolder { try shred(folder: url) } else { try shred(file: url) }
                count += 1
            } else if deep, isFolder {
                count += try shredLeftovers(in: url, deep: true, others: others)
            }
        }
        return count
    }
}
