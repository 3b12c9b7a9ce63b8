import Domain
import Foundation

/// Which records are read in which step. It follows from record ids, seed, epochs and batch size
/// alone: within an epoch records stand in the order of SHA-256(seed, epoch, id), so that leaving
/// some out keeps the order of the others.
package struct TrainingPlan: Sendable, Equatable {
    /// For each step, indices into the list of record ids the plan was made from.
    package let steps: [[Int]]
    /// Digest over every step's record ids, in order.
    package let digest: Digest

    package init(recordIDs: [String], seed: UInt64, epochs: Int, batchSize: Int) {
        var steps: [[Int]] = []
        for epoch in 0..<epochs {
            let order = recordIDs.indices
                .map { (key: Digest(of: "\(seed)/\(epoch)/\(recordIDs[$0])"), index: $0) }
                .sorted { ($0.key, $0.index) < ($1.key, $1.index) }
                .map(\.index)
            for start in stride(from: 0, to: order.count, by: batchSize) {
                steps.append(Array(order[start..<min(order.count, start + batchSize)]))
            }
        }
        self.init(steps: steps, recordIDs: recordIDs)
    }

    /// A plan that is given step by step, as indices into a list of record ids. A step may be empty.
    package init(steps: [[Int]], recordIDs: [String]) {
        var text = Data()
        for step in steps {
            text.append(contentsOf: step.map { recordIDs[$0] }.joined(separator: "\u{1f}").utf8)
            text.append(0x1e)
        }
        self.steps = steps
        digest = Digest(of: text)
    }
}
