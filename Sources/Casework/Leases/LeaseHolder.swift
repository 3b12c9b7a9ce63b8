import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The process that holds a lease. A process number alone is not enough: it is given out again.
struct LeaseHolder: Codable, Equatable, Sendable {
    let bootID: String
    /// Process numbers mean something only within one of these (containers have their own).
    let processNamespace: String
    let processID: Int32
    /// In the kernel's ticks since boot.
    let processStart: UInt64

    static func current(_ clock: some BootClock) -> LeaseHolder {
        let processID = getpid()
        return LeaseHolder(
            bootID: clock.bootID, processNamespace: Self.namespace(), processID: processID,
            processStart: startTicks(of: processID) ?? 0)
    }

    /// Whether the process is known to have ended. What cannot be known is taken as no.
    func hasEnded(seenFrom here: LeaseHolder) -> Bool {
        guard bootID == here.bootID else { return true }
        guard !processNamespace.isEmpty, processNamespace == here.processNamespace,
            here.processStart > 0
        else { return false }
        return Self.startTicks(of: processID) != processStart
    }

    private static func namespace() -> String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
    }

    /// Field 22 of `/proc/PID/stat`; nil if there is no such process, or only what is left of an
    /// ended one. The second field is a name that may hold spaces and parentheses.
    private static func startTicks(of processID: Int32) -> UInt64? {
        guard
            let text = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return UInt64(fields[19])
    }
}
