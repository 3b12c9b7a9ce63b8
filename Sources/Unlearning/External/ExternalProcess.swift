import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A running program with its children: a process group of its own, so that all of them can be ended,
/// and an interruption from the terminal reaches Lethe alone.
///
/// A child that leaves the group (`setsid`) is out of reach. What it writes later is refused by its
/// token or its digest.
final class ExternalProcess {
    enum Stream: Int { case output, error }

    enum Ending: Equatable {
        case exited(status: Int32)
        case killed(signal: Int32)
        /// Somebody else took note of the end before.
        case unknown
    }

    private let processID: pid_t
    /// Ends to read from, by `Stream`; -1 once closed.
    private var pipes: [Int32]
    private var ending: Ending?
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// Starts a program without a shell, with nothing on its standard input, no other file of Lethe's
    /// open, and all signals as they are by default.
    /// - Throws: `external-not-started`.
    init(path: String, arguments: [String], environment: [String: String]) throws {
        let name = (path as NSString).lastPathComponent
        let output = try Self.openPipe(name)
        let error: (read: Int32, write: Int32)
        do { error = try Self.openPipe(name) } catch {
            Self.closeAll([output.read, output.write])
            throw error
        }
        let (code, processID) = Self.spawn(
            path, arguments, environment.map { "\($0.key)=\($0.value)" }.sorted(),
            output: output.write, error: error.write)
        Self.closeAll([output.write, error.write])
        guard code == 0 else {
            Self.closeAll([output.read, error.read])
            throw Self.failure(name, code)
        }
        self.processID = processID
        pipes = [output.read, error.read]
    }

    deinit {
        // A program never outlives the one who waits for it.
        if ending == nil { _ = finish(bySignal: SIGKILL) }
        Self.closeAll(pipes.filter { $0 >= 0 })
    }

    /// The program itself (not necessarily its children) is no longer running.
    var hasEnded: Bool {
        if ending != nil { return true }
        var information = siginfo_t()
        // WNOWAIT: as long as nobody has taken note, its number cannot be given to another process.
        let code = waitid(P_PID, id_t(processID), &information, WEXITED | WNOHANG | WNOWAIT)
        return code != 0 ? errno != EINTR : information.si_signo == SIGCHLD
    }

    /// Waits for output, at most as long as given, and hands over what there is.
    func receive(
        waitingMilliseconds: Int32, take: (_ stream: Stream, _ bytes: ArraySlice<UInt8>) -> Void
    ) {
        // A negative descriptor is skipped; with both closed this only waits.
        var requests = pipes.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&requests, nfds_t(requests.count), waitingMilliseconds) > 0 else { return }
        for stream in [Stream.output, .error] where requests[stream.rawValue].revents != 0 {
            // Bounded, so that a program that never stops writing cannot keep its limits from being
            // looked at; more than a pipe holds, so that what an ended program left is read whole.
            for _ in 0..<32 {
                let count = buffer.withUnsafeMutableBytes {
                    read(pipes[stream.rawValue], $0.baseAddress, $0.count)
                }
                if count > 0 {
                    take(stream, buffer[..<count])
                } else if count < 0 && errno == EINTR {
                    continue
                } else {
                    if count == 0 || errno != EAGAIN {
                        Self.closeAll([pipes[stream.rawValue]])
                        pipes[stream.rawValue] = -1
                    }
                    break
                }
            }
        }
    }

    /// Asks program and children to stop, waits, and ends by force those that did not. Their output
    /// is read meanwhile, since a full pipe would keep them from ending, and dropped.
    func stop(graceSeconds: Double) {
        guard ending == nil else { return }
        kill(-processID, SIGTERM)
        let start = SuspendingClock.now
        while !hasEnded, start.duration(to: .now) < .seconds(graceSeconds) {
            receive(waitingMilliseconds: 20) { _, _ in }
        }
        _ = finish()
    }

    /// Ends what is left of the group, and says how the program ended. Waits if it has not.
    func finish() -> Ending { finish(bySignal: SIGKILL) }

    private func finish(bySignal signal: Int32) -> Ending {
        if let ending { return ending }
        kill(-processID, signal)
        var status: Int32 = 0
        var result: pid_t
        repeat { result = waitpid(processID, &status, 0) } while result < 0 && errno == EINTR
        let found: Ending =
            result < 0
            ? .unknown
            : status & 0x7f == 0
                ? .exited(status: status >> 8 & 0xff) : .killed(signal: status & 0x7f)
        ending = found
        return found
    }

    private static func closeAll(_ descriptors: [Int32]) {
        for descriptor in descriptors { close(descriptor) }
    }

    private static func failure(_ name: String, _ code: Int32) -> UnlearningError {
        UnlearningError(
            .externalNotStarted,
            "The program \(name) could not be started: \(String(cString: strerror(code))).",
            details: ["program": name, "reason": "start", "errno": "\(code)"],
            remedy: "A script needs a first line that names its interpreter (#!).")
    }

    /// A pipe that no program inherits unasked, above the three standard descriptors, its reading end
    /// without blocking.
    private static func openPipe(_ name: String) throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw failure(name, errno) }
        let moved = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 3) }
        let code = errno
        closeAll(ends)
        guard moved.allSatisfy({ $0 >= 0 }), fcntl(moved[0], F_SETFL, O_NONBLOCK) == 0 else {
            closeAll(moved.filter { $0 >= 0 })
            throw failure(name, code)
        }
        return (moved[0], moved[1])
    }

    private static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String], output: Int32, error: Int32
    ) -> (code: Int32, processID: pid_t) {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, error, 2)
        let group = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        // Among Lethe's other open files may be the workspace's lock.
        #if canImport(Darwin)
            let flags = group | POSIX_SPAWN_CLOEXEC_DEFAULT
        #else
            let flags = group
            let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
            for descriptor in open.compactMap(Int32.init) where descriptor > 2 {
                posix_spawn_file_actions_addclose(&actions, descriptor)
            }
        #endif
        var none = sigset_t()
        sigemptyset(&none)
        var changed = sigset_t()
        sigemptyset(&changed)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD, SIGUSR1, SIGUSR2] {
            sigaddset(&changed, signal)
        }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &changed)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var argumentTexts = arguments.map { strdup($0) } + [nil]
        var environmentTexts = environment.map { strdup($0) } + [nil]
        defer { for text in argumentTexts + environmentTexts { free(text) } }
        var processID: pid_t = 0
        let code = posix_spawn(
            &processID, path, &actions, &attributes, &argumentTexts, &environmentTexts)
        return (code, processID)
    }
}
