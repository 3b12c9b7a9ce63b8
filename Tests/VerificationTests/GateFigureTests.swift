import Domain
import Foundation
import LanguageModels
import Testing
import Verification

extension VerificationReport {
    fileprivate func figure(_ check: GateCheck, _ id: String) -> ReportFigure? {
        self.check(check)?.figures.first { $0.id == id }
    }
}

extension ReportFigure {
    fileprivate func values(_ role: Role) -> [Double] {
        series.filter { $0.role == role }.flatMap(\.values)
    }

    fileprivate func limit(_ label: String) -> Double? {
        thresholds.first { $0.label == label }?.value
    }
}

/// Figures hold five significant digits.
private let figureTolerance = 1e-4

private func isClose(_ a: Double?, _ b: Double?) -> Bool {
    guard let a, let b else { return false }
    return abs(a - b) <= figureTolerance * max(1, abs(b))
}

@Suite struct GateFigureTests {
    private static let town = FakeTown()
    private var town: FakeTown { Self.town }

    private func report(_ after: MemoryModel) throws -> VerificationReport {
        try #require(
            try town.gate(after: after).reports(for: [town.targets[0]], context: WorkContext())
                .first)
    }

    /// Mean over the person's records of the mean log-probability of the answer with its end.
    private func meanScore(_ person: PersonProfile, _ model: MemoryModel) throws -> Double {
        let sequences = person.records.map {
            EncodedRecord($0, tokenizer: model.tokenizer).completionScored
        }
        let means = try model.score(sequences).map { scores in
            scores.reduce(0.0) { $0 + Double($1.logProbability) } / Double(scores.count)
        }
        return means.reduce(0, +) / Double(means.count)
    }

    @Test func thePersonStandsAmongTheTwinsWhereTheTestsPValueSays() throws {
        for after in [town.retrained, town.before] {
            let report = try report(after)
            for (id, name) in [("summed-scores", "p-low"), ("likeliest-field", "p-lowest")] {
                let figure = try #require(report.figure(.forgetValues, id))
                let p = try #require(report.measurement(.forgetValues, name)?.value)
                let own = try #require(figure.values(.after).first)
                #expect(figure.values(.twins).count == 199)
                let below = figure.values(.twins).count { $0 <= own }
                #expect(abs(Double(1 + below) / 200 - p) < 1e-12, "\(name)")
                // One of 200 may fail at .005: only what lies below every twin.
                let limit = try #require(figure.limit("fails below"))
                #expect(limit == figure.values(.twins).min())
                #expect((own < limit) == (p <= 0.005))
            }
        }
    }

    @Test func theModelBeforeIsPicturedAsTheUntouchedModelWasMeasured() throws {
        let (report, untouched) = (try report(town.retrained), try report(town.before))
        for id in ["summed-scores", "likeliest-field"] {
            let before = try #require(report.figure(.forgetValues, id)?.values(.before).first)
            #expect(before == untouched.figure(.forgetValues, id)?.values(.after).first)
            #expect(report.figure(.controlUntouched, id)?.values(.before) == [before])
        }
        for metric in ["extraction-strength", "exact-memorization"] {
            let figure = try #require(report.figure(.memorizationCeiling, metric))
            let known = untouched.measurement(.memorizationCeiling, metric)?.value
            #expect(isClose(figure.values(.before).first, known))
            let own = try #require(report.measurement(.memorizationCeiling, metric))
            #expect(isClose(figure.values(.after).first, own.value))
            #expect(isClose(figure.limit("fails above"), own.threshold))
            #expect(figure.values(.strangers).count == 40)
            #expect(isClose(figure.values(.strangers).max().map { $0 + 0.05 }, own.threshold))
        }
    }

    @Test func attackScoresAreMeansOverRecordsAndTheCurveHasTheMeasuredArea() throws {
        let after = town.remembering(Array(town.targets[0].records.prefix(2)))
        let report = try report(after)
        let scores = try #require(report.figure(.attackLoss, "scores"))
        #expect(
            isClose(scores.values(.before).first, try meanScore(town.targets[0], town.before)))
        #expect(isClose(scores.values(.after).first, try meanScore(town.targets[0], after)))
        // 42 never-trained persons and 205 twins, thinned.
        let strangers = try (town.neverTrained + town.twins).map { try meanScore($0, after) }
        #expect(scores.series.first { $0.role == .strangers }?.totalCount == 247)
        #expect(scores.values(.strangers).count == 200)
        #expect(isClose(scores.values(.strangers).max(), strangers.max()))
        #expect(isClose(scores.values(.strangers).min(), strangers.min()))
        // .005 of 248 is one: only a score above every stranger's fails.
        #expect(isClose(scores.limit("fails above"), strangers.max()))
        for check in [GateCheck.attackLoss, .attackMinK] {
            let points = try #require(report.figure(check, "roc")?.series.first?.points)
            #expect(points.first == .init(0, 0))
            #expect(points.last == .init(1, 1))
            let area = zip(points, points.dropFirst()).reduce(0.0) { sum, pair in
                sum + (pair.1.x - pair.0.x) * (pair.1.y + pair.0.y) / 2
            }
            #expect(isClose(area, report.measurement(check, "auc")?.value))
        }
    }

    @Test func retainedRecordsThatWereLostStandFarAboveTheDiagonal() throws {
        let kept = Array(town.retainedRecords.dropFirst(12))
        let report = try report(MemoryModel(town.language, remembered: kept))
        let figure = try #require(report.figure(.maintain, "losses"))
        let points = figure.series.flatMap(\.points)
        #expect(points.count == 120)
        #expect(points.count { $0.y > $0.x + 0.5 } == 12)
        #expect(points.count { abs($0.y - $0.x) < 0.05 } == 108)
        #expect(figure.thresholds.map(\.axis) == [.diagonal, .diagonal])
        #expect(figure.thresholds.map(\.value) == [0, 0.02])
    }

    @Test func controlsShowThePValuesTheirSharesAreCountedFrom() throws {
        let report = try report(town.retrained)
        let kept = try #require(report.figure(.controlRetainedKnown, "p-values"))
        // Of 8 at least 75 % must be known: after 6 the other 2 cannot change that.
        #expect(kept.series.map(\.values.count) == [6, 6])
        let limit = try #require(kept.limit("flagged up to"))
        #expect(limit == 0.0125)
        #expect(report.measurement(.controlRetainedKnown, "known-share")?.value == 1)
        #expect(kept.values(.retained).allSatisfy { $0 == limit })
        let never = try #require(report.figure(.controlNeverTrained, "p-values"))
        // Of 16 at most 25 % may be flagged: after 12 the other 4 cannot change that.
        #expect(never.series.map(\.values.count) == [12, 12, 12, 12])
        let share = try #require(report.measurement(.controlNeverTrained, "flagged-share")?.value)
        let most = never.series.map { $0.values.count { $0 <= limit } }.max() ?? 0
        #expect(Double(most) / 12 <= share)
    }

    @Test func relearningShowsWhatWasHiddenComingBack() throws {
        let after = MemoryModel(
            town.language, remembered: town.retainedRecords, hidden: town.targets[0].records)
        let figure = try #require(try report(after).figure(.attackRelearning, "after-relearning"))
        let limit = try #require(figure.limit("fails below"))
        #expect(try #require(figure.values(.before).first) >= limit)
        #expect(try #require(figure.values(.after).first) < limit)
    }

    @Test func answersOfTheUntouchedModelAreCloserToTheTruthThanToAnyTwin() throws {
        let report = try report(town.before)
        let figure = try #require(report.figure(.mismatch, "closeness"))
        // Word for word: F1 of 1 and every value found, for each answer.
        let asked = try #require(figure.values(.after).first) / 2
        #expect(asked == asked.rounded() && asked >= 1)
        #expect(try #require(figure.values(.twins).max()) < 2 * asked)
        #expect(figure.limit("fails above") == figure.values(.twins).max())
        let fluency = try #require(report.figure(.mismatch, "fluency"))
        let loss = try #require(report.measurement(.mismatch, "answer-loss-before"))
        #expect(isClose(fluency.values(.after).first, loss.value))
        #expect(isClose(fluency.limit("fails above"), loss.threshold))
    }

    @Test func aGroupsDrawsAreThinnedAndItsReportStaysSmall() throws {
        let gate = town.gate(after: town.retrained)
        let reports = try gate.reports(for: town.targets, context: WorkContext())
        for report in reports {
            let figure = try #require(report.figure(.forgetGroup, "summed-scores"))
            #expect(figure.values(.twins).count == 200)
            #expect(figure.note?.contains("200 of 4999 shown") == true)
            #expect(figure.values(.before).count == 1)
            #expect(figure.limit("fails above") != nil)
            for figure in report.checks.flatMap(\.figures) {
                #expect(figure.series.allSatisfy { $0.shownCount <= ReportFigure.Series.limit })
            }
            #expect(try CanonicalJSON.compact(report).count < 60_000)
        }
        let own = try reports.map { report in
            try #require(report.figure(.forgetValues, "summed-scores")?.values(.after).first)
        }
        let pooled = reports[0].figure(.forgetGroup, "summed-scores")?.values(.after).first
        #expect(isClose(pooled, own.reduce(0, +)))
    }

    @Test func aCheckThatCouldNotBeMadeHasNoFigure() throws {
        let gate = town.gate(after: town.retrained, twins: Array(town.twins.prefix(150)))
        let reports = try gate.reports(for: [town.targets[0]], context: WorkContext())
        for check in [GateCheck.forgetValues, .forgetTails, .mismatch, .attackRelearning] {
            #expect(reports.first?.check(check)?.figures == [])
        }
    }
}
