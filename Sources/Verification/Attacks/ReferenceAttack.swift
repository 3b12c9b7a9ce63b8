extension Attack {
    /// Text that is easy is predicted well by anybody: the mean log-probability under the model less
    /// that under a model that never saw the text.
    package static let reference = Attack(
        id: "reference",
        title: "Is the person's text predicted better than by a model that never saw it?",
        source: "Carlini et al. 2021, arXiv 2012.07805, and Mireshghallah et al. 2022, "
            + "arXiv 2203.03929: difference of mean log-probabilities, end token included",
        needs: [.referenceModel],
        sceneScores: { records, scene in
            guard let reference = scene.referenceModel else { return records.map { _ in nil } }
            let own = try scene.meanLogProbabilities(of: records)
            let other = try scene.meanLogProbabilities(of: records, under: reference)
            return zip(own, other).map { own, other in
                guard let own, let other else { return nil }
                return own - other
            }
        })
}
