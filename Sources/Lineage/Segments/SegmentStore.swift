import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folder of an index's segments, and those of them that are open.
final class SegmentStore: @unchecked Sendable {
    let folder: URL
    let postingKeys: PostingKeys
    let grams: GramHash
    private let lock = NSLock()
    /// By file name. Guarded by `lock`.
    private var open: [String: Segment] = [:]

    private static let lockName = ".lock"

    init(indexPath: String, key: IndexKey) {
        folder = URL(fileURLWithPath: indexPath + ".segments")
        postingKeys = PostingKeys(key)
        grams = GramHash(key.derived("grams"))
    }

    func url(_ file: String) -> URL { folder.appendingPathComponent(file) }

    /// A new name for the segment of a shard with this digest: digest, version of the rules and, as the
    /// same content may stand in several corpora, a random end.
    func fileName(_ digest: Digest) -> String {
        let unique = UUID().uuidString.prefix(8).lowercased()
        return "\(digest.short)-r\(SegmentFormat.rulesVersion)-\(unique).segment"
    }

    /// - Throws: `index-damaged`.
    func segment(_ file: String) throws -> Segment {
        try lock.withLock {
            if let segment = open[file] { return segment }
            let segment = try Segment(path: url(file).path)
            guard segment.rulesVersion == SegmentFormat.rulesVersion else {
                throw LineageError(
                    .indexOutdated, "The segment \(segment.path) was made by other rules.",
                    details: ["path": segment.path],
                    remedy: "Make it again from its shard: `lethe corpus reindex`.")
            }
            open[file] = segment
            return segment
        }
    }

    /// Removes a segment that nothing refers to any more.
    func remove(_ file: String) {
        lock.withLock { _ = open.removeValue(forKey: file) }
        unlink(url(file).path)
    }

    /// Runs `body` while no other process builds segments here or clears up after a killed one.
    /// - Throws: `index-locked`, `file-not-written`.
    func building<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            try DurableFile.makeFolder(folder, permissions: 0o700)
        } catch { throw SegmentWriter.notWritten(folder) }
        guard let descriptor = try lockFolder(waiting: true) else {
            throw LineageError(
                .indexLocked, "\(folder.path) is in use by another process.",
                details: ["path": folder.path],
                remedy: "Try again when the other command has ended.")
        }
        defer { close(descriptor) }
        return try body()
    }

    /// Removes what a killed build left: unfinished files, and segments that were never registered.
    /// - Parameter registered: names of the segments in use, read while nobody builds.
    func clear(keeping registered: () throws -> Set<String>) throws {
        guard FileManager.default.fileExists(atPath: folder.path),
            let descriptor = try lockFolder(waiting: false)
        else { return }
        defer { close(descriptor) }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let kept = try registered()
        for file in files where file != Self.lockName && !kept.contains(file) {
            guard file.hasPrefix(SegmentWriter.temporaryPrefix) || file.hasSuffix(".segment")
            else { continue }
            unlink(url(file).path)
        }
    }

    /// - Returns: nil if somebody else has the lock and did not give it up within 5 seconds.
    private func lockFolder(waiting: Bool) throws -> Int32? {
        let descriptor = DurableFile.uninterrupted {
            Foundation.open(url(Self.lockName).path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        }
        guard descriptor >= 0 else { throw SegmentWriter.notWritten(folder) }
        for attempt in 0..<(waiting ? 100 : 1) {
            if attempt > 0 { usleep(50_000) }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
        }
        close(descriptor)
        return nil
    }
}
