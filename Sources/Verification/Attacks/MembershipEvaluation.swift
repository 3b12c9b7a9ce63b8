import Domain
import TensorCore

/// How well a membership attack tells members from non-members: for reports, with no score of any
/// record in it.
package struct MembershipEvaluation: Codable, Sendable, Equatable {
    /// Id of the attack.
    package let attack: String
    /// Why the attack could not be checked; then nothing below has a value.
    package let obstacle: String?
    /// Records with a score.
    package let memberCount: Int
    package let nonMemberCount: Int
    /// Records of either kind that leave nothing to score, an empty answer for instance.
    package let unscoredCount: Int
    /// Area under the ROC curve, [0, 1], higher = more is found out.
    package let area: Double?
    /// `[lower, upper]`, 95 % by DeLong; takes the records as independent.
    package let interval: [Double]?
    /// Why there is no such interval.
    package let intervalNote: String?
    /// `[lower, upper]`, 95 % percentile bootstrap over member records and non-member persons; nil
    /// where persons were not told apart.
    package let bootstrapInterval: [Double]?
    /// At false-positive rates of 0.1, 1 and 5 %.
    package let truePositiveRates: [TruePositiveRate]
    /// Against a retrained model's area; nil without one.
    package let privLeak: PrivLeak?
    package let curve: [ROCPoint]

    /// - Parameters:
    ///   - attack: its id.
    ///   - members, nonMembers: what the attack said of them, from one call or comparable ones.
    ///   - nonMemberPersons: for each non-member a name of the person it is about, for the bootstrap;
    ///     nil for none.
    ///   - referenceArea: the same attack's area on a retrained model.
    ///   - seed: of the bootstrap.
    package init(
        attack: String, members: AttackOutcome, nonMembers: AttackOutcome,
        nonMemberPersons: [String]? = nil, referenceArea: Double? = nil, seed: UInt64
    ) {
        self.attack = attack
        let sides = ScoredSides(members, nonMembers)
        let (own, others) = (sides.members, sides.nonMembers)
        obstacle = sides.obstacle
        memberCount = own.count
        nonMemberCount = others.count
        unscoredCount = sides.unscoredCount
        guard sides.obstacle == nil else {
            (area, interval, bootstrapInterval, privLeak) = (nil, nil, nil, nil)
            (intervalNote, truePositiveRates, curve) = (nil, [], [])
            return
        }
        let area = areaUnderCurve(members: own, nonMembers: others)
        self.area = area
        let deLong = DeLongArea(members: own, nonMembers: others)
        let range = deLong?.interval()
        interval = range.map { [$0.lowerBound, $0.upperBound] }
        intervalNote =
            range != nil
            ? nil
            : deLong == nil
                ? "fewer than two members or non-members"
                : "members and non-members do not overlap: the variance is estimated as 0"
        var generator = RandomNumbers(seed: seed, stream: "bootstrap \(attack)")
        bootstrapInterval = nonMemberPersons.flatMap { persons in
            let groups = sides.nonMembers(groupedBy: persons)
            return bootstrapAreaInterval(person: own, others: groups, generator: &generator)
        }.map { [$0.lowerBound, $0.upperBound] }
        truePositiveRates = TruePositiveRate.reportedLimits.map {
            TruePositiveRate(members: own, nonMembers: others, falsePositiveLimit: $0)
        }
        privLeak = referenceArea.flatMap { reference in
            area.flatMap { PrivLeak(area: $0, referenceArea: reference) }
        }
        curve = rocCurve(members: own, nonMembers: others)
    }
}

extension MembershipEvaluation {
    /// Runs an attack on members and non-members, in one call so that their scores are comparable.
    /// - Parameter referenceArea: the same attack's area on a retrained model.
    /// - Throws: as `Attack.scores`.
    package init(
        _ attack: Attack, members: [CorpusRecord], nonMembers: [CorpusRecord],
        in scene: AttackScene, referenceArea: Double? = nil
    ) throws {
        let outcome = try attack.scores(of: members + nonMembers, in: scene)
        let (own, others): (AttackOutcome, AttackOutcome) =
            switch outcome {
            case .couldNotCheck: (outcome, outcome)
            case .scores(let scores):
                (
                    .scores(Array(scores[..<members.count])),
                    .scores(Array(scores[members.count...]))
                )
            }
        self.init(
            attack: attack.id, members: own, nonMembers: others,
            nonMemberPersons: nonMembers.map { $0.subjects.first ?? $0.id },
            referenceArea: referenceArea, seed: scene.seed)
    }
}

/// Scores on both sides, or why there are none.
private struct ScoredSides {
    var members: [Double] = []
    var nonMembers: [Double] = []
    var unscoredCount = 0
    var obstacle: String?
    private var all: [Double?] = []

    init(_ members: AttackOutcome, _ nonMembers: AttackOutcome) {
        switch (members, nonMembers) {
        case (.couldNotCheck(let reason), _), (_, .couldNotCheck(let reason)): obstacle = reason
        case (.scores(let own), .scores(let others)):
            self.members = own.compactMap { $0 }
            self.nonMembers = others.compactMap { $0 }
            all = others
            unscoredCount =
                own.count + others.count - self.members.count - self.nonMembers.count
            let bad = (self.members + self.nonMembers).count { !$0.isFinite }
            if bad > 0 {
                obstacle = "\(bad) scores are not finite numbers"
            } else if self.members.isEmpty {
                obstacle = "no member has a score"
            } else if self.nonMembers.isEmpty {
                obstacle = "no non-member has a score"
            }
        }
    }

    /// In the order in which persons occur first.
    func nonMembers(groupedBy persons: [String]) -> [[Double]] {
        var places: [String: Int] = [:]
        var groups: [[Double]] = []
        for (person, score) in zip(persons, all) {
            guard let score else { continue }
            let place = places[person] ?? groups.count
            if place == groups.count {
                places[person] = place
                groups.append([])
            }
            groups[place].append(score)
        }
        return groups
    }
}
