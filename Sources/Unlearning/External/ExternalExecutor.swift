import Domain
import Foundation
import LanguageModels

/// Unlearning by a program outside of Lethe, in any language and on any machine that it can reach: for
/// models too large for this CPU and for methods that Lethe does not have.
///
/// A folder with the job goes in and a folder with a model comes out; `Documentation/External.md`
/// describes both and what the program says in between. Lethe believes nothing but what it has
/// checked: that the result belongs to this very job, fits the original, and holds numbers. Whether
/// the person is forgotten is for the gate to say, as with every other method.
package struct ExternalExecutor: Sendable {
    /// How long a program may take.
    package struct Limits: Sendable, Equatable {
        /// Longest time between two messages, seconds.
        package var silenceSeconds: Double
        /// Longest time of the whole run, seconds.
        package var totalSeconds: Double
        /// From the request to stop (SIGTERM) to the end by force (SIGKILL), seconds.
        package var graceSeconds: Double

        package init(
            silenceSeconds: Double = 600, totalSeconds: Double = 86_400, graceSeconds: Double = 10
        ) {
            self.silenceSeconds = silenceSeconds
            self.totalSeconds = totalSeconds
            self.graceSeconds = graceSeconds
        }
    }

    /// What a result may be certified as, whatever the program says of itself: nobody has seen what
    /// it did.
    package static let methodClass = MethodClass.approximate

    let command: String
    let arguments: [String]
    let limits: Limits
    private let showErrorLine: (@Sendable (String) -> Void)?

    /// - Parameters:
    ///   - command: path of the program, or a name to look for in `PATH`.
    ///   - arguments: what it is given before the job folder.
    ///   - showErrorLine: takes each line of the program's standard error, which may hold personal
    ///     data: only where the operator asks for it. Without it lines are counted and dropped.
    package init(
        command: String, arguments: [String] = [], limits: Limits = Limits(),
        showErrorLine: (@Sendable (String) -> Void)? = nil
    ) {
        self.command = command
        self.arguments = arguments
        self.limits = limits
        self.showErrorLine = showErrorLine
    }

    /// Writes the job, runs the program, and takes its result.
    ///
    /// The original is never changed. The job's folder is `external` in the task's folder, where it
    /// stays, also after a failure, until `UnlearningTask.discardFolder`; the next call writes the
    /// job anew under another token and leaves the program what it keeps in `work`, if method,
    /// parameters and task are the same. Without a folder in the task the job's is shredded before
    /// this returns or throws.
    /// - Parameters:
    ///   - methodID: what the program shall do; kebab-case, of the program's own vocabulary.
    ///   - parameters: for the method, finite; checked by the program alone.
    /// - Throws: `nothing-to-forget`, `nothing-to-retain`, `parameter-out-of-range`;
    ///   `external-not-started`; `external-silent`; `external-failed` with detail `reason`
    ///   `exit-status`, `signal` or `time-limit`; `external-result-refused` with a `reason` of
    ///   `ExternalRefusal`; `interrupted` after the program was stopped.
    package func unlearn(
        _ task: UnlearningTask, methodID: String, parameters: [String: Double],
        context: WorkContext
    ) throws -> UnlearningOutcome {
        try task.requireBothSets(method: methodID)
        try context.checkCancellation()
        let program = try ExternalProgramFile(command: command, arguments: arguments)
        let job = try ExternalJob(task, method: methodID, parameters: parameters)
        do {
            let ticket = try job.issue(limits: limits)
            let run = try supervise(program, job, ticket, context)
            let result = try ExternalResult(of: job, ticket)
            let model = try result.model()
            try job.close()
            return UnlearningOutcome(
                model: model,
                facts: result.facts.merging(program.facts) { $1 }.merging(run.facts) { $1 })
        } catch {
            // What must be said first is that data is left; the failure is its cause.
            do { try job.close() } catch let leftover as DomainError {
                throw DomainError(
                    leftover.code, leftover.message, details: leftover.details,
                    remedy: leftover.remedy, cause: error)
            }
            throw error
        }
    }

    /// Runs the program to its end, with exit status 0.
    private func supervise(
        _ program: ExternalProgramFile, _ job: ExternalJob, _ ticket: ExternalJob.Ticket,
        _ context: WorkContext
    ) throws -> ExternalTranscript {
        // Settings of Lethe's own are none of the program's business.
        var environment = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("LETHE_")
        }
        environment["LETHE_JOB"] = job.folder.path
        let process = try ExternalProcess(
            path: program.path, arguments: [command] + arguments + [job.folder.path],
            environment: environment)
        var transcript = ExternalTranscript(
            activity: "unlearn \(job.method) (\(program.name))",
            screen: DisclosureScreen(job.task.forget), showErrorLine: showErrorLine)
        do {
            while true {
                // Asked before the pipes are read: what was written before the end is read after it.
                let hasEnded = process.hasEnded
                process.receive(waitingMilliseconds: hasEnded ? 0 : 50) { stream, bytes in
                    transcript.take(bytes, from: stream, context)
                }
                if hasEnded { break }
                try context.checkCancellation()
                try transcript.check(limits, program.name)
            }
        } catch {
            process.stop(graceSeconds: limits.graceSeconds)
            throw error
        }
        transcript.finish(context)
        try transcript.check(process.finish(), program.name)
        return transcript
    }
}
