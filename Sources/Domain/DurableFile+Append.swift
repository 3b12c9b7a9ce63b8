import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files that grow, and several files at once.
extension DurableFile {
    /// Appends to a file and syncs it: one sync, for the file's name is there already.
    ///
    /// After a crash, and after an error, any part of `data` may stand at the end: whoever reads the file
    /// must be able to tell.
    /// - Parameter end: bytes that the file must have before, so that nothing is put behind a part of
    ///   something else.
    /// - Throws: `file-not-written`.
    package static func append(_ data: Data, to url: URL, at end: Int) throws {
        do {
            let descriptor = uninterrupted { open(url.path, O_WRONLY | O_APPEND | O_CLOEXEC) }
            guard descriptor >= 0 else { throw systemError() }
            defer { close(descriptor) }
            guard lseek(descriptor, 0, SEEK_END) == off_t(end) else { throw POSIXError(.ESTALE) }
            try writeAll(data, to: descriptor)
            try synchronize(descriptor)
        } catch {
            throw DomainError(
                .fileNotWritten, "\(url.path) could not be written.", details: ["path": url.path],
                remedy: "Check free space and permissions.", cause: error)
        }
    }

    /// Writes several files like `write`, each folder being synced once, after all renames into it.
    /// After a crash some of them may be there and others not; each is whole.
    /// - Throws: `file-not-written`.
    package static func write(_ files: [(url: URL, data: Data)], permissions: Int = 0o644) throws {
        var folders: [URL] = []
        for file in files {
            let folder = file.url.deletingLastPathComponent()
            if !folders.contains(folder) { folders.append(folder) }
            try replace(file.url, with: file.data, permissions: permissions)
        }
        for folder in folders {
            do { try synchronizeFolder(folder) } catch {
                throw DomainError(
                    .fileNotWritten, "\(folder.path) could not be synced.",
                    details: ["path": folder.path], cause: error)
            }
        }
    }

    private static func replace(_ url: URL, with data: Data, permissions: Int) throws {
        let folder = url.deletingLastPathComponent()
        let temporary = folder.appendingPathComponent(temporaryName(of: url.lastPathComponent))
        do {
            try makeFolder(folder)
            try writeNew(data, to: temporary, permissions: permissions)
            guard rename(temporary.path, url.path) == 0 else { throw systemError() }
        } catch {
            unlink(temporary.path)
            throw DomainError(
                .fileNotWritten, "\(url.path) could not be written.", details: ["path": url.path],
                remedy: "Check free space and permissions of \(folder.path).", cause: error)
        }
    }
}
