import Domain

/// What many approximate deletions cost one model together.
extension CaseDriver {
    /// - Returns: the only rungs that are left once the policy's drift budget is spent; nil while it is
    ///   not, or where the policy has none.
    /// - Throws: `drift-spent` if the policy stops then, or for an approximate method the operator names.
    func exactRungsIfSpent(method: String?, for cases: [CaseRecord]) throws -> [PolicyRung]? {
        guard let budget = policy.drift, let modelName = cases.first?.modelName else { return nil }
        let loss = try unlearner.utilityLoss(ofModel: unlearner.currentModel(named: modelName))
        guard loss >= budget.maximumUtilityLoss else { return nil }
        let named = method == Ladder.automatic ? nil : method
        let isExact = named.map { unlearner.exactMethods.contains($0) }
        let lost = "\((loss * 1000).rounded() / 10) %"
        guard budget.then != .stop || isExact == true, isExact != false || isControl(named) else {
            throw CaseworkError(
                .driftSpent,
                "The deletions so far have cost the model \(modelName) \(lost) of its utility, as "
                    + "much as the policy allows.",
                details: [
                    "model": modelName, "utility-loss": "\(loss)",
                    "budget": "\(budget.maximumUtilityLoss)",
                ],
                remedy: "Make it exact again: `lethe run --method retrain`, or `replay`.")
        }
        guard !isControl(named) else { return nil }
        var ids = [named, budget.then == .replay ? "replay" : nil, "retrain"].compactMap { $0 }
        ids = ids.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        return ids.map { id in
            policy.ladder.first { $0.method == id && $0.executor == nil } ?? PolicyRung(method: id)
        }
    }

    /// The control changes nothing, so it costs nothing.
    private func isControl(_ method: String?) -> Bool { method == PolicyFile.controlMethod }
}
