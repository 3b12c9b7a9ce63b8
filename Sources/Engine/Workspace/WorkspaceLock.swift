import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An advisory lock on a workspace, held by the process: the kernel lets go of it however the process
/// ends, so a killed command leaves nothing behind.
final class WorkspaceLock {
    private let descriptor: Int32

    /// Waits up to two seconds for its turn.
    /// - Throws: `workspace-locked`; `cannot-create`.
    init(at url: URL) throws {
        descriptor = DurableFile.uninterrupted {
            open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        }
        guard descriptor >= 0 else {
            throw EngineError(
                .cannotCreate, "\(url.path) could not be made.", details: ["path": url.path],
                remedy: "Check the permissions of the workspace.")
        }
        for _ in 0..<20 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            usleep(100_000)
        }
        close(descriptor)
        throw EngineError(
            .workspaceLocked, "Another Lethe process is working in this workspace.",
            details: ["path": url.path], remedy: "Try again when it is done.")
    }

    deinit { close(descriptor) }
}
