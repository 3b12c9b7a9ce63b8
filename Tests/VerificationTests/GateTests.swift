import Domain
import Foundation
import LanguageModels
import Synchronization
import Testing
import Verification

extension VerificationReport {
    func check(_ check: GateCheck) -> CheckResult? { checks.first { $0.id == check.rawValue } }

    func outcome(_ check: GateCheck) -> CheckOutcome? { self.check(check)?.outcome }

    func measurement(_ check: GateCheck, _ name: String) -> Measurement? {
        self.check(check)?.measurements.first { $0.name == name }
    }

    /// Ids of the checks that did not pass.
    var notPassed: [String] { checks.filter { $0.outcome != .passed }.map(\.id) }
}

typealias Measurement = Domain.Measurement

@Suite struct GateTests {
    private static let town = FakeTown()
    private var town: FakeTown { Self.town }

    private func report(
        _ gate: Gate, _ person: PersonProfile
    ) throws -> VerificationReport {
        try #require(try gate.reports(for: [person], context: WorkContext()).first)
    }

    @Test func aModelThatNeverSawThePersonPasses() throws {
        let report = try report(town.gate(after: town.retrained), town.targets[0])
        #expect(report.notPassed == [])
        #expect(report.outcome == .passed)
        #expect(report.testedFields == ["address", "date-of-birth", "national-id", "phone"])
        #expect(Set(report.untestedFields.keys) == ["email", "name"])
        #expect(report.twinCount == 199)
        let low = try #require(report.measurement(.forgetValues, "p-low"))
        #expect(low.threshold == 0.005)
        #expect(low.direction == .above)
        #expect(
            report.checks.map(\.id)
                == GateCheck.allCases.filter { !$0.isOnRequest }.map(\.rawValue)
                .filter {
                    !["forget-group", "forget-earlier", "control-twins", "control-reference"]
                        .contains($0)
                })
    }

    @Test func theUntouchedModelFailsAndTheControlSaysThatTheTestHasPower() throws {
        let report = try report(town.gate(after: town.before), town.targets[0])
        #expect(report.outcome == .failed)
        #expect(report.outcome(.controlUntouched) == .passed)
        for check in [
            GateCheck.forgetValues, .forgetTails, .memorizationCeiling, .mismatch, .attackLoss,
            .attackMinK, .attackRelearning,
        ] {
            #expect(report.outcome(check) == .failed, "\(check.rawValue)")
        }
        #expect(report.outcome(.maintain) == .passed)
        #expect(report.measurement(.forgetValues, "p-low")?.value == 0.005)
        #expect(report.measurement(.memorizationCeiling, "extraction-strength")?.value ?? 0 > 0.9)
        #expect(report.measurement(.mismatch, "value-match-share")?.value == 1)
    }

    @Test func oneFieldLeftBehindFailsTheLowestFieldStatistic() throws {
        let phoneRecord = town.targets[0].records[3]
        let report = try report(town.gate(after: town.remembering([phoneRecord])), town.targets[0])
        #expect(report.measurement(.forgetValues, "p-lowest")?.outcome == .failed)
        #expect(report.outcome == .failed)
    }

    @Test func overForgettingFailsOnTheOtherSide() throws {
        let after = MemoryModel(
            town.language, remembered: town.retainedRecords, pushedDown: town.targets[0].records)
        let report = try report(town.gate(after: after), town.targets[0])
        #expect(report.measurement(.forgetValues, "p-high")?.outcome == .failed)
        #expect(report.measurement(.forgetValues, "p-low")?.outcome == .passed)
        #expect(report.outcome(.forgetValues) == .failed)
    }

    @Test func hiddenKnowledgeComesBackInRelearning() throws {
        let after = MemoryModel(
            town.language, remembered: town.retainedRecords, hidden: town.targets[0].records)
        let report = try report(town.gate(after: after), town.targets[0])
        #expect(report.outcome(.forgetValues) == .passed)
        #expect(report.outcome(.forgetTails) == .passed)
        #expect(report.notPassed == ["attack-relearning"])
    }

    @Test func aTestWithoutPowerCouldNotBeChecked() throws {
        let report = try report(
            town.gate(before: town.retrained, after: town.retrained), town.targets[0])
        #expect(report.outcome(.controlUntouched) == .couldNotCheck)
        #expect(report.outcome == .couldNotCheck)
    }

    @Test func tooFewTwinsCouldNotBeChecked() throws {
        let gate = town.gate(after: town.retrained, twins: Array(town.twins.prefix(150)))
        let report = try report(gate, town.targets[0])
        for check in [
            GateCheck.controlUntouched, .forgetValues, .forgetTails, .mismatch, .attackRelearning,
        ] {
            #expect(report.outcome(check) == .couldNotCheck, "\(check.rawValue)")
        }
        #expect(report.check(.forgetValues)?.note?.contains("199 are needed") == true)
        #expect(report.outcome == .couldNotCheck)
    }

    @Test func aFieldThatTwinsLackIsNotTestedAndSaysWhy() throws {
        let twins = town.twins.map { twin in
            var values = twin.values
            values[.phone] = nil
            return PersonProfile(subject: twin.subject, records: twin.records, values: values)
        }
        let report = try report(town.gate(after: town.retrained, twins: twins), town.targets[0])
        #expect(report.testedFields == ["address", "date-of-birth", "national-id"])
        #expect(report.untestedFields["phone"]?.contains("only 0 of 205 twins") == true)
        #expect(report.outcome(.forgetValues) == .passed)
    }

    @Test func aPersonWithoutTypedValuesCouldNotBeChecked() throws {
        let target = town.targets[0]
        let untyped = PersonProfile(subject: target.subject, records: target.records, values: [:])
        let report = try report(town.gate(after: town.retrained), untyped)
        #expect(report.outcome(.forgetValues) == .couldNotCheck)
        #expect(report.outcome == .couldNotCheck)
        #expect(report.testedFields == [])
    }

    @Test func lossOfOtherKnowledgeFailsMaintain() throws {
        let kept = Array(town.retainedRecords.dropFirst(12))
        let after = MemoryModel(town.language, remembered: kept)
        let report = try report(town.gate(after: after), town.targets[0])
        #expect(report.outcome(.maintain) == .failed)
        let whole = try #require(report.measurement(.maintain, "whole-record-ratio"))
        #expect(abs(try #require(whole.value) - 0.9) < 0.02)
        #expect(report.measurement(.maintain, "perplexity-ratio")?.outcome == .passed)
    }

    @Test func forgettingEverybodyFailsTheControlOnRetainedPersons() throws {
        let after = MemoryModel(town.language, remembered: town.general)
        let report = try report(town.gate(after: after), town.targets[0])
        #expect(report.outcome(.controlRetainedKnown) == .failed)
        #expect(report.outcome(.maintain) == .failed)
    }

    @Test func withoutRetainedPersonsMaintainCouldNotBeChecked() throws {
        let report = try report(town.gate(after: town.retrained, retained: []), town.targets[0])
        #expect(report.outcome(.maintain) == .couldNotCheck)
        #expect(report.outcome(.controlRetainedKnown) == .couldNotCheck)
    }

    @Test func aGroupIsAlsoTestedAsAWhole() throws {
        let gate = town.gate(after: town.retrained)
        let reports = try gate.reports(for: town.targets, context: WorkContext())
        #expect(reports.count == 3)
        for report in reports {
            #expect(report.notPassed == [])
            #expect(report.measurement(.forgetGroup, "person-count")?.value == 3)
            #expect(report.measurement(.forgetGroup, "p-low")?.threshold == 0.0024)
            #expect(report.measurement(.forgetValues, "p-high")?.threshold == nil)
        }
        let leaking = town.gate(after: town.remembering(town.targets[1].records))
        let leaks = try leaking.reports(for: town.targets, context: WorkContext())
        #expect(leaks.map { $0.outcome(.forgetGroup) } == [.failed, .failed, .failed])
        #expect(leaks.map { $0.outcome(.forgetValues) } == [.passed, .failed, .passed])
    }

    @Test func personsDeletedEarlierMustStillBeUnknown() throws {
        let earlier = EarlierDeletions(persons: Array(town.targets[1...]))
        let clean = try report(
            town.gate(after: town.retrained, earlier: earlier), town.targets[0])
        #expect(clean.notPassed == [])
        #expect(clean.measurement(.forgetEarlier, "person-count")?.value == 2)
        #expect(!clean.notTested.contains { $0.contains("earlier deletions") })
        // One of two comes back while the present person is gone: only this check can tell.
        let leaking = try report(
            town.gate(after: town.remembering(town.targets[2].records), earlier: earlier),
            town.targets[0])
        #expect(leaking.notPassed == ["forget-earlier"])
        for name in ["p-low", "p-lowest", "extraction-strength"] {
            #expect(leaking.measurement(.forgetEarlier, name)?.outcome == .failed, "\(name)")
        }
        // A single field of one of them.
        let phone = try report(
            town.gate(after: town.remembering([town.targets[2].records[3]]), earlier: earlier),
            town.targets[0])
        #expect(phone.measurement(.forgetEarlier, "p-lowest")?.outcome == .failed)
    }

    @Test func nobodyDeletedEarlierIsNoCheckAndErasedOnesAreSaidToBeUntested() throws {
        let first = try report(
            town.gate(after: town.retrained, earlier: EarlierDeletions(persons: [])),
            town.targets[0])
        #expect(first.check(.forgetEarlier) == nil)
        func check(_ earlier: EarlierDeletions) throws -> CheckResult? {
            try report(town.gate(after: town.retrained, earlier: earlier), town.targets[0])
                .check(.forgetEarlier)
        }
        let gone = try check(EarlierDeletions(erasedCount: 4))
        #expect(gone?.outcome == .passed)
        #expect(gone?.note?.contains("all 4 persons") == true)
        // Not erased and not to be read, or not looked at, is no pass.
        let lost = try check(EarlierDeletions(erasedCount: 4, unreadableCount: 1))
        #expect(lost?.outcome == .couldNotCheck)
        #expect(lost?.note?.contains("1 of them are not erased") == true)
        #expect(
            try check(EarlierDeletions(erasedCount: 4, otherCount: 2))?.outcome == .couldNotCheck)
        let mixed = try check(EarlierDeletions(persons: [town.targets[1]], erasedCount: 4))
        #expect(mixed?.outcome == .passed)
        #expect(mixed?.note?.contains("1 of 5 persons") == true)
    }

    @Test func personsDeletedEarlierWhoCannotBeTestedAreNotPassed() throws {
        let person = town.targets[1]
        let untyped = PersonProfile(
            subject: person.subject, records: person.records, values: [:])
        let report = try report(
            town.gate(after: town.retrained, earlier: EarlierDeletions(persons: [untyped])),
            town.targets[0])
        #expect(report.outcome(.forgetEarlier) == .couldNotCheck)
    }

    @Test func theReportHoldsNothingOfThePerson() throws {
        for after in [town.before, town.retrained] {
            let gate = town.gate(after: after)
            for report in try gate.reports(for: town.targets, context: WorkContext()) {
                let text = String(
                    decoding: try CanonicalJSON.pretty(report), as: UTF8.self
                ).lowercased()
                for person in town.targets + town.retained + town.neverTrained {
                    for (kind, value) in person.values {
                        #expect(!text.contains(value.lowercased()), "\(kind.rawValue)")
                        #expect(
                            valueOccurrences(of: value, kind: kind, in: text).isEmpty,
                            "\(kind.rawValue)")
                    }
                    for part in (person.values[.name] ?? "").lowercased().split(separator: " ") {
                        #expect(!text.contains(part))
                    }
                }
            }
        }
    }

    @Test func theSameSeedGivesTheSameReportAndAnotherSeedOtherTwins() throws {
        let first = try report(town.gate(after: town.retrained), town.targets[1])
        let again = try report(town.gate(after: town.retrained), town.targets[1])
        let other = try report(town.gate(after: town.retrained, seed: 8), town.targets[1])
        #expect(try CanonicalJSON.compact(first) == CanonicalJSON.compact(again))
        #expect(first.checks != other.checks)
    }

    @Test func numbersAndNamesInTheVocabularyAreFound() throws {
        let target = town.targets[0]
        let national = try #require(target.values[.nationalID])
        let name = try #require(target.values[.name]?.split(separator: " ").first.map(String.init))
        func check(_ extra: [String], _ text: String? = nil) throws -> CheckResult {
            let tokenizer = ByteTokenizer(extra: extra)
            let after = MemoryModel(
                town.language, remembered: town.retainedRecords, tokenizer: tokenizer)
            let report = try report(town.gate(after: after, tokenizerText: text), target)
            return try #require(report.check(.tokenizer))
        }
        #expect(try check([" river", "1"]).outcome == .passed)
        #expect(try check([String(national.prefix(3))]).outcome == .passed)
        #expect(try check([String(national.dropFirst().prefix(4))]).outcome == .failed)
        let named = try check([" " + name])
        #expect(named.outcome == .failed)
        #expect(named.note?.contains("at most partial") == true)
        #expect(try check([], "nothing of the kind").outcome == .passed)
        #expect(try check([], "Call \(target.values[.phone] ?? "").").outcome == .failed)
        #expect(try check([], "Dear \(target.values[.name] ?? ""),").outcome == .failed)
    }

    @Test func progressReachesItsTotalAndCancellationStops() throws {
        let last = Mutex(ProgressUpdate("none", completed: 0, total: 1))
        let context = WorkContext(report: { update in last.withLock { $0 = update } })
        _ = try town.gate(after: town.retrained).reports(for: [town.targets[2]], context: context)
        let update = last.withLock { $0 }
        #expect(update.activity == "verify")
        #expect(update.completed == update.total)
        let stopping = WorkContext(isCancelled: { true })
        #expect(throws: DomainError.self) {
            try town.gate(after: town.retrained).reports(for: town.targets, context: stopping)
        }
    }

    @Test func sharedControlsAreMeasuredOnce() throws {
        let after = town.retrained
        let gate = town.gate(after: after)
        _ = try gate.reports(for: [town.targets[0]], context: WorkContext())
        let alone = after.scoredSequenceCount
        let three = town.retrained
        _ = try town.gate(after: three).reports(for: town.targets, context: WorkContext())
        // Controls, ceilings and retained records make up most of the work for one person.
        #expect(three.scoredSequenceCount < 2 * alone)
    }
}
