import Domain
import Foundation

/// A part of a workspace that belongs into a backup.
package struct BackupPart: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable {
        /// An SQLite database; copied as one moment shows it, while it is in use.
        case database
        case file
        /// A folder with everything below it.
        case folder
    }

    /// What it is to the program, e.g. `cases`, `lineage`, `models`.
    package let role: String
    /// Below the workspace's folder, with `/`.
    package let path: String
    package let kind: Kind

    /// - Parameter path: relative to the workspace.
    package init(role: String, path: String, kind: Kind) {
        self.role = role
        self.path = path
        self.kind = kind
    }

    /// The role of the case database, whose history names the backup.
    package static let casesRole = "cases"
}

/// What a backup consists of: every file with its digest, and where the history stood.
package struct BackupManifest: Codable, Sendable, Equatable {
    package struct File: Codable, Sendable, Equatable {
        package let path: String
        package let byteCount: Int64
        /// File mode, e.g. 0o600 as 384.
        package let permissions: Int
        package let digest: Digest
    }

    package struct History: Codable, Sendable, Equatable {
        package let entryCount: Int
        package let headHash: Digest
    }

    /// Version of the form.
    package let letheBackup: Int
    package let createdAt: Timestamp
    package let parts: [BackupPart]
    /// Sorted by path.
    package let files: [File]
    /// Names of the migrations each database had, by its path.
    package let schemas: [String: [String]]
    /// Of the copied case database; nil for a backup without one.
    package let history: History?
    /// Roles of what was left out on purpose, sorted; nil if nothing was.
    package let omitted: [String]?

    package static let fileName = "manifest.json"

    /// The file: the manifest and the SHA-256 of its canonical JSON.
    private struct Sealed: Codable {
        let manifest: BackupManifest
        let digest: Digest
    }

    func fileContent() throws -> Data {
        try CanonicalJSON.pretty(
            Sealed(manifest: self, digest: Digest(of: try CanonicalJSON.compact(self))))
    }

    /// Reads the manifest of a backup.
    /// - Throws: `backup-damaged`; `file-unreadable` if the folder is no backup.
    package static func read(_ folder: URL) throws -> BackupManifest {
        let data = try DurableFile.read(folder.appendingPathComponent(fileName))
        let sealed: Sealed
        do { sealed = try CanonicalJSON.decode(Sealed.self, from: data) } catch {
            throw damaged("its manifest cannot be read", cause: error)
        }
        guard Digest(of: try CanonicalJSON.compact(sealed.manifest)) == sealed.digest else {
            throw damaged("its manifest was changed")
        }
        guard sealed.manifest.letheBackup == 1 else {
            throw damaged("it was made by another version")
        }
        let manifest = sealed.manifest
        for path in manifest.files.map(\.path) + manifest.parts.map(\.path) {
            guard isPlain(path) else { throw damaged("its manifest names a path outside of it") }
        }
        return manifest
    }

    /// Reads the manifest and holds every file against it.
    /// - Throws: `backup-damaged` naming the first file that is missing, changed or not listed.
    @discardableResult
    package static func verify(_ folder: URL) throws -> BackupManifest {
        let manifest = try read(folder)
        for file in manifest.files { try manifest.verify(file, in: folder) }
        let known = Set(manifest.files.map(\.path) + [fileName])
        for path in try regularFiles(below: folder) where !known.contains(path) {
            throw damaged("\(path) is not in its manifest")
        }
        return manifest
    }

    func verify(_ file: File, in folder: URL) throws {
        let url = folder.appendingPathComponent(file.path)
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw Self.damaged("\(file.path) is missing")
        }
        guard try Digest(ofFileAt: url) == file.digest else {
            throw Self.damaged("\(file.path) was changed")
        }
    }

    /// Paths of the regular files below a folder, sorted; links are not followed.
    static func regularFiles(below folder: URL) throws -> [String] {
        let manager = FileManager.default
        let names = manager.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            let path = folder.appendingPathComponent(name).path
            let type = try? manager.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            return type == .typeRegular
        }.sorted()
    }

    /// A path that stays below the folder it is appended to.
    static func isPlain(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !path.isEmpty && !path.utf8.contains(0)
            && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    static func damaged(_ what: String, cause: (any Error)? = nil) -> CaseworkError {
        CaseworkError(
            .backupDamaged, "The backup is damaged: \(what).",
            remedy: "Use another backup; this one was not touched.", cause: cause)
    }
}
