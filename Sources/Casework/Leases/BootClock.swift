import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Time that only goes forward: seconds since the machine was started. Leases are measured with it,
/// since the time of day can be set back or forward while work is running.
package protocol BootClock: Sendable {
    /// Names one run of the machine's kernel; another value means that the machine was restarted.
    var bootID: String { get }
    /// Seconds since the start, sleep included.
    func seconds() -> Int64
}

/// The kernel's own figures.
package struct SystemBootClock: BootClock {
    package let bootID: String

    package init() {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        bootID = text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }

    package func seconds() -> Int64 {
        var time = timespec()
        #if os(Linux)
            clock_gettime(CLOCK_BOOTTIME, &time)
        #else
            clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        return Int64(time.tv_sec)
    }
}
