import Casework
import Domain
import Testing

@Suite struct ExplanationTests {
    static let id = CaseID(year: 2026, number: 1)

    @Test("Every state has a summary, and every open one a command to go on")
    func everyState() {
        for state in CaseState.allCases {
            let explanation = explain(
                Sample.record(state), policy: Sample.policy, now: Sample.start)
            #expect(!explanation.summary.isEmpty)
            #expect(!explanation.commands.isEmpty, "\(state)")
            #expect((explanation.waitsFor == nil) == state.isFinal)
            for line in explanation.commands + explanation.otherCommands {
                #expect(line.hasPrefix("lethe ") && line.contains("C-2026-0001"), "\(line)")
            }
        }
    }

    @Test("Several candidates are listed with the command to accept each")
    func candidates() {
        let progress = CaseProgress(
            scope: Sample.scope(subjects: [], candidates: Sample.candidates))
        let explanation = explain(
            Sample.record(.awaitingClarification, progress: progress), now: Sample.start)
        #expect(explanation.waitsFor == .operator)
        #expect(
            explanation.blockedBy == "2 persons could be meant: "
                + "person-017 (3 records, name-phrase); person-018 (5 records, name-phrase)")
        #expect(
            explanation.commands.first
                == "lethe case accept-match C-2026-0001 --subject person-017 --reason \"...\"")
        #expect(explanation.commands.count == 4)
        #expect(
            explanation.otherCommands == [
                "lethe case hold C-2026-0001 --reason \"...\"",
                "lethe case refuse C-2026-0001 --ground GROUND --text \"...\" --reason \"...\"",
                "lethe case withdraw C-2026-0001 --reason \"...\"",
                "lethe case extend C-2026-0001 --notice \"...\" --reason \"...\"",
            ])
    }

    @Test("Nobody in the index: the operator refuses, names the person, or searches again")
    func nobody() {
        let explanation = explain(Sample.record(.awaitingClarification), now: Sample.start)
        #expect(
            explanation.commands == [
                "lethe case refuse C-2026-0001 --ground no-data --text \"...\" --reason \"...\"",
                "lethe case accept-match C-2026-0001 --subject SUBJECT --reason \"...\"",
                "lethe case advance C-2026-0001",
            ])
    }

    @Test("A failed verification names the checks and the next method, or the operator's choices")
    func failed() {
        var progress = CaseProgress(
            scope: Sample.scope(),
            unlearning: Sample.run([Self.id]), verification: Sample.report(.failed),
            triedRungs: [Sample.policy.ladder[0]])
        let first = explain(
            Sample.record(.failedVerification, progress: progress), policy: Sample.policy,
            now: Sample.start)
        #expect(first.waitsFor == .engine)
        #expect(
            first.blockedBy
                == "not passed: forget-values; next on the ladder: shrink-refit")
        // After an exact method nothing else would do better, whatever stands on the ladder.
        progress.unlearning = Sample.run([Self.id], method: "retrain", methodClass: .exact)
        let exact = explain(
            Sample.record(.failedVerification, progress: progress), policy: Sample.policy,
            now: Sample.start)
        #expect(exact.waitsFor == .operator)
        #expect(exact.blockedBy?.contains("the deletion was exact") == true)
        #expect(exact.commands.first?.hasPrefix("lethe case approve") == true)
        progress.triedRungs = Sample.policy.ladder
        let last = explain(
            Sample.record(.failedVerification, progress: progress), policy: Sample.policy,
            now: Sample.start)
        #expect(last.waitsFor == .operator)
        #expect(
            last.commands == [
                "lethe case approve C-2026-0001 --reason \"...\"",
                "lethe case advance C-2026-0001 --method METHOD",
                "lethe case refuse C-2026-0001 --ground GROUND --text \"...\" --reason \"...\"",
            ])
    }

    @Test("Days are counted by date and become negative when the case is late")
    func days() throws {
        let due = try #require(Timestamp("2026-03-05T23:59:59Z"))
        let record = CaseRecord(
            id: Self.id, state: .received, version: 1, createdAt: Sample.start,
            receivedAt: Sample.start, dueAt: due, regime: .ccpa, sourceFormat: "opendsr",
            requestDigest: Digest(of: "r"), sourceIDDigest: Digest(of: "s"))
        let times = [
            "2026-02-28T23:59:59Z": 5, "2026-03-05T00:00:00Z": 0, "2026-03-06T00:00:01Z": -1,
        ]
        for (time, left) in times {
            let now = try #require(Timestamp(time))
            #expect(explain(record, now: now).daysLeft == left, "\(time)")
        }
    }

    @Test(
        "Every case has its dates in words; what ended without an outcome is neither kept nor late")
    func dates() throws {
        let later = DecisionTests.day(400)
        for state in CaseState.allCases {
            let explanation = explain(Sample.record(state), policy: Sample.policy, now: later)
            #expect(
                explanation.dates.contains { $0.id == "due" && $0.sentence.contains("Art. 12(3)") })
            #expect(explanation.standing == (state.isFinal ? .ended : .overdue), "\(state)")
        }
        // The sample's due day is not what its receipt gives: what is on record applies.
        let dates = explain(Sample.record(.scoped), now: Sample.start).dates
        #expect(dates.last?.id == "due-on-record")
        #expect(dates.last?.date.description == "2026-03-05")
    }
}
