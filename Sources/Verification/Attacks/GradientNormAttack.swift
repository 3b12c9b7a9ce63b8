import LanguageModels

extension Attack {
    /// Training has already gone down the slope of its members: the score is the negative mean over
    /// the parameter tensors of the Euclidean norm of the gradient of one record's mean loss.
    package static let gradientNorm = Attack(
        id: "grad-norm", title: "Is the slope of the loss flatter on the person's text?",
        source: "Wang et al. 2024, arXiv 2402.17012 (there the norm over all parameters); form of "
            + "mimir and open-unlearning: mean of the tensors' L2 norms, without dropout; the end "
            + "token is left out; sign turned so that higher = member",
        needs: [.gradients],
        sceneScores: { records, scene in
            guard let model = scene.model as? any GradientScoringModel else {
                return records.map { _ in nil }
            }
            // Few at once: a gradient costs about three passes, and a request one copy of the model.
            let norms = try scene.ask(
                records.map(scene.answerWithoutEnd), batchSize: 32, model.gradientNorms)
            return norms.map { norms in
                guard let norms, !norms.isEmpty else { return nil }
                return -norms.reduce(0, +) / Double(norms.count)
            }
        })
}
