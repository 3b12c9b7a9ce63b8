import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The system calls that the durable operations are made of.
extension DurableFile {
    /// Puts a secret in the place of an older one, and overwrites the old file's blocks with zeros.
    /// Copies that the file system or the device keeps are out of reach.
    /// - Throws: `file-not-written`; the new secret may be in place then.
    package static func replaceSecret(_ data: Data, at url: URL) throws {
        let old = uninterrupted { open(url.path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC) }
        defer { if old >= 0 { close(old) } }
        try write(data, to: url, permissions: 0o600)
        guard old >= 0 else { return }
        do {
            var status = stat()
            guard fstat(old, &status) == 0 else { throw systemError() }
            // Another name of the old file belongs to somebody else.
            if status.st_nlink == 0 { try overwrite(old) }
        } catch {
            throw DomainError(
                .fileNotWritten, "The old content of \(url.path) could not be overwritten.",
                details: ["path": url.path], cause: error)
        }
    }

    /// Copies a file as it is now, synced, with its permissions; the folder is not synced.
    /// - Throws: `file-not-written`, `file-unreadable`.
    package static func copy(_ source: URL, toNew destination: URL) throws {
        let input = uninterrupted { open(source.path, O_RDONLY | O_CLOEXEC) }
        guard input >= 0 else {
            throw DomainError(
                .fileUnreadable, "\(source.path) cannot be read.",
                details: ["path": source.path], cause: systemError())
        }
        defer { close(input) }
        do {
            var status = stat()
            guard fstat(input, &status) == 0 else { throw systemError() }
            let output = uninterrupted {
                open(
                    destination.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                    status.st_mode & 0o777)
            }
            guard output >= 0 else { throw systemError() }
            defer { close(output) }
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            while true {
                let count = Foundation.read(input, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw systemError() }
                if count == 0 { break }
                try writeAll(buffer[..<count], to: output)
            }
            try synchronize(output)
        } catch {
            throw DomainError(
                .fileNotWritten, "\(destination.path) could not be written.",
                details: ["path": destination.path],
                remedy: "Check free space and permissions.", cause: error)
        }
    }

    /// Writes and syncs a file that is not there yet.
    static func writeNew(_ data: Data, to url: URL, permissions: Int) throws {
        let descriptor = uninterrupted {
            open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(permissions))
        }
        guard descriptor >= 0 else { throw systemError() }
        do {
            try writeAll(data, to: descriptor)
            try synchronize(descriptor)
        } catch {
            close(descriptor)
            throw error
        }
        // Some file systems report a failed write only here. An interrupted close has closed the file,
        // and all of it is synced; a second close could hit another file.
        guard close(descriptor) == 0 || errno == EINTR else { throw systemError() }
    }

    /// Goes on after short writes and interruptions.
    static func writeAll(
        _ bytes: some ContiguousBytes, to descriptor: Int32
    ) throws {
        try bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Foundation.write(
                    descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw systemError() }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Makes a folder and those above it, and syncs each one's parent: a new folder that is not in its
    /// parent after a crash takes everything in it along.
    /// - Throws: `file-not-written`.
    package static func makeFolder(_ folder: URL, permissions: Int = 0o777) throws {
        do { try make(folder, permissions) } catch {
            throw DomainError(
                .fileNotWritten, "\(folder.path) could not be made: \(words(of: error)).",
                details: ["path": folder.path],
                remedy:
                    "Check free space and permissions of "
                    + "\(folder.deletingLastPathComponent().path).", cause: error)
        }
    }

    private static func make(_ folder: URL, _ permissions: Int) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) {
            guard isFolder.boolValue else { throw POSIXError(.ENOTDIR) }
            return
        }
        let parent = folder.deletingLastPathComponent()
        if parent.path != folder.path { try make(parent, permissions) }
        guard mkdir(folder.path, mode_t(permissions)) == 0 || errno == EEXIST else {
            throw systemError()
        }
        try synchronizeFolder(parent)
    }

    /// Syncs every file and folder below `folder`, and itself.
    package static func synchronizeTree(_ folder: URL) throws {
        let names =
            FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        for name in names.sorted() {
            let path = folder.appendingPathComponent(name).path
            var status = stat()
            guard lstat(path, &status) == 0 else { throw systemError() }
            let kind = status.st_mode & S_IFMT
            // What a link points to belongs to somebody else.
            guard kind == S_IFREG || kind == S_IFDIR else { continue }
            try synchronizePath(path)
        }
        try synchronizeFolder(folder)
    }

    package static func synchronizeFolder(_ folder: URL) throws {
        try synchronizePath(folder.path.isEmpty ? "." : folder.path)
    }

    private static func synchronizePath(_ path: String) throws {
        let descriptor = uninterrupted { open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw systemError() }
        defer { close(descriptor) }
        try synchronize(descriptor)
    }

    /// One attempt; an interruption is no failure.
    static func synchronize(_ descriptor: Int32) throws {
        while fsync(descriptor) != 0 {
            guard errno == EINTR else { throw systemError() }
        }
    }

    /// Makes a system call again for as long as signals interrupt it. Not for `close`.
    package static func uninterrupted(_ call: () -> Int32) -> Int32 {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }

    /// The last system call's error.
    package static func systemError() -> POSIXError {
        POSIXError(.init(rawValue: errno) ?? .EIO)
    }

    /// What the system says of an error of its own, e.g. `Permission denied`.
    package static func words(of error: any Error) -> String {
        guard let error = error as? POSIXError else { return "\(type(of: error))" }
        return String(cString: strerror(error.code.rawValue))
    }

    static func contents(ofFileAt path: String, atMost limit: Int) throws -> Data {
        let descriptor = uninterrupted { open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw systemError() }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw systemError() }
        // The size is a hint: streams have none, and a file may grow. One byte more finds its end.
        var data = Data(count: min(max(Int(status.st_size), 0), limit) + 1)
        var count = 0
        while count <= limit {
            if count == data.count { data.count += min(max(count, 1 << 16), limit - count + 1) }
            let done = count
            let read = data.withUnsafeMutableBytes { bytes -> Int in
                guard let base = bytes.baseAddress else { return 0 }
                return Foundation.read(descriptor, base + done, bytes.count - done)
            }
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else { throw systemError() }
            if read == 0 { break }
            count += read
        }
        data.count = count
        return data
    }
}
