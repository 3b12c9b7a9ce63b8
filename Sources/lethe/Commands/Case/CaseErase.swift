import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct CaseErase: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erases the records of a certified case from the shards themselves.",
        discussion: """
            Rewrites the shards, and the files they were unpacked from, without the person's lines; every
            other byte stays. Removes earlier versions of the model and checkpoints that knew the
            person, where no other model needs them, and remembers keyed digests by which the person
            is known again. It cannot be undone. Stopped or killed, the same command goes on.

            The report tells what was done and whether the erasure is full, or partial and why:
            copies of which nobody has said what became of them keep it partial (`lethe copies`).

            Examples:
              lethe case erase C-2026-0007 --dry-run
              lethe case erase C-2026-0007 --yes
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String
    @Flag(help: "Yes, rewrite these files.") var yes = false
    @Flag(help: "Only say which shards, lines and files.") var dryRun = false

    private struct Result: Encodable {
        let schema = "lethe.case-erase.v1"
        let reportDigest: Digest
        let report: ErasureReport
    }

    func validate() throws {
        guard yes != dryRun else {
            throw ValidationError(
                "This rewrites files of yours. Look with --dry-run first, then give --yes.")
        }
    }

    func run() throws {
        let caseID = try Workspace.caseID(id)
        if dryRun {
            let preview = try options.open(for: .reading).erasurePreview(of: caseID)
            return try options.emit(preview) { describe(preview) }
        }
        let display = ProgressDisplay()
        let (report, digest) = try options.open(for: .changing).eraseRecords(
            of: caseID, actor: options.actorName, context: display.context)
        try options.emit(Result(reportDigest: digest, report: report)) { describe(report) }
    }
}

private func describe(_ preview: ErasurePreview) -> String {
    var text = "\(preview.recordCount) records would be erased.\n"
    for shard in preview.shards {
        text += "\(shard.path)\n  lines \(ranges(shard.lines))\n"
        if let source = shard.sourcePath { text += "  and \(source), which it was unpacked from\n" }
        if shard.otherNameCount > 0 {
            text += "  \(shard.otherNameCount) hard links elsewhere would keep the old content\n"
        }
    }
    return text + describe(preview.models, preview.checkpoints, verb: "would be removed")
}

private func describe(_ report: ErasureReport) -> String {
    var text = "\(report.recordCount) records of \(report.caseID) are erased.\n"
    for shard in report.shards {
        text +=
            "\(shard.path)  \(shard.recordCount) records, SHA-256 now \(shard.newDigest.short)\n"
        if let source = shard.sourcePath { text += "  and \(source)\n" }
    }
    text += describe(report.models, report.checkpoints, verb: "removed")
    return text + "erasure is \(report.completeness)\n"
        + report.reasons.map { "  - \($0.message)\n" }.joined()
}

private func describe(
    _ models: [ErasureReport.Model], _ checkpoints: [ErasureReport.Checkpoint], verb: String
) -> String {
    func line(_ name: String, _ remnant: ErasureReport.Remnant) -> String {
        "\(name)  " + (remnant.outcome == .removed ? verb : "stays: \(remnant.reason ?? "")") + "\n"
    }
    return models.map {
        line("model \($0.name) version \($0.version) (\($0.digest.short))", $0.remnant)
    }.joined() + checkpoints.map { line($0.path, $0.remnant) }.joined()
}

/// `3-5, 9`.
private func ranges(_ numbers: [Int]) -> String {
    var found: [ClosedRange<Int>] = []
    for number in numbers {
        if let last = found.last, last.upperBound == number - 1 {
            found[found.count - 1] = last.lowerBound...number
        } else {
            found.append(number...number)
        }
    }
    return found.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        .joined(separator: ", ")
}

/// A case's erasure as its case and its certificate show it.
func describe(_ status: ErasureStatus) -> String {
    let what =
        switch status.state {
        case .unfinished: "unfinished"
        case .erased:
            "\(status.recordCount ?? 0) records, "
                + (status.erasedAt.map(\.description) ?? "-") + ", \(status.completeness)"
        }
    return what + "\n" + status.reasons.map { "            - \($0.message)\n" }.joined()
}
