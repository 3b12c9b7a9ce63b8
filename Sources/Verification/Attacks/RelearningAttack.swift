extension Attack {
    /// Hidden knowledge comes back faster than it could be learned: a few steps on half of the
    /// person's fields must not bring back the other half.
    package static let relearning = Attack(
        id: "relearning", title: "Do a few training steps on half of the data bring back the rest?",
        source: "Hu et al. 2024, arXiv 2406.13356; steps and rate of the gate's policy",
        membershipScore: nil)
}
