import Foundation
import Synchronization

/// The one pool of threads of the tensor core.
///
/// Work is cut into a fixed number of parts that depends on the thread count alone, never on timing,
/// so that every reduction has the same order in every run. BLAS itself runs single-threaded inside
/// a part: two pools on the same cores only fight.
package final class WorkerPool: @unchecked Sendable {
    /// `LETHE_THREADS`, else the number of active cores, at most 16.
    package static let shared = WorkerPool(
        threadCount: ProcessInfo.processInfo.environment["LETHE_THREADS"].flatMap(Int.init)
            ?? ProcessInfo.processInfo.activeProcessorCount)

    /// Number of parts every partition has, including the calling thread's.
    package let threadCount: Int

    private let turn = NSLock()
    private let condition = NSCondition()
    private let generation = Atomic<Int>(0)
    private let pending = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    // Written by the owner of `turn` before `generation` is raised, read by workers after they saw it.
    nonisolated(unsafe) private var body: (@Sendable (Int) -> Void)?

    /// Spins before a worker goes to sleep: about 50 microseconds, the gap between two operations.
    private static let spinCount = 20_000

    package init(threadCount: Int) {
        self.threadCount = max(1, min(16, threadCount))
        for index in 1..<max(1, self.threadCount) {
            let thread = Thread { [unowned self] in self.work(index) }
            thread.stackSize = 1 << 21
            thread.name = "lethe-tensor-\(index)"
            thread.start()
        }
    }

    private func work(_ index: Int) {
        var seen = 0
        while true {
            var spins = 0
            while generation.load(ordering: .acquiring) == seen {
                spins += 1
                if spins > Self.spinCount { sleep(until: seen) }
            }
            seen += 1
            body?(index)
            pending.subtract(1, ordering: .acquiringAndReleasing)
        }
    }

    private func sleep(until seen: Int) {
        condition.lock()
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while generation.load(ordering: .sequentiallyConsistent) == seen { condition.wait() }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        condition.unlock()
    }

    /// Runs `part(0) ... part(threadCount - 1)` and returns when all are done. If the pool is busy (a
    /// second thread of the process computes too, or `part` calls this again), the same parts run one
    /// after the other on the calling thread, with the same results.
    package func run(_ part: (Int) -> Void) {
        guard threadCount > 1, turn.try() else {
            for index in 0..<threadCount { part(index) }
            return
        }
        defer { turn.unlock() }
        withoutActuallyEscaping(part) { escapable in
            // The closure does not outlive this call: it returns only after all parts ended.
            nonisolated(unsafe) let unchecked = escapable
            body = { unchecked($0) }
            pending.store(threadCount - 1, ordering: .relaxed)
            generation.add(1, ordering: .sequentiallyConsistent)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
                condition.lock()
                condition.broadcast()
                condition.unlock()
            }
            part(0)
            var spins = 0
            while pending.load(ordering: .acquiring) != 0 {
                spins += 1
                if spins > Self.spinCount { sched_yield() }
            }
            body = nil
        }
    }

    /// Splits `0 ..< count` into `threadCount` contiguous ranges (multiples of `granule`, the last one
    /// shorter) and runs them; small work runs undivided.
    /// - Parameter minimum: smallest `count` worth dividing.
    package func forRanges(
        _ count: Int, granule: Int = 1, minimum: Int = 2, _ body: (Range<Int>) -> Void
    ) {
        guard count >= minimum, threadCount > 1 else {
            if count > 0 { body(0..<count) }
            return
        }
        let granules = (count + granule - 1) / granule
        let share = (granules + threadCount - 1) / threadCount * granule
        run { index in
            let start = min(count, index * share)
            let end = min(count, start + share)
            if start < end { body(start..<end) }
        }
    }

    /// Runs `body(0) ... body(count - 1)`, each once, on whichever thread is free; `worker` is below
    /// `threadCount` and tells which scratch memory to use. Tasks must write to places of their own:
    /// then results do not depend on who ran what.
    package func forTasks(_ count: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
        guard count > 1, threadCount > 1 else {
            for task in 0..<max(0, count) { body(task, 0) }
            return
        }
        let next = Atomic<Int>(0)
        run { worker in
            while true {
                let task = next.add(1, ordering: .relaxed).oldValue
                if task >= count { return }
                body(task, worker)
            }
        }
    }

    /// Runs two pieces of work that take about as long as each other and write to different places,
    /// side by side where there are two threads. Each is told how to divide itself: with nil it runs on
    /// one thread, with a pool it may use all of that.
    /// - Parameter operations: floating-point operations of each.
    package func both(
        operations: Int, _ first: (WorkerPool?) -> Void, _ second: ((WorkerPool?) -> Void)?
    ) {
        guard let second else { return first(self) }
        // With more than two threads, halves would have to be pools of their own; below about 0.2
        // Mflop a handover costs more than it gains.
        guard threadCount == 2, operations > 200_000 else {
            first(self)
            second(self)
            return
        }
        run { part in
            if part == 0 { first(nil) } else { second(nil) }
        }
    }
}
