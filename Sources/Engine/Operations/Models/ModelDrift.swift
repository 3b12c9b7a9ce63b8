import Casework
import Domain
import Foundation
import Lineage

/// What approximate deletions, one upon the other, have cost a model since it was last trained exactly.
package struct ModelDrift: Codable, Sendable, Equatable {
    /// One deletion on the way.
    package struct Step: Codable, Sendable, Equatable {
        /// The model it made.
        package let model: Digest
        package let cases: [CaseID]
        /// First-choice tokens of the records that stay, after / before.
        package let tokenMatchRatio: Double?
        /// Perplexity of general text, after / before.
        package let perplexityRatio: Double?
    }

    /// The last model that was trained, retrained or replayed, where counting begins.
    package let exactModel: Digest
    /// Oldest first.
    package let steps: [Step]

    /// Share of the exact model's utility that is lost, 0...1: the worse of tokens and perplexity, each
    /// multiplied over the deletions. A deletion that made a figure better does not make up for another,
    /// and one whose figures are not known counts as all of it.
    package var utilityLoss: Double {
        var (tokens, perplexity) = (1.0, 1.0)
        for step in steps {
            guard let match = step.tokenMatchRatio, let ratio = step.perplexityRatio, ratio > 0
            else { return 1 }
            tokens *= min(1, match)
            perplexity *= min(1, 1 / ratio)
        }
        return 1 - min(tokens, perplexity)
    }

    func adding(_ step: Step) -> ModelDrift {
        ModelDrift(exactModel: exactModel, steps: steps + [step])
    }
}

/// A model's drift in figures.
package struct DriftSummary: Codable, Sendable {
    /// Share of the utility of the last exact model that is lost, 0...1.
    package let utilityLoss: Double
    /// The policy's limit; nil for none.
    package let maximumUtilityLoss: Double?
    package let deletionCount: Int
    package let exactModel: Digest

    init(_ drift: ModelDrift, budget: DriftBudget?) {
        utilityLoss = drift.utilityLoss
        maximumUtilityLoss = budget?.maximumUtilityLoss
        deletionCount = drift.steps.count
        exactModel = drift.exactModel
    }
}

extension ModelDrift.Step {
    init(model: Digest, cases: [CaseID], maintain checks: [CheckResult]) {
        let measured = checks.first { $0.id == "maintain" }?.measurements ?? []
        func value(_ name: String) -> Double? { measured.first { $0.name == name }?.value }
        self.init(
            model: model, cases: cases, tokenMatchRatio: value("token-match-ratio"),
            perplexityRatio: value("perplexity-ratio"))
    }
}

extension Workspace {
    /// The drift of a registered model, from the reports its certificates rest on.
    /// - Throws: `unknown-name` for a digest that is not registered; what reading a report throws.
    package func drift(ofModel digest: Digest) throws -> ModelDrift {
        var entry = try lineage.model(digest: digest.hexadecimal)
        var steps: [ModelDrift.Step] = []
        // Models that replace each other cannot form a circle, but a damaged index could say so.
        var seen: Set<Digest> = []
        while entry.how.hasPrefix("unlearned:"), let parent = entry.parent,
            seen.insert(entry.digest).inserted
        {
            let own = try cases.certifiedCases(making: entry.digest, of: parent)
            let checks =
                try own.first.flatMap { try report(of: $0)?.checks }
                ?? earlierChecks(of: entry.digest)
            steps.append(
                ModelDrift.Step(model: entry.digest, cases: own.map(\.id), maintain: checks))
            entry = try lineage.model(digest: parent.hexadecimal)
        }
        return ModelDrift(exactModel: entry.digest, steps: steps.reversed())
    }

    /// The checks that a model passed for a case that was opened again since and has left them behind.
    private func earlierChecks(of model: Digest) throws -> [CheckResult] {
        guard let digest = try cases.passedReport(ofOutput: model) else { return [] }
        let file = layout.reports.appendingPathComponent("\(digest).json")
        guard FileManager.default.fileExists(atPath: file.path) else { return [] }
        return try CanonicalJSON.decode(
            VerificationReport.self, from: DurableFile.read(file)
        ).checks
    }
}
