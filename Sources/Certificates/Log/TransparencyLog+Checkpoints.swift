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

    /// The newest checkpoint that fulfils a condition, with the signatures of witnesses that were
    /// added; journals are read from the newest back.
    /// - Parameter index: of an entry that it covers; nil for any.
    /// - Throws: as `checkpoints()`, and what `condition` throws.
    package func newestCheckpoint(
        above index: UInt64? = nil, where condition: (SignedCheckpoint) throws -> Bool
    ) throws -> SignedCheckpoint? {
        let bundles = try layout.journals().filter { $0 <= edge.bundle }
        guard !bundles.isEmpty else { return try condition(latest) ? latest : nil }
        for bundle in bundles.reversed() {
            let journal = try LogJournal(
                bundle: bundle, in: layout, isFinished: bundle < edge.bundle)
            var seen = Set<UInt64>()
            // The last record of a size has all signatures.
            let candidates = journal.records.reversed().map(\.checkpoint)
                .filter { seen.insert($0.checkpoint.size).inserted }
                .sorted { $0.checkpoint.size > $1.checkpoint.size }
            for candidate in candidates where candidate.checkpoint.size <= size {
                if let index, candidate.checkpoint.size <= index { return nil }
                guard try condition(candidate) else { continue }
                try candidate.verify(logKey: key)
                return candidate
            }
        }
        return nil
    }
}
