import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Takes every open case as far as it can go.",
        discussion: """
            Finds the records, unlearns (cases on the same model share a run), verifies and certifies.
            Where a method fails its verification, or cannot be used, the policy's next one is
            tried. Killed or interrupted, the same command continues.

            The policy chooses the method: an exact one if it costs no more than the policy's
            exact-budget, else the first of its ladder. --method auto prefers an exact one also
            where the policy has no such budget (at most half of the training's work); --dry-run
            and `lethe case methods` tell what a method would cost.

            At the end, unless cases are named, it does what `lethe vault sweep` does.

            Examples:
              lethe run
              lethe run --case C-2026-0001 --dry-run
              lethe run --method auto
              lethe run --method retrain
              lethe run --case C-2026-0001 --reference retrained-without
            """)

    @OptionGroup var options: GlobalOptions
    @Option(name: .customLong("case"), help: "Only this case; may be given several times.")
    var cases: [String] = []
    @Option(help: "Method to begin with (see `lethe methods`), or auto.")
    var method: String?
    @OptionGroup var reference: ReferenceOptions
    @Flag(help: "Only say what would be done.") var dryRun = false

    func run() throws {
        let ids = try cases.map(Workspace.caseID)
        let workspace = try options.open(for: dryRun ? .reading : .changing)
        if let method { try checkRunMethod(method, policy: workspace.policy) }
        let display = ProgressDisplay()
        let driver = workspace.driver(
            actor: options.actorName, context: display.context,
            reference: try reference.request(in: workspace))
        if dryRun {
            let plan = try driver.plan(cases: ids.isEmpty ? nil : ids, method: method)
            try options.emit(Listing("run-plan", plan)) {
                plan.isEmpty
                    ? "Nothing to do.\n"
                    : plan.map {
                        "\($0.cases.map(\.description).joined(separator: " "))  "
                            + "\($0.method.map { "[\($0)] " } ?? "")\($0.sentence)\n"
                    }.joined()
            }
            return
        }
        let events = try driver.run(
            cases: ids.isEmpty ? nil : ids, method: method,
            onEvent: { if !options.json { Terminal.write(line(for: $0)) } })
        // A run of named cases leaves the others alone.
        let sweep = ids.isEmpty ? try workspace.sweep(actor: options.actorName) : nil
        let due: SweepReport? = sweep.flatMap { $0.isEmpty ? nil : $0 }
        try options.emit(Result(items: events, sweep: due)) {
            events.isEmpty && due == nil ? "Nothing to do.\n" : due.map { describe($0) } ?? ""
        }
        try throwOutcome(events, workspace)
    }

    private struct Result: Encodable {
        let schema = "lethe.run.v1"
        let items: [DriverEvent]
        /// What was done because its time had come; nil if nothing was.
        let sweep: SweepReport?
    }

    /// 2 if a case of this run ended without passing its verification, else the kind of the first
    /// step that could not be done.
    private func throwOutcome(_ events: [DriverEvent], _ workspace: Workspace) throws {
        let touched = Set(events.filter { $0.event != nil }.map(\.caseID))
        let failed = try touched.contains {
            try workspace.cases.load($0).state == .failedVerification
        }
        if failed { throw ExitCode(FailureKind.verificationFailed.rawValue) }
        if let failure = events.compactMap(\.failure).first {
            throw ExitCode(failure.kind.rawValue)
        }
    }
}

/// One event of the driver as a line.
func line(for event: DriverEvent) -> String {
    let change =
        event.event == nil
        ? Terminal.styled(event.to.rawValue, .yellow)
        : "\(event.from.rawValue) -> "
            + Terminal.styled(
                event.to.rawValue, event.to == .failedVerification ? .red : .green)
    return "\(event.caseID)  \(change)  \(event.sentence)\n"
}
