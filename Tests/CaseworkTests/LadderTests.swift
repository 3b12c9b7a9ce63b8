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
}
