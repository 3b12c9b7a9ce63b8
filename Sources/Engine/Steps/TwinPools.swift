import Domain
import Lineage
import Unlearning

/// The held-out people who serve as twins, in two pools that never meet: the gate's, and those that
/// unlearning methods may look at. A method fitted to the gate's twins would make its own examination.
///
/// Which pool a person is in follows from a hash of the subject alone, whatever the run and the policy.
struct TwinPools {
    let gate: [PersonProfile]
    let fit: [PersonProfile]

    /// Twins that the gate gets before a method gets any: 199 are needed at the usual thresholds, and some
    /// cannot stand in for everybody.
    private static let gateReserve = 210

    init(_ people: [PersonProfile]) {
        let order = people.map { (key: Digest(of: "twin-pool/\($0.subject)"), person: $0) }
            .sorted { ($0.key, $0.person.subject) < ($1.key, $1.person.subject) }
        // Three quarters for the gate where there are many.
        let count = max(Self.gateReserve, people.count - people.count / 4)
        let chosen = Set(order.dropFirst(count).map(\.person.subject))
        gate = people.filter { !chosen.contains($0.subject) }
        fit = people.filter { chosen.contains($0.subject) }
    }
}

extension Workspace {
    /// Corpora of a role that serve one of these training corpora, or any.
    func corpora(_ role: CorpusRole, serving trained: [String]) throws -> [String] {
        try lineage.corpora().filter {
            $0.role == role && ($0.servedCorpus.map(trained.contains) ?? true)
        }.map(\.name)
    }

    /// The twins of a run's corpora.
    func twinPools(of run: TrainingRunEntry) throws -> TwinPools {
        TwinPools(
            try corpora(.twins, serving: run.corpora).flatMap {
                try lineage.persons(ofCorpus: $0)
            })
    }
}
