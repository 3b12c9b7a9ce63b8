import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files that are either wholly there or not there at all.
package enum DurableFile {
    /// Writes `data` to a temporary file beside `url`, syncs it, renames it over `url` and syncs the
    /// folder. When it returns, the content survives a crash. When it throws, `url` is as it was,
    /// unless it was the folder that could not be synced: then it holds either content, whole.
    /// - Parameter permissions: file mode, e.g. `0o600` for keys.
    /// - Throws: `file-not-written`. A failed sync is never tried again: the system may have dropped
    ///   what it could not write, and a second sync would not notice.
    package static func write(_ data: Data, to url: URL, permissions: Int = 0o644) throws {
        let folder = url.deletingLastPathComponent()
        let temporary = folder.appendingPathComponent(temporaryName(of: url.lastPathComponent))
        do {
            try makeFolder(folder)
            try writeNew(data, to: temporary, permissions: permissions)
            guard rename(temporary.path, url.path) == 0 else { throw systemError() }
            try synchronizeFolder(folder)
        } catch {
            unlink(temporary.path)
            throw DomainError(
                .fileNotWritten, "\(url.path) could not be written.", details: ["path": url.path],
                remedy: "Check free space and permissions of \(folder.path).", cause: error)
        }
    }

    /// Renames a finished folder into place. Everything in it is synced first, whoever wrote it. If
    /// `destination` already exists, `folder` is removed: destinations are content-addressed, so the
    /// existing one holds the same.
    /// - Throws: `file-not-written`.
    package static func publish(folder: URL, to destination: URL) throws {
        let manager = FileManager.default
        let parent = destination.deletingLastPathComponent()
        do {
            if manager.fileExists(atPath: destination.path) {
                try? manager.removeItem(at: folder)
                // It may have been renamed by a process that ended before it synced.
                return try synchronizeFolder(parent)
            }
            try makeFolder(parent)
            try synchronizeTree(folder)
            guard rename(folder.path, destination.path) == 0 else { throw systemError() }
            try synchronizeFolder(parent)
        } catch {
            throw DomainError(
                .fileNotWritten, "\(destination.path) could not be written.",
                details: ["path": destination.path],
                remedy: "Check free space and permissions of \(parent.path).", cause: error)
        }
    }

    /// Gives a finished file a second name, where the file system can; elsewhere copies it. Nothing
    /// happens if the name is taken.
    ///
    /// `shred` of one of the two names leaves the content to the other, so only files that are never
    /// changed in place may be linked.
    /// - Throws: `file-not-written`; `file-unreadable` where it has to be copied.
    package static func link(_ file: URL, to name: URL, permissions: Int = 0o600) throws {
        let manager = FileManager.default
        let folder = name.deletingLastPathComponent()
        guard !manager.fileExists(atPath: name.path) else { return }
        do { try makeFolder(folder) } catch {
            throw DomainError(
                .fileNotWritten, "\(folder.path) could not be made.",
                details: ["path": folder.path],
                remedy: "Check free space and permissions of \(folder.path).", cause: error)
        }
        guard Foundation.link(file.path, name.path) == 0 else {
            return try write(try read(file), to: name, permissions: permissions)
        }
        do { try synchronizeFolder(folder) } catch {
            throw DomainError(
                .fileNotWritten, "\(name.path) could not be written.",
                details: ["path": name.path], cause: error)
        }
    }

    /// Reads a file, or stream.
    /// - Parameter limit: in bytes. Of what is larger, one byte more is read: whoever parses it sees that
    ///   it is too large, and memory stays free.
    /// - Throws: `file-unreadable`.
    package static func read(_ url: URL, atMost limit: Int = .max) throws -> Data {
        do { return try contents(ofFileAt: url.path, atMost: limit) } catch {
            throw unreadable(url, error)
        }
    }

    /// `file-unreadable` for a file or folder that the system does not give.
    package static func unreadable(_ url: URL, _ cause: any Error) -> DomainError {
        DomainError(
            .fileUnreadable, "\(url.path) cannot be read: \(words(of: cause)).",
            details: ["path": url.path],
            remedy: "Check that the file exists and is readable.", cause: cause)
    }

    /// Whether nothing has this name. False if the system does not tell: what cannot be looked at is
    /// not gone.
    package static func isMissing(_ url: URL) -> Bool {
        var status = stat()
        return lstat(url.path, &status) != 0 && (errno == ENOENT || errno == ENOTDIR)
    }

    /// Overwrites every file in a folder with zeros, syncs and removes it, then the folder.
    ///
    /// The folder goes by one rename before the first byte of it is changed, so that after a crash it is
    /// either whole or gone from its name. What a killed call left beside it, under the name of
    /// `shreddingName`, is shredded too.
    ///
    /// Only what belongs to the folder is overwritten: links and special files are removed, and so is a
    /// file that has another name elsewhere.
    /// - Returns: files removed; 0 if there is no such folder.
    /// - Throws: `file-not-written`; files already overwritten stay so.
    @discardableResult
    package static func shred(folder: URL) throws -> Int {
        let manager = FileManager.default
        let parent = folder.deletingLastPathComponent()
        let name = folder.lastPathComponent
        let doomed = parent.appendingPathComponent(
            isDoomed(name) ? name : shreddingName(of: name))
        var count = 0
        do {
            if manager.fileExists(atPath: doomed.path) {
                count += try destroy(doomed)
                try synchronizeFolder(parent)
            }
            guard manager.fileExists(atPath: folder.path) else { return count }
            guard rename(folder.path, doomed.path) == 0 else { throw systemError() }
            try synchronizeFolder(parent)
            count += try destroy(doomed)
            try synchronizeFolder(parent)
        } catch {
            throw DomainError(
                .fileNotWritten, "\(folder.path) could not be shredded.",
                details: ["path": folder.path],
                remedy: "It holds deleted data: remove it by hand, and \(doomed.path).",
                cause: error)
        }
        return count
    }

    /// Overwrites, syncs and removes one file.
    /// - Parameter isRead: others read the file under its name: it goes by one synced rename before the
    ///   first byte is changed, so that after a crash it is whole or gone. Without it, a killed call is
    ///   repeated.
    /// - Throws: `file-not-written`.
    package static func shred(file: URL, isRead: Bool = false) throws {
        let folder = file.deletingLastPathComponent()
        do {
            var doomed = file
            if isRead {
                doomed = folder.appendingPathComponent(shreddingName(of: file.lastPathComponent))
                guard rename(file.path, doomed.path) == 0 else { throw systemError() }
                try synchronizeFolder(folder)
            }
            try destroy(file: doomed.path)
            try synchronizeFolder(folder)
        } catch {
            throw DomainError(
                .fileNotWritten, "\(file.path) could not be shredded.",
                details: ["path": file.path],
                remedy: "It may hold deleted data: remove it by hand.", cause: error)
        }
    }

    private static func destroy(_ folder: URL) throws -> Int {
        let manager = FileManager.default
        let files = manager.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        var count = 0
        for name in files.sorted() {
            if try destroy(file: folder.appendingPathComponent(name).path) { count += 1 }
        }
        try manager.removeItem(at: folder)
        return count
    }

    /// - Returns: false for a folder, which stays.
    @discardableResult
    private static func destroy(file path: String) throws -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw systemError() }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR { return false }
        if kind == S_IFREG, status.st_nlink == 1 { try overwrite(path) }
        guard unlink(path) == 0 else { throw systemError() }
        return true
    }

    /// Zeros wherever the file has blocks; holes are left as they are.
    private static func overwrite(_ path: String) throws {
        let descriptor = uninterrupted { open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC) }
        guard descriptor >= 0 else { throw systemError() }
        defer { close(descriptor) }
        try overwrite(descriptor)
    }

    static func overwrite(_ descriptor: Int32) throws {
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        let end = lseek(descriptor, 0, SEEK_END)
        var place: off_t = 0
        while place < end {
            let start = nextByte(of: .data, in: descriptor, from: place) ?? end
            var left = (nextByte(of: .hole, in: descriptor, from: start) ?? end) - start
            guard start < end, lseek(descriptor, start, SEEK_SET) == start else { break }
            place = start + max(left, 1)
            while left > 0 {
                let written = Foundation.write(descriptor, zeros, min(zeros.count, Int(left)))
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw systemError() }
                left -= off_t(written)
            }
        }
        try synchronize(descriptor)
    }

    private enum Extent {
        case data, hole
    }

    /// Where the next data or hole begins; nil if there is none, or if the system cannot tell, which then
    /// calls all of a file data.
    private static func nextByte(of extent: Extent, in descriptor: Int32, from place: off_t)
        -> off_t?
    {
        #if os(Linux)
            // SEEK_DATA and SEEK_HOLE of lseek(2).
            let found = lseek(descriptor, place, extent == .data ? 3 : 4)
            return found >= 0 ? found : errno == ENXIO ? nil : extent == .data ? place : nil
        #else
            return extent == .data ? place : nil
        #endif
    }
}
