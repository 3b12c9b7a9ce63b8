import Domain
import Foundation

/// What a program says while it works: one JSON object a line on its standard output.
///
/// Lines that are none are counted, never shown: a program that prints its training data by mistake
/// must not print them into Lethe's output.
struct ExternalTranscript {
    /// Bytes of a line; longer ones are dropped and counted.
    static let lineLimit = 1 << 16
    /// Characters of a note that are shown.
    private static let noteLimit = 120

    private let activity: String
    private let screen: DisclosureScreen
    private let showErrorLine: (@Sendable (String) -> Void)?
    private let start = SuspendingClock.now
    private var lastMessage = SuspendingClock.now
    private var output = LineSplitter(limit: lineLimit)
    private var error = LineSplitter(limit: lineLimit)
    private var heartbeatCount = 0
    private var progressCount = 0
    private var warningCount = 0
    /// Lines of standard output that are no message.
    private(set) var unreadLineCount = 0
    private(set) var errorLineCount = 0
    private var place = (step: 0, total: 0)

    init(
        activity: String, screen: DisclosureScreen, showErrorLine: (@Sendable (String) -> Void)?
    ) {
        self.activity = activity
        self.screen = screen
        self.showErrorLine = showErrorLine
    }

    mutating func take(
        _ bytes: ArraySlice<UInt8>, from stream: ExternalProcess.Stream, _ context: WorkContext
    ) {
        switch stream {
        case .output: for line in output.append(bytes) { message(line, context) }
        case .error: for line in error.append(bytes) { errorLine(line) }
        }
    }

    /// What follows the last line feed counts as a line too.
    mutating func finish(_ context: WorkContext) {
        if let line = output.rest() { message(line, context) }
        if let line = error.rest() { errorLine(line) }
    }

    private mutating func errorLine(_ line: [UInt8]?) {
        errorLineCount += 1
        showErrorLine?(line.map { String(decoding: $0, as: UTF8.self) } ?? "(line too long)")
    }

    /// - Parameter line: nil for one that was too long.
    private mutating func message(_ line: [UInt8]?, _ context: WorkContext) {
        guard let line, let value = try? JSONParser.parse(line, limits: .untrusted),
            let type = value["type"]?.text
        else {
            unreadLineCount += 1
            return
        }
        switch type {
        case "heartbeat": heartbeatCount += 1
        case "warning":
            warningCount += 1
            report("warning: " + note(of: value), context)
        case "progress":
            guard let step = value["step"]?.integer, let total = value["of"]?.integer,
                0 <= step, step <= total
            else {
                unreadLineCount += 1
                return
            }
            progressCount += 1
            place = (step, total)
            report(note(of: value), context)
        // A later version of the protocol may say more.
        default: break
        }
        lastMessage = .now
    }

    private func report(_ note: String, _ context: WorkContext) {
        context.progress(activity, place.step, of: place.total, note: note)
    }

    private func note(of message: JSONValue) -> String {
        let text = message["note"]?.text ?? ""
        guard !screen.discloses(text) else { return "(note withheld)" }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(Self.noteLimit).map {
                    // No control characters into somebody's terminal.
                    DisclosureScreen.isShowable($0) ? $0 : " "
                }))
    }

    /// - Throws: `external-silent`, `external-failed`.
    func check(_ limits: ExternalExecutor.Limits, _ program: String) throws {
        let now = SuspendingClock.now
        if lastMessage.duration(to: now) > .seconds(limits.silenceSeconds) {
            throw UnlearningError(
                .externalSilent,
                "The program \(program) sent no message for \(limits.silenceSeconds) seconds; "
                    + "it was stopped.\(counts)",
                details: details(program, "silence"),
                remedy: "Let it write a heartbeat more often, or allow it more silence-seconds.")
        }
        if start.duration(to: now) > .seconds(limits.totalSeconds) {
            throw UnlearningError(
                .externalFailed,
                "The program \(program) was not done after \(limits.totalSeconds) seconds; it was "
                    + "stopped.\(counts)",
                details: details(program, "time-limit"),
                remedy: "Allow it more total-seconds, or give it less to do.")
        }
    }

    /// - Throws: `external-failed` unless the program ended by itself with status 0.
    func check(_ ending: ExternalProcess.Ending, _ program: String) throws {
        let (what, reason, detail): (String, String, [String: String])
        switch ending {
        case .exited(status: 0): return
        case .exited(let status):
            (what, reason, detail) = (
                "ended with status \(status)", "exit-status", ["status": "\(status)"]
            )
        case .killed(let signal):
            (what, reason, detail) = (
                "was ended by signal \(signal)", "signal", ["signal": "\(signal)"]
            )
        case .unknown: (what, reason, detail) = ("ended unobserved", "unknown", [:])
        }
        throw UnlearningError(
            .externalFailed, "The program \(program) \(what).\(counts)",
            details: details(program, reason).merging(detail) { $1 },
            remedy: "Its standard error may say why; it is shown only if asked for, since it may "
                + "hold personal data.")
    }

    private var counts: String {
        " It wrote \(errorLineCount) lines to standard error, and \(unreadLineCount) to standard "
            + "output that are no messages."
    }

    private func details(_ program: String, _ reason: String) -> [String: String] {
        [
            "program": program, "reason": reason, "error-lines": "\(errorLineCount)",
            "unread-lines": "\(unreadLineCount)",
        ]
    }

    /// For the certificate.
    var facts: [String: String] {
        let seconds = start.duration(to: .now).components.seconds
        return [
            "external-protocol": ExternalJob.schema, "external-seconds": "\(seconds)",
            "external-messages": "\(heartbeatCount + progressCount + warningCount)",
            "external-warnings": "\(warningCount)", "external-unread-lines": "\(unreadLineCount)",
        ]
    }
}

/// Cuts bytes that come in pieces of any size into lines.
struct LineSplitter {
    private let limit: Int
    private var line: [UInt8] = []
    private var isTooLong = false

    init(limit: Int) { self.limit = limit }

    /// The lines that these bytes complete, without their line feeds; nil for those longer than the
    /// limit. Empty lines are left out.
    mutating func append(_ bytes: ArraySlice<UInt8>) -> [[UInt8]?] {
        var lines: [[UInt8]?] = []
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            extend(rest[..<end])
            if let line = self.rest() { lines.append(line) }
            rest = rest[(end + 1)...]
        }
        extend(rest)
        return lines
    }

    /// The line that has no line feed yet; nil if there is none, nil inside if it is too long.
    mutating func rest() -> [UInt8]?? {
        defer {
            line = []
            isTooLong = false
        }
        if isTooLong { return .some(nil) }
        return line.isEmpty ? nil : .some(line)
    }

    private mutating func extend(_ bytes: ArraySlice<UInt8>) {
        guard !isTooLong, line.count + bytes.count <= limit else {
            isTooLong = true
            line = []
            return
        }
        line += bytes
    }
}
