import TensorCore

/// A model whose gradients can be asked for: the attacker holds its weights.
package protocol GradientScoringModel: ScoringModel {
    /// For each sequence by itself, the Euclidean norm of the gradient of the mean negative
    /// log-likelihood of its scored tokens, for each parameter tensor in the model's order; none for a
    /// sequence without scored tokens. The model and its gradients do not change.
    ///
    /// Takes the memory of a copy of the weights and of their gradients.
    func gradientNorms(_ sequences: [ScoredSequence]) throws -> [[Double]]
}

extension LanguageModel: GradientScoringModel {
    package func gradientNorms(_ sequences: [ScoredSequence]) throws -> [[Double]] {
        // Gradients of its own: somebody may be in the middle of a training step with ours.
        let probe = copy()
        return try sequences.map { sequence in
            guard !sequence.scored.isEmpty else { return [] }
            probe.parameters.zeroGradients()
            let batch = PackedBatch([sequence])
            try probe.accumulateGradient(of: batch, weights: meanLossWeights(batch.targets.count))
            return probe.parameters.parameters.map { parameter in
                let gradient = parameter.gradient
                var sum = 0.0
                for index in 0..<gradient.count {
                    let value = Double(gradient.pointer[index])
                    sum += value * value
                }
                return sum.squareRoot()
            }
        }
    }
}
