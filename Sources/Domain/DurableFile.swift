import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files that are either wholly there or not there at all.
package enum DurableFile {
    /// Writes `data` to a temporary file beside `url`, syncs it, renames it over `url` and syncs the
    /// folder. When it returns, the content survives a crash; when it throws, `url` is as it was.
    /// - Parameter permissions: file mode, e.g. `0o600` for keys.
    /// - Throws: `file-not-written`.
    package static func write(_ data: Data, to url: URL, permissions: Int = 0o644) throws {
        let folder = url.deletingLastPathComponent()
        let temporary = folder.appendingPathComponent(
            ".\(url.lastPathComponent).\(UUID().uuidString).tmp")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_EXCL, mode_t(permissions))
            guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            try handle.write(contentsOf: data)
            try handle.synchronize()
            try handle.close()
            guard rename(temporary.path, url.path) == 0 else {
                throw POSIXError(.init(rawValue: errno) ?? .EIO)
            }
            try synchronizeFolder(folder)
        } catch {
            unlink(temporary.path)
            throw DomainError(
                .fileNotWritten, "\(url.path) could not be written.", details: ["path": url.path],
                remedy: "Check free space and permissions of \(folder.path).", cause: error)
        }
    }

    /// Renames a finished folder into place. If `destination` already exists, `folder` is removed:
    /// destinations are content-addressed, so the existing one holds the same.
    package static func publish(folder: URL, to destination: URL) throws {
        let manager = FileManager.default
        if manager.fileExists(atPath: destination.path) {
            try? manager.removeItem(at: folder)
            return
        }
        let parent = destination.deletingLastPathComponent()
        do {
            try manager.createDirectory(at: parent, withIntermediateDirectories: true)
            try synchronizeFolder(folder)
            guard rename(folder.path, destination.path) == 0 else {
                throw POSIXError(.init(rawValue: errno) ?? .EIO)
            }
            try synchronizeFolder(parent)
        } catch {
            throw DomainError(
                .fileNotWritten, "\(destination.path) could not be written.",
                details: ["path": destination.path],
                remedy: "Check free space and permissions of \(parent.path).", cause: error)
        }
    }

    /// Reads a whole file.
    /// - Throws: `file-unreadable`.
    package static func read(_ url: URL) throws -> Data {
        do { return try Data(contentsOf: url) } catch {
            throw DomainError(
                .fileUnreadable, "\(url.path) cannot be read.", details: ["path": url.path],
                remedy: "Check that the file exists and is readable.", cause: error)
        }
    }

    private static func synchronizeFolder(_ folder: URL) throws {
        let descriptor = open(folder.path, O_RDONLY)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }
}
