import Domain
import Foundation

extension TransparencyLog {
    /// Every checkpoint that was signed, the empty log's first, each with the signatures of witnesses
    /// that were added. A copy without journal knows only its newest.
    /// - Throws: `damaged-log`; `unsigned-checkpoint`, `invalid-note-signature`.
    package func checkpoints() throws -> [SignedCheckpoint] {
        let bundles = try layout.journals()
        guard !bundles.isEmpty else { return [latest] }
        var newest: [UInt64: SignedCheckpoint] = [:]
        for bundle in bundles where bundle <= edge.bundle {
            let journal = try LogJournal(
                bundle: bundle, in: layout, isFinished: bundle < edge.bundle)
            for record in journal.records {
                newest[record.checkpoint.checkpoint.size] = record.checkpoint
            }
        }
        let found = newest.values.filter { $0.checkpoint.size <= size }
            .sorted { $0.checkpoint.size < $1.checkpoint.size }
        for checkpoint in found { try checkpoint.verify(logKey: key) }
        return found
    }
}
