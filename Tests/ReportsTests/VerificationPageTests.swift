import Domain
import Foundation
import Reports
import Testing

@Suite struct VerificationPageTests {
    private func page(_ report: VerificationReport) -> String {
        VerificationPage(report, facts: SampleReport.facts).html()
    }

    @Test func thePageHoldsVerdictAndEveryCheckInOrder() throws {
        let report = SampleReport.full
        let html = page(report)
        let verdict = try #require(html.range(of: "Did not pass"))
        #expect(html.contains("2 checks passed, 1 did not pass, 1 could not be made."))
        var last = verdict.upperBound
        for check in report.checks {
            let place = try #require(
                html.range(of: "Is \(check.id) right?", range: last..<html.endIndex))
            last = place.upperBound
        }
        #expect(html.contains("about as likely as those of people it has never"))
        #expect(html.contains("The model has become worse at what it should still know."))
        #expect(html.contains("Every measured number keeps to its limit."))
        for text in [
            "199, held-out persons", "date-of-birth", "kept in every comparison",
            "attacks on weights", Digest(of: "before").hexadecimal,
            Digest(of: "after").hexadecimal, Digest(of: "policy").hexadecimal, "attempt 2",
            "2026-03-05 09:14 UTC", "5 of 100 correct deletions", "exactly retrained",
        ] {
            #expect(html.contains(text), "\(text)")
        }
    }

    @Test func theLowerLimitsOfAPassAreSaidInWords() {
        let passed = page(SampleReport.report([SampleReport.check("tokenizer", .passed)]))
        #expect(passed.contains("Passed: the tests no longer find the person in the model"))
        let open = page(SampleReport.report([SampleReport.check("tokenizer", .couldNotCheck)]))
        #expect(open.contains("Could not check: the question stays open"))
        #expect(open.contains("This question stays open: because"))
        for html in [passed, open] { #expect(html.contains("too few to prove")) }
    }

    @Test func anEmptyReportIsNoPass() {
        let html = page(SampleReport.report([]))
        #expect(html.contains("Could not check"))
        #expect(html.contains("No check was made."))
        #expect(!html.contains("Passed:"))
        #expect(xmlFault(html) == nil)
    }

    @Test func onlyPushingDownIsCalledOverForgetting() {
        func html(_ name: String) -> String {
            page(
                SampleReport.report([
                    CheckResult(
                        id: "forget-values", family: "forget", title: "t",
                        measurements: [
                            Measurement(name, 0.001, threshold: 0.005, direction: .above)
                        ])
                ]))
        }
        #expect(html("p-high").contains("That gives them away, too"))
        #expect(html("p-low").contains("something of them is still in it"))
    }

    @Test func nothingIsLoadedOrRunAndEveryTextIsEscaped() {
        let html = page(SampleReport.full)
        #expect(xmlFault(html) == nil, "\(xmlFault(html) ?? "")")
        for forbidden in ["<script", "http:", "https:", "url(", "@import", "src=", "href=", nasty] {
            #expect(!html.lowercased().contains(forbidden), "\(forbidden)")
        }
        // As often as the sample holds it, and not once as it is.
        let escaped = "&lt;&amp;&quot;&#39;&gt;[U+202E][U+0]]]&gt;"
        #expect(html.components(separatedBy: escaped).count > 25)
        for place in [
            "Case C-2026-0007 ", "people ", "Retraining ", "strict ", "npo ", "held-out persons ",
            "Haswell ", "summed z-score ", "All values together ", "a note ", "twins ",
            "fails below ", "because ",
        ] {
            #expect(html.contains(place + escaped), "\(place)")
        }
    }

    @Test func equalReportsGiveEqualBytes() throws {
        let again = try CanonicalJSON.decode(
            VerificationReport.self, from: CanonicalJSON.compact(SampleReport.full))
        #expect(page(again) == page(SampleReport.full))
    }

    @Test func beforeAfterAndReferenceStandBesideEachOther() throws {
        let html = page(SampleReport.full)
        let start = try #require(html.range(of: "The person&#39;s numbers under each model"))
        let end = try #require(
            html.range(of: "</table>", range: start.upperBound..<html.endIndex))
        let table = html[start.upperBound..<end.lowerBound]
        #expect(table.contains("<td data-column=\"Before\">\u{2212}9.5</td>"))
        #expect(table.contains("<td data-column=\"After\">0.25</td>"))
        #expect(table.contains("<td data-column=\"Retrained reference\">0.5</td>"))
        #expect(table.components(separatedBy: "<tr>").count == 3)
    }

    @Test func everyFigureIsDescribedForThoseWhoCannotSeeIt() throws {
        let html = page(SampleReport.full)
        #expect(html.components(separatedBy: "<svg class=\"plot\"").count == 5)
        for number in 1...4 {
            #expect(html.contains("<title id=\"figure-\(number)-title\">"))
            #expect(html.contains("<desc id=\"figure-\(number)-desc\">"))
        }
        #expect(html.contains("the person, before: \u{2212}9.5."))
        #expect(html.contains("199 values, \u{2212}2 to 1.9"))
    }
}
