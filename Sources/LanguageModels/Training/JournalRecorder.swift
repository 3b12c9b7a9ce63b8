import Domain
import Foundation
import TensorCore

/// Writes the journal and checkpoints of one training while it runs.
///
/// Plan and learning rates are known beforehand, so the journal after n steps is a function of n: an
/// interrupted training leaves the same files in the end as one that was not. The lines reach the
/// disk with every checkpoint, at interruptions and at the end.
final class JournalRecorder {
    private let folder: URL
    private let steps: [TrainingJournal.Step]
    private let origin: TrainingCourse.Origin?
    private let identity: Digest
    private let thinning: CheckpointThinning
    private var text: JournalText
    private var checkpoints: [JournalCheckpoint] = []
    private var timing = JournalTiming()

    /// - Parameters:
    ///   - folder: new, or with the journal of this very training.
    ///   - identity: of checkpoints, as `identity(recipe:start:trainedCount:)` says.
    /// - Throws: `journal-mismatch` if the folder holds another training's journal;
    ///   `malformed-recipe` if the budget holds no checkpoint; `malformed-journal`.
    init(
        folder: URL, header: TrainingJournal.Header, steps: [TrainingJournal.Step],
        origin: TrainingCourse.Origin?, settings: ReplaySettings, trainedCount: Int,
        identity: Digest
    ) throws {
        if let present = try TrainingJournal.header(in: folder), present != header {
            throw ModelError(
                .journalMismatch, "\(folder.path) holds the journal of another training.",
                details: ["path": folder.path],
                remedy: "Give a new folder, or remove the journal there if nobody needs it.")
        }
        self.folder = folder
        self.steps = steps
        self.origin = origin
        self.identity = identity
        thinning = CheckpointThinning(
            spacing: settings.checkpointEverySteps,
            limit: try settings.checkpointLimit(trainedCount: trainedCount),
            inherited: origin?.checkpoints.map(\.step) ?? [])
        text = JournalText(header)
    }

    /// What a journal's checkpoints belong to. Not to a plan: those from before the first step that
    /// a deletion changes serve the changed plan as well.
    static func identity(recipe: Digest, start: Digest, trainedCount: Int) -> Digest {
        Digest(of: "journal/\(recipe)/\(start)/\(trainedCount)")
    }

    /// Brings the folder to where a training stands that has done `done` steps: what was left by
    /// steps that will be done again goes, checkpoints of an earlier training come in.
    func begin(at done: Int) throws {
        let wanted = thinning.kept(upTo: done)
        let present = try JournalCheckpoint.list(in: folder).filter { wanted.contains($0.step) }
        checkpoints = present
        for checkpoint in origin?.checkpoints ?? []
        where wanted.contains(checkpoint.step) && !present.contains(checkpoint) {
            guard let source = origin?.journal.folder else { continue }
            // A copy and no link: when the earlier journal is shredded, a link's content goes too.
            try checkpoint.check(in: source)
            try DurableFile.write(
                try DurableFile.read(JournalCheckpoint.file(of: checkpoint.step, in: source)),
                to: JournalCheckpoint.file(of: checkpoint.step, in: folder), permissions: 0o600)
            checkpoints.append(checkpoint)
        }
        checkpoints.sort { $0.step < $1.step }
        timing =
            JournalTiming.read(from: folder)
            ?? origin.flatMap { JournalTiming.read(from: $0.journal.folder) } ?? JournalTiming()
        try JournalCheckpoint.write(checkpoints, in: folder)
        try removeLeftovers()
        try flush(done)
    }

    /// Notes a step.
    /// - Parameters:
    ///   - done: steps done with it.
    ///   - seconds: its wall time; nil for a step that did nothing.
    func record(
        _ done: Int, seconds: Double?, _ trained: ParameterSet, _ optimizer: AdamW
    ) throws {
        if let seconds {
            timing.steps += 1
            timing.seconds += seconds
        }
        // After the last step there is nothing left to replay.
        guard done % thinning.spacing == 0, done < steps.count else { return }
        try flush(done)
        // Room is made before it is taken, so that the budget holds at every moment.
        let wanted = thinning.kept(upTo: done)
        checkpoints.removeAll { !wanted.contains($0.step) || $0.step == done }
        try JournalCheckpoint.write(checkpoints, in: folder)
        try removeLeftovers()
        let file = JournalCheckpoint.file(of: done, in: folder)
        try TrainingCheckpoint(url: file, identity: identity).save(
            trained, optimizer, state: [JournalCheckpoint.stepKey: Double(done)])
        checkpoints.append(JournalCheckpoint(step: done, digest: try Digest(ofFileAt: file)))
        try JournalCheckpoint.write(checkpoints, in: folder)
    }

    /// Makes the lines of the first `done` steps durable.
    func flush(_ done: Int) throws {
        while text.stepCount < done { text.append(steps[text.stepCount]) }
        try DurableFile.write(
            text.data, to: folder.appendingPathComponent(TrainingJournal.fileName),
            permissions: 0o600)
        try timing.write(to: folder)
    }

    /// Shreds checkpoints that are not in the list, and files that a crash left half written.
    private func removeLeftovers() throws {
        let kept = Set(
            checkpoints.map { JournalCheckpoint.folder(of: $0.step, in: folder).lastPathComponent })
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let url = folder.appendingPathComponent(name)
            if name.hasPrefix(JournalCheckpoint.folderPrefix), !kept.contains(name) {
                try DurableFile.shred(folder: url)
            } else if name.hasPrefix("."), name.hasSuffix(".tmp") {
                try FileManager.default.removeItem(at: url)
            }
        }
    }
}
