extension Attack {
    /// Members are predicted better: the score is the mean log-probability, end token included.
    package static let loss = Attack(
        id: "loss", title: "Is the person's text predicted better than text never seen?",
        source: "Yeom et al. 2018, arXiv 1709.01604; sign turned so that higher = member",
        membershipScore: { $0.meanLogProbability })
}
