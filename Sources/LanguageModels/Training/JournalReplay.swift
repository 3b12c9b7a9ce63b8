import Domain
import Foundation

/// What a deletion by replay takes, told from the journal alone.
package struct ReplayCost: Sendable, Equatable {
    /// First step, from 0, that read a record to be forgotten.
    package let firstTouchedStep: Int
    /// Steps done in the checkpoint it begins at; 0 = the start model.
    package let checkpointStep: Int
    /// Steps to be done again; those left without a record among them.
    package let replayedStepCount: Int
    /// Steps of the whole training.
    package let stepCount: Int
    /// Expected wall time; nil if the journal does not know how long steps took.
    package let seconds: Double?
}

/// Deleting records from a training: which steps they touched, and the same plan without them.
extension TrainingJournal {
    /// - Throws: `journal-mismatch` for an unfinished journal; `not-in-journal` if no step read any
    ///   of the records.
    package func cost(ofForgetting records: some Sequence<CorpusRecord>) throws -> ReplayCost {
        let keys = Set(records.map(Self.key))
        let touched = try firstTouchedStep(by: keys)
        let begin = checkpoints.last { $0.step <= touched }?.step ?? 0
        let working = steps[begin...].count { !keys.isSuperset(of: $0.records) }
        return ReplayCost(
            firstTouchedStep: touched, checkpointStep: begin,
            replayedStepCount: steps.count - begin, stepCount: steps.count,
            seconds: secondsPerStep.map { $0 * Double(working) })
    }

    /// The journal's plan with some records left out of their steps: steps are not filled up again
    /// and keep their learning rates, one that is left empty does nothing.
    /// - Parameters:
    ///   - forgotten: records to leave out.
    ///   - retained: all other records of the training, in any order; the course's indices are
    ///     places in this list.
    /// - Returns: a course that begins at the last checkpoint none of `forgotten` had a part in.
    /// - Throws: `journal-mismatch` if the journal is unfinished or the two lists are not its
    ///   training's records; `not-in-journal` if no step read any of `forgotten`.
    package func course(
        forgetting forgotten: [CorpusRecord], retaining retained: [CorpusRecord]
    ) throws -> TrainingCourse {
        let all = retained + forgotten
        // Equal keys mean equal records: either stands for both.
        let places = Dictionary(
            all.enumerated().map { (Self.key(of: $0.element), $0.offset) },
            uniquingKeysWith: { first, _ in first })
        let masked = Set(forgotten.map(Self.key))
        if let record = retained.first(where: { masked.contains(Self.key(of: $0)) }) {
            throw mismatch(
                "Record \(record.id) is to be forgotten and to be retained.",
                ["record": record.id])
        }
        let touched = try firstTouchedStep(by: masked)
        let plan = try steps.enumerated().map { index, step in
            try step.records.map { key in
                guard let place = places[key] else {
                    throw mismatch(
                        "\(Self.fileName): step \(index) read a record that is neither to be "
                            + "forgotten nor to be retained.", ["step": "\(index)"])
                }
                return place
            }
        }
        guard TrainingPlan(steps: plan, recordIDs: all.map(\.id)).digest == header.plan else {
            throw mismatch("\(Self.fileName) does not record the plan its header names.", [:])
        }
        return TrainingCourse(
            TrainingPlan(
                steps: plan.map { $0.filter { $0 < retained.count } },
                recordIDs: retained.map(\.id)),
            learningRates: steps.map(\.learningRate),
            origin: TrainingCourse.Origin(
                journal: self, checkpoints: checkpoints.filter { $0.step <= touched }))
    }

    /// Shreds a journal that a replay has replaced: its lines name the forgotten records, its
    /// checkpoints from the first touched step on were trained on them. The clean ones are copied
    /// in the new journal.
    /// - Parameter replacement: the new journal; it is checked before anything is shredded.
    /// - Returns: files removed; 0 if there is no such folder any more.
    /// - Throws: `malformed-journal`, `malformed-checkpoint`, `journal-mismatch` if the replacement
    ///   is damaged, unfinished or the same folder; `file-not-written`.
    @discardableResult
    package static func shred(_ folder: URL, replacedBy replacement: URL) throws -> Int {
        let journal = try TrainingJournal(folder: replacement)
        try journal.requireFinished()
        guard
            replacement.standardizedFileURL.resolvingSymlinksInPath().path
                != folder.standardizedFileURL.resolvingSymlinksInPath().path
        else {
            throw journal.mismatch("A journal cannot take its own place.", [:])
        }
        for checkpoint in journal.checkpoints { try checkpoint.check(in: replacement) }
        return try DurableFile.shred(folder: folder)
    }

    private func firstTouchedStep(by keys: Set<String>) throws -> Int {
        try requireFinished()
        guard let step = steps.firstIndex(where: { !keys.isDisjoint(with: $0.records) }) else {
            throw ModelError(
                .notInJournal,
                "No step of the training in \(folder.path) read any of the \(keys.count) records.",
                details: ["path": folder.path, "records": "\(keys.count)"],
                remedy: "There is nothing to replay: the model was not trained on them.")
        }
        return step
    }

    private func requireFinished() throws {
        guard isFinished else {
            throw mismatch(
                "\(Self.fileName) ends after \(steps.count) of \(header.stepCount) steps.",
                ["steps": "\(steps.count)"])
        }
    }

    private func mismatch(_ what: String, _ details: [String: String]) -> ModelError {
        ModelError(
            .journalMismatch, what, details: details.merging(["path": folder.path]) { a, _ in a },
            remedy: "Give the journal that the training of this model left, whole.")
    }
}
