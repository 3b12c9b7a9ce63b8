/// One report of progress from long work.
package struct ProgressUpdate: Sendable, Equatable {
    /// What is being done, e.g. `train`, `unlearn npo`, `verify`.
    package let activity: String
    package let completed: Int
    package let total: Int
    /// Free text for the end of the line, e.g. `loss 0.012  9 800 tokens/s`. No personal data.
    package let note: String

    package init(_ activity: String, completed: Int, total: Int, note: String = "") {
        self.activity = activity
        self.completed = completed
        self.total = total
        self.note = note
    }
}

/// What long work is given to talk to the outside: where progress goes, and whether to stop.
package struct WorkContext: Sendable {
    private let report: @Sendable (ProgressUpdate) -> Void
    private let cancelled: @Sendable () -> Bool

    package init(
        report: @escaping @Sendable (ProgressUpdate) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) {
        self.report = report
        self.cancelled = isCancelled
    }

    package func progress(
        _ activity: String, _ completed: Int, of total: Int, note: String = ""
    ) {
        report(ProgressUpdate(activity, completed: completed, total: total, note: note))
    }

    /// The same work as part of another one that reports for both.
    package var quiet: WorkContext { WorkContext(isCancelled: cancelled) }

    /// - Throws: `interrupted` once the operator asked to stop. Call it between steps.
    package func checkCancellation() throws {
        if cancelled() {
            throw DomainError(
                .interrupted, "Interrupted.", remedy: "Run the same command again to continue.")
        }
    }
}
