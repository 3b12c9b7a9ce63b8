import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What removing a file left behind.
package struct FileRemoval: Codable, Sendable, Equatable {
    package let path: String
    /// Hard links elsewhere, under which the content goes on existing.
    package let otherNameCount: Int

    package init(path: String, otherNameCount: Int) {
        self.path = path
        self.otherNameCount = otherNameCount
    }
}

/// Removes files for good, as far as a program can: each is unlinked and its folder synced.
///
/// Nothing is overwritten first. On solid-state disks and on file systems that copy on write (btrfs,
/// ZFS, APFS) new bytes go elsewhere and the old ones stay until the device reclaims them; so do
/// snapshots. Where that matters, keep the data encrypted and drop the key: for an encrypted file,
/// remove the key's file in the same way.
/// - Parameter files: those that do not exist are skipped; links are removed, not what they point to.
/// - Returns: what was removed, in the order given.
/// - Throws: `file-not-written`; files removed before stay removed.
package func removeForGood(_ files: [URL]) throws -> [FileRemoval] {
    try files.compactMap { file in
        var status = stat()
        guard lstat(file.path, &status) == 0 else { return nil }
        guard unlink(file.path) == 0 else { throw FileSink.failure(file.path) }
        try synchronizeFolder(of: file.path)
        let isFile = status.st_mode & S_IFMT == S_IFREG
        return FileRemoval(
            path: file.path, otherNameCount: isFile ? max(0, Int(status.st_nlink) - 1) : 0)
    }
}
