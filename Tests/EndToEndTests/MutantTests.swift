import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    /// Deletions that go wrong in a known way, each with real weights, and the check that was made for it.
    @Suite(.serialized) struct MutantTests {
        struct Mutant: CustomTestStringConvertible {
            let fault: String
            let method: String
            let parameters: String
            let check: String
            /// The measurement of the check that has to fail; any if nil.
            var measurement: String?
            /// A check that takes the model for a good one.
            var fooled: String?

            var testDescription: String { "\(fault): \(check)" }
        }

        @Test(
            "A deletion that went wrong fails by the check made for it",
            arguments: [
                Mutant(
                    fault: "nothing was done", method: "gradient-ascent",
                    parameters: "steps: 1, learning-rate: 0.0000001", check: "forget-values",
                    measurement: "p-low"),
                Mutant(
                    fault: "pushed below everybody", method: "gradient-difference",
                    parameters: "steps: 120, learning-rate: 0.001", check: "forget-values",
                    measurement: "p-high"),
                Mutant(
                    fault: "everything else is wrecked", method: "gradient-ascent",
                    parameters: "steps: 40, learning-rate: 0.001", check: "maintain",
                    measurement: "token-match-ratio"),
                Mutant(
                    fault: "a few tokens exploded, the rest is memorised",
                    method: "gradient-difference", parameters: "steps: 13, learning-rate: 0.001",
                    check: "memorization-ceiling", fooled: "forget-values"),
                Mutant(
                    fault: "suppressed and learned again at once", method: "rmu",
                    parameters: "steps: 60, learning-rate: 0.003, steering: 8",
                    check: "attack-relearning"),
            ])
        func mutant(_ mutant: Mutant) throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let policy = """
                lethe-policy: 1
                name: mutant
                regime: gdpr-eu
                methods:
                  - method: \(mutant.method)
                    parameters: {\(mutant.parameters)}

                """
            try Data(policy.utf8).write(
                to: scene.workspace.appendingPathComponent("policy.yaml"))
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            for expected: Int32 in [0, 0, 2] {
                let step = try scene.lethe("case", "advance", id)
                #expect(step.status == expected, "\(step.errors)")
            }
            let report = try scene.json("case", "show", id, schema: "case")["report"]
            let checks = report?["checks"]?.items ?? []
            // The test has power here: it recognises the person in the model before.
            #expect(
                checks.first { $0["id"]?.text == "control-untouched" }?["outcome"]?.text
                    == "passed")
            if let fooled = mutant.fooled {
                #expect(checks.first { $0["id"]?.text == fooled }?["outcome"]?.text == "passed")
            }
            let check = try #require(checks.first { $0["id"]?.text == mutant.check })
            #expect(check["outcome"]?.text == "failed")
            if let name = mutant.measurement {
                let value = try #require(
                    check["measurements"]?.items?.first { $0["name"]?.text == name })
                let (measured, threshold) = (value["value"]?.real, value["threshold"]?.real)
                let isAbove = value["direction"]?.text == "above"
                let found = try #require(measured)
                let limit = try #require(threshold)
                #expect(isAbove ? found <= limit : found < limit, "\(found) against \(limit)")
            }
            #expect(try scene.certificates().isEmpty)
            let page = scene.root.appendingPathComponent("report.html")
            try scene.json("case", "report", id, "--output", page.path, schema: "case-report")
            let html = try String(contentsOf: page, encoding: .utf8)
            #expect(html.contains("<svg") && !html.contains("<script"))
            // All classes of attack are named, also those that no check looks at.
            #expect(html.contains("Model inversion") && html.contains("Membership inference"))
            for value in try SmallCorpus.personalValues() { #expect(!html.contains(value)) }
        }
    }
}
