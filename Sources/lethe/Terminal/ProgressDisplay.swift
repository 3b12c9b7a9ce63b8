import Domain
import Foundation
import Synchronization

/// Shows progress on standard error: a bar with time left on a terminal, else a line every tenth.
final class ProgressDisplay: Sendable {
    private struct State {
        var activity = ""
        var startedAt = Date()
        var lastDrawn = Date.distantPast
        var lastTenth = 0
        var isOpen = false
    }
    private let state = Mutex(State())

    var context: WorkContext {
        WorkContext(
            report: { self.show($0) }, isCancelled: { Interruption.isRequested })
    }

    private func show(_ update: ProgressUpdate) {
        state.withLock { state in
            if state.activity != update.activity || update.completed <= 1 {
                if state.isOpen { Terminal.writeError("\n") }
                state = State(activity: update.activity)
            }
            let isDone = update.completed >= update.total
            if Terminal.errorIsTerminal {
                let now = Date()
                guard isDone || now.timeIntervalSince(state.lastDrawn) > 0.1 else { return }
                state.lastDrawn = now
                state.isOpen = !isDone
                Terminal.writeError(
                    "\r\u{1b}[K" + bar(update, since: state.startedAt) + (isDone ? "\n" : ""))
            } else {
                let tenth = update.total > 0 ? update.completed * 10 / update.total : 10
                guard tenth > state.lastTenth else { return }
                state.lastTenth = tenth
                Terminal.writeError(line(update, since: state.startedAt) + "\n")
            }
        }
    }

    private func share(_ update: ProgressUpdate) -> Double {
        update.total > 0 ? Double(update.completed) / Double(update.total) : 1
    }

    private func remaining(_ update: ProgressUpdate, since start: Date) -> String {
        let share = share(update)
        let elapsed = Date().timeIntervalSince(start)
        // The first moments say nothing about the rest.
        guard share > 0.02, share < 1, elapsed > 2 else { return "" }
        let seconds = Int(elapsed * (1 - share) / share)
        return seconds >= 60 ? "\(seconds / 60) min \(seconds % 60) s left" : "\(seconds) s left"
    }

    private func bar(_ update: ProgressUpdate, since start: Date) -> String {
        let filled = Int(share(update) * 24)
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 24 - filled)
        return [
            "\(update.activity) [\(bar)] \(Int(share(update) * 100))%", update.note,
            remaining(update, since: start),
        ].filter { !$0.isEmpty }.joined(separator: "  ")
    }

    private func line(_ update: ProgressUpdate, since start: Date) -> String {
        [
            "\(update.activity) \(Int(share(update) * 100))%", update.note,
            remaining(update, since: start),
        ].filter { !$0.isEmpty }.joined(separator: "  ")
    }
}
