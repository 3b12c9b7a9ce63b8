import Casework
import Domain
import Testing

@Suite struct LadderTests {
    func next(
        _ persons: Int, _ tried: [String] = [], method: String? = nil
    ) -> String? {
        let rungs = tried.map { name in
            Sample.policy.ladder.first { $0.method == name } ?? PolicyRung(method: name)
        }
        return Ladder(policy: Sample.policy, method: method)
            .next(personCount: persons, tried: rungs)?.rung.method
    }

    @Test("Rungs come in order, rungs for fewer persons are skipped, none comes twice")
    func order() {
        #expect(next(1) == "npo")
        #expect(next(2) == "shrink-refit")
        #expect(next(1, ["npo"]) == "shrink-refit")
        #expect(next(1, ["shrink-refit"]) == "retrain")
        #expect(next(1, ["npo", "shrink-refit", "retrain"]) == nil)
    }

    @Test("A named method goes first, once, and the ladder goes on behind it")
    func named() {
        #expect(next(3, method: "npo") == "npo")
        #expect(next(1, ["npo"], method: "npo") == "shrink-refit")
        #expect(next(1, ["npo"], method: "retrain") == "retrain")
        #expect(next(1, ["npo"], method: "wga") == "wga")
        #expect(next(1, ["npo", "wga"], method: "wga") == "shrink-refit")
        #expect(next(1, ["none"]) == "npo")
    }

    @Test("An exact rung within the budget goes before the whole ladder, once")
    func exactFirst() {
        func next(_ first: String, tried: [String] = []) -> String? {
            let rung =
                Sample.policy.ladder.first { $0.method == first } ?? PolicyRung(method: first)
            let ladder = Ladder(
                policy: Sample.policy,
                exactFirst: MethodForecast(rung: rung, methodClass: .exact))
            let rungs = tried.map { name in
                Sample.policy.ladder.first { $0.method == name } ?? PolicyRung(method: name)
            }
            return ladder.next(personCount: 1, tried: rungs)?.rung.method
        }
        #expect(next("replay") == "replay")
        #expect(next("replay", tried: ["replay"]) == "npo")
        #expect(next("retrain") == "retrain")
        #expect(next("retrain", tried: ["retrain"]) == "npo")
        #expect(next("retrain", tried: ["retrain", "shrink-refit"]) == nil)
    }

    @Test("A rung that cannot be used is passed over, and the one behind it is tried")
    func unsuitable() {
        let ladder = Ladder(policy: Sample.policy)
        let npo = Sample.policy.ladder[0]
        #expect(
            ladder.next(personCount: 1, tried: [], unsuitable: [npo])?.rung.method
                == "shrink-refit")
        #expect(
            ladder.next(personCount: 1, tried: [], unsuitable: Sample.policy.ladder)?.rung == nil)
    }

    @Test(
        "A budget allows what is known to cost no more",
        arguments: [
            (0.3, nil, nil, true), (0.6, nil, nil, false), (nil, 1.0, nil, false),
            (0.3, 50.0, 60.0, true), (0.3, 70.0, 60.0, false), (0.3, nil, 60.0, false),
        ] as [(Double?, Double?, Double?, Bool)])
    func budget(share: Double?, seconds: Double?, limit: Double?, isAllowed: Bool) {
        let budget = ExactBudget(maximumShare: 0.5, maximumSeconds: limit)
        #expect(budget.allows(shareOfTraining: share, seconds: seconds) == isAllowed)
    }
}
