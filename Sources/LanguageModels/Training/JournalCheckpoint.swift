import Domain
import Foundation
import TensorCore

/// A checkpoint that a journal keeps: what a training stood at after some steps of its plan.
package struct JournalCheckpoint: Sendable, Equatable {
    /// Steps of the plan done before it was taken.
    package let step: Int
    /// SHA-256 of its file.
    package let digest: Digest

    static let listName = "checkpoints.txt"
    static let formatLine = "lethe-journal-checkpoints 1"
    static let folderPrefix = "checkpoint-"
    /// Under which a checkpoint keeps how many steps of the plan are done. The optimiser counts only
    /// those that did something.
    static let stepKey = "plan-step"

    /// A folder for each, so that one can be shredded.
    static func folder(of step: Int, in journal: URL) -> URL {
        journal.appendingPathComponent("\(folderPrefix)\(step)")
    }

    static func file(of step: Int, in journal: URL) -> URL {
        folder(of: step, in: journal).appendingPathComponent("state.safetensors")
    }

    /// Restores what was trained and the optimiser's state, once the file is found undamaged.
    /// - Throws: `malformed-checkpoint` naming the file; `file-unreadable`.
    func restore(
        from journal: URL, identity: Digest, _ parameters: ParameterSet, _ optimizer: AdamW
    ) throws {
        try check(in: journal)
        let file = TrainingCheckpoint(
            url: Self.file(of: step, in: journal), identity: identity)
        guard let state = try file.restore(parameters, optimizer),
            state[Self.stepKey] == Double(step)
        else { throw failure("belongs to another training") }
    }

    /// - Throws: `malformed-checkpoint` if the file is not what was written; `file-unreadable`.
    func check(in journal: URL) throws {
        guard try Digest(ofFileAt: Self.file(of: step, in: journal)) == digest else {
            throw failure("is damaged: its digest is not the one in \(Self.listName)")
        }
    }

    private func failure(_ what: String) -> ModelError {
        ModelError(
            .malformedCheckpoint, "\(Self.folderPrefix)\(step)/state.safetensors \(what).",
            details: ["step": "\(step)"],
            remedy: "Remove its line from \(Self.listName); an earlier checkpoint is used then.")
    }

    /// The checkpoints of a journal, ascending by step; none without a list.
    /// - Throws: `malformed-journal` with file and line; `file-unreadable`.
    static func list(in journal: URL) throws -> [JournalCheckpoint] {
        let file = journal.appendingPathComponent(listName)
        guard FileManager.default.fileExists(atPath: file.path) else { return [] }
        let text = String(decoding: try DurableFile.read(file), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first == formatLine[...] else {
            throw TrainingJournal.malformed(listName, line: 1, "\"\(formatLine)\" is expected")
        }
        guard lines.last == "" else {
            throw TrainingJournal.malformed(listName, line: lines.count, "it is cut off")
        }
        var list: [JournalCheckpoint] = []
        for (index, line) in lines.dropFirst().dropLast().enumerated() {
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            guard fields.count == 2, let step = Int(fields[0]), step > list.last?.step ?? 0,
                let digest = Digest(hexadecimal: String(fields[1]))
            else {
                throw TrainingJournal.malformed(
                    listName, line: index + 2,
                    "a step after the one above and a digest are expected")
            }
            list.append(JournalCheckpoint(step: step, digest: digest))
        }
        return list
    }

    static func write(_ list: [JournalCheckpoint], in journal: URL) throws {
        let text = list.reduce(formatLine + "\n") { $0 + "\($1.step) \($1.digest)\n" }
        try DurableFile.write(
            Data(text.utf8), to: journal.appendingPathComponent(listName), permissions: 0o600)
    }
}

/// How long the steps of a training took. It decides nothing, so it stands apart from the journal,
/// which is the same whenever and wherever it is written.
struct JournalTiming: Codable {
    static let fileName = "timing.json"

    var steps = 0
    var seconds = 0.0

    var secondsPerStep: Double? {
        steps > 0 && seconds.isFinite && seconds >= 0 ? seconds / Double(steps) : nil
    }

    /// Nil if there is none that can be read.
    static func read(from journal: URL) -> JournalTiming? {
        guard let data = try? DurableFile.read(journal.appendingPathComponent(fileName)) else {
            return nil
        }
        return try? CanonicalJSON.decode(JournalTiming.self, from: data)
    }

    func write(to journal: URL) throws {
        try DurableFile.write(
            try CanonicalJSON.compact(self), to: journal.appendingPathComponent(Self.fileName),
            permissions: 0o600)
    }
}
