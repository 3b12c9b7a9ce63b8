import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A folder into which another program writes. Nothing in it is followed: a link could lead anywhere,
/// and shredding through it would destroy somebody else's file.
enum ForeignFolder {
    /// Makes the folder, or its owner the only one who may open it.
    /// - Throws: `file-not-written`.
    static func make(_ folder: URL) throws {
        do {
            try DurableFile.makeFolder(folder, permissions: 0o700)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o700], ofItemAtPath: folder.path)
        } catch { throw failure(folder, error) }
    }

    /// Overwrites and removes a file, or a folder with all it holds; links in it are only removed.
    /// Nothing happens where there is nothing.
    /// - Throws: `file-not-written`.
    static func shred(_ url: URL) throws {
        guard let status = status(url) else { return }
        guard try !removed(url, status) else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            try removeLinks(below: url)
            try DurableFile.shred(folder: url)
        } else {
            // A folder of its own, since what shreds takes a folder.
            let place = url.deletingLastPathComponent().appendingPathComponent(
                ".shred-\(UUID().uuidString)")
            try make(place)
            guard rename(url.path, place.appendingPathComponent("file").path) == 0 else {
                throw failure(url, nil)
            }
            try DurableFile.shred(folder: place)
        }
    }

    /// Removes every symbolic link, hard link, pipe and socket below a folder, and files that are mostly
    /// holes.
    /// - Throws: `file-not-written`.
    static func removeLinks(below folder: URL) throws {
        guard let status = status(folder) else { return }
        guard try !removed(folder, status), status.st_mode & S_IFMT == S_IFDIR else { return }
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder.path) } catch {
            throw failure(folder, error)
        }
        for name in names { try removeLinks(below: folder.appendingPathComponent(name)) }
    }

    /// What stands at a path itself, not at what it points to; nil if nothing.
    static func status(_ url: URL) -> stat? {
        var status = stat()
        return lstat(url.path, &status) == 0 ? status : nil
    }

    /// Bytes that a file may claim without having them. Shredding writes holes too, and would fill the
    /// disk with those of a file that claims a tebibyte.
    private static let holeLimit = 1 << 30

    /// Removes what must not be shredded like a file of its own; false for everything else.
    private static func removed(_ url: URL, _ status: stat) throws -> Bool {
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return false
        case S_IFREG where status.st_nlink == 1:
            let holes = Int(status.st_size) - 512 * Int(status.st_blocks)
            guard holes > holeLimit else { return false }
            try overwriteData(url)
        default: break
        }
        guard unlink(url.path) == 0 || errno == ENOENT else { throw failure(url, nil) }
        return true
    }

    /// Overwrites with zeros what of a file is not a hole.
    private static func overwriteData(_ url: URL) throws {
        #if canImport(Darwin)
            let (toData, toHole): (Int32, Int32) = (4, 3)
        #else
            let (toData, toHole): (Int32, Int32) = (3, 4)
        #endif
        let descriptor = open(url.path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(url, nil) }
        defer { close(descriptor) }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var end: off_t = 0
        while true {
            var place = lseek(descriptor, end, toData)
            guard place >= 0 else { break }
            end = lseek(descriptor, place, toHole)
            while place < end {
                let count = pwrite(descriptor, zeros, min(zeros.count, Int(end - place)), place)
                guard count > 0 else { throw failure(url, nil) }
                place += off_t(count)
            }
        }
        // Past the last data; any other error means that something was left.
        guard errno == ENXIO, fsync(descriptor) == 0 else { throw failure(url, nil) }
    }

    private static func failure(_ url: URL, _ cause: (any Error)?) -> DomainError {
        DomainError(
            .fileNotWritten,
            "\(url.path), to which a program writes, could not be made or removed.",
            details: ["path": url.path],
            remedy: "Check permissions. If it is there, it holds deleted data: remove it by hand.",
            cause: cause)
    }
}

/// Reading files that another program wrote.
enum BoundedFile {
    /// Reads a whole file into memory: what is checked is what is used, whatever happens to the file.
    /// - Parameter limit: bytes; a larger file is not read.
    /// - Returns: the content, and when it was last changed, nanoseconds since 1970.
    /// - Throws: `external-result-refused` with reason `missing`, `link` or `size`.
    static func read(_ url: URL, limit: Int) throws -> (data: Data, modified: Int64) {
        let name = url.lastPathComponent
        // Without blocking: opening a named pipe would wait for somebody at its other end.
        let descriptor = open(url.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw errno == ELOOP
                ? ExternalRefusal.link.error("\(name) is a link.")
                : ExternalRefusal.missing.error("There is no \(name), or it cannot be read.")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_nlink == 1
        else { throw ExternalRefusal.link.error("\(name) is not a file of its own.") }
        let size = Int(status.st_size)
        guard size <= limit else {
            throw ExternalRefusal.size.error(
                "\(name) has \(size) bytes; expected at most \(limit).")
        }
        var data = Data(count: size)
        let count = data.withUnsafeMutableBytes { bytes -> Int in
            var done = 0
            while done < size, let start = bytes.baseAddress {
                let piece = Self.read(descriptor, start + done, size - done)
                if piece <= 0 { break }
                done += piece
            }
            return done
        }
        guard count == size else {
            throw ExternalRefusal.size.error("\(name) changed while it was read.")
        }
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        return (data, Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    private static func read(_ descriptor: Int32, _ target: UnsafeMutableRawPointer, _ count: Int)
        -> Int
    {
        #if canImport(Darwin)
            Darwin.read(descriptor, target, count)
        #else
            Glibc.read(descriptor, target, count)
        #endif
    }
}
