import Domain
import Foundation

extension ModelErrorCode {
    package static let malformedJournal = ModelErrorCode(rawValue: "malformed-journal")
    package static let journalMismatch = ModelErrorCode(rawValue: "journal-mismatch")
    package static let notInJournal = ModelErrorCode(rawValue: "not-in-journal")
}

/// What a training with `replay` in its recipe leaves behind: which records each step read, with
/// which learning rate, and checkpoints among the steps.
///
/// A folder of
/// - `journal.txt`: a header, then one line a step: its number, the bits of its learning rate
///   (float32, hexadecimal), the keys of its records, a checksum over all lines so far;
/// - `checkpoints.txt` and a folder for each checkpoint;
/// - `timing.json`: how long steps took.
///
/// A record's key is a digest of its id and content. The checkpoints hold what the model had learned
/// by then, the lines who was in it: both are personal data.
package struct TrainingJournal: Sendable {
    /// What the journal belongs to.
    package struct Header: Sendable, Equatable {
        package let recipe: Digest
        package let plan: Digest
        /// Of the weights before the first step, and below adapters.
        package let start: Digest
        package let seed: UInt64
        package let stepCount: Int
    }

    /// One step.
    package struct Step: Sendable, Equatable {
        package let learningRate: Float
        /// Keys of the records read; empty for a step that does nothing.
        package let records: [String]
    }

    package static let fileName = "journal.txt"
    static let formatLine = "lethe-journal 1"

    package let folder: URL
    package let header: Header
    /// All of a finished training, else those recorded so far.
    package let steps: [Step]
    /// Ascending by step.
    package let checkpoints: [JournalCheckpoint]
    /// Mean wall time of a step in this training; nil if it is not known.
    package let secondsPerStep: Double?

    /// Reads and checks a journal; the checkpoints' contents are checked when they are restored.
    /// - Throws: `malformed-journal` with file and line; `file-unreadable`.
    package init(folder: URL) throws {
        let data = try DurableFile.read(folder.appendingPathComponent(Self.fileName))
        var lines = JournalLines(data, file: Self.fileName)
        header = try lines.header()
        steps = try lines.steps(count: header.stepCount)
        checkpoints = try JournalCheckpoint.list(in: folder)
        secondsPerStep = JournalTiming.read(from: folder)?.secondsPerStep
        self.folder = folder
    }

    /// Reads the header alone, nil if there is no journal in the folder.
    /// - Throws: `malformed-journal`, `file-unreadable`.
    static func header(in folder: URL) throws -> Header? {
        let file = folder.appendingPathComponent(fileName)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        var lines = JournalLines(try DurableFile.read(file), file: fileName)
        return try lines.header()
    }

    /// Whether every step of the plan is recorded.
    package var isFinished: Bool { steps.count == header.stepCount }

    /// How a record is named in the lines: 128 bits of a digest of id and content.
    package static func key(of record: CorpusRecord) -> String {
        String(Digest(of: "\(record.id)\u{1f}\(record.digest)").hexadecimal.prefix(keyLength))
    }

    static let keyLength = 32
    static let checkLength = 16

    /// Checksum of a line, or of the header, that follows one with the checksum `previous`.
    static func check(_ text: String, after previous: String) -> String {
        String(Digest(of: "\(previous)\n\(text)").hexadecimal.prefix(checkLength))
    }

    static func malformed(_ file: String, line: Int, _ what: String) -> ModelError {
        ModelError(
            .malformedJournal, "\(file), line \(line): \(what).",
            details: ["file": file, "line": "\(line)"],
            remedy: "Restore the journal folder from a backup, or retrain without the journal.")
    }
}
