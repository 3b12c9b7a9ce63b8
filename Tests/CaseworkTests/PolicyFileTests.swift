import Casework
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct PolicyFileTests {
    static let methods = ["npo", "shrink-refit", "retrain", "gradient-difference", "simnpo"]

    static func shipped(_ name: String) throws -> Policy {
        try PolicyFile.read(
            Fixtures.repository.appendingPathComponent("Policies/\(name).yaml"), methods: methods)
    }

    @Test("The shipped policies load with the ladders they describe")
    func shipped() throws {
        let standard = try Self.shipped("default")
        #expect(standard == Sample.policy)
        let strict = try Self.shipped("strict")
        #expect(strict.ladder.map(\.method) == ["shrink-refit", "retrain"])
        #expect(strict.exactBudget == ExactBudget(maximumShare: 0.75))
        #expect(strict.gate.twinCount == 499)
        #expect(strict.gate.requiredChecks == RequiredChecks(for: .openWeights))
        #expect(strict.gate.maintainLossRise < standard.gate.maintainLossRise)
        #expect(strict.gate.maintainTokenMatch > standard.gate.maintainTokenMatch)
        #expect(strict.gate.maintainPerplexityRatio == 1.02)
        #expect(strict.gate.alpha == 0.05)
        let exact = try Self.shipped("exact")
        #expect(exact.ladder == [PolicyRung(method: "retrain")])
        #expect(exact.exactBudget == ExactBudget(maximumShare: 1))
        #expect(exact.gate == GatePolicy())
        #expect(Set(try [standard, strict, exact].map { try $0.digest() }).count == 3)
    }

    @Test("Every threshold of the gate has its key, in kebab case")
    func gateKeys() {
        let properties = Mirror(reflecting: GatePolicy()).children.compactMap(\.label)
        let kebab = properties.map { name in
            name.reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
        }
        #expect(GateKey.all.map(\.name) == kebab)
    }

    static let start = "lethe-policy: 1\nname: own\nregime: ccpa\n"
    static let rung = "methods:\n  - method: retrain\n"

    @Test("Parameters and thresholds are taken as written, the rest has its default")
    func values() throws {
        let policy = try PolicyFile.parse(
            Self.start + "methods:\n  - method: npo\n    parameters: {beta: 0.05, steps: 40}\n"
                + "    maximum-persons: 3\n  - method: retrain\ngate:\n  twin-count: 99\n",
            name: "own.yaml", methods: Self.methods)
        #expect(policy.name == "own")
        #expect(policy.regime == .ccpa)
        #expect(
            policy.ladder.first
                == PolicyRung(
                    method: "npo", parameters: ["beta": 0.05, "steps": 40], maximumPersons: 3))
        var gate = GatePolicy()
        gate.twinCount = 99
        #expect(policy.gate == gate)
    }

    @Test("A program may do a rung's unlearning, also with a method of its own")
    func executor() throws {
        let policy = try PolicyFile.parse(
            Self.start + """
                exact-budget: {maximum-share: 0.2, maximum-seconds: 90}
                methods:
                  - method: own-way
                    parameters: {steps: 5}
                    executor:
                      command: python3
                      arguments: [unlearn.py, --fast]
                      silence-seconds: 30
                  - method: retrain

                """, name: "own.yaml", methods: Self.methods)
        #expect(policy.exactBudget == ExactBudget(maximumShare: 0.2, maximumSeconds: 90))
        #expect(
            policy.ladder.first
                == PolicyRung(
                    method: "own-way", parameters: ["steps": 5],
                    executor: ExecutorSettings(
                        command: "python3", arguments: ["unlearn.py", "--fast"],
                        silenceSeconds: 30)))
    }

    @Test("Checks are required one by one, or by who gets hold of the model")
    func requiredChecks() throws {
        func gate(_ section: String) throws -> GatePolicy {
            try PolicyFile.parse(
                Self.start + Self.rung + "gate:\n  required-checks:\n" + section,
                name: "own.yaml", methods: Self.methods
            ).gate
        }
        let open = try gate("    release-context: open-weights\n    beam-width: 8\n")
        #expect(open.requiredChecks?.checks == RequiredChecks.known)
        #expect(open.requiredChecks?.beamWidth == 8)
        #expect(open.requiredChecks?.sampleCount == 64)
        let named = try gate("    checks: [robust-int4, reconstruction-beam]\n")
        #expect(named.requiredChecks == RequiredChecks(["robust-int4", "reconstruction-beam"]))
        #expect(GatePolicy().requiredChecks == nil)
    }

    @Test("A policy without programs and budget has the digest it always had")
    func digest() throws {
        let policy = try PolicyFile.parse(
            Self.start + Self.rung, name: "own.yaml", methods: Self.methods)
        let text = String(decoding: try CanonicalJSON.compact(policy), as: UTF8.self)
        #expect(!text.contains("executor") && !text.contains("exactBudget"))
    }

    @Test(
        "A faulty policy is refused with its line and what was expected",
        arguments: [
            (
                start + "exact-budget: {maximum-share: 2}\n" + rung, 4,
                "maximum-share must be a number in (0, 1]", nil
            ),
            (
                start + "methods:\n  - method: own-way\n    executor: {arguments: [x]}\n", 6,
                "command is missing", nil
            ),
            (
                start + "methods:\n  - method: Own Way\n    executor: {command: x}\n", 5,
                "method must be up to 64 lower-case letters, digits and hyphens", nil
            ),
            (
                start + "methods:\n  - method: own\n    executor: {command: x, total-seconds: 0}\n",
                6, "total-seconds must be a number of seconds above 0", nil
            ),
            (
                start + rung + "gate:\n  required-checks: {checks: [robust-in4]}\n", 7,
                "there is no check \"robust-in4\"", "Did you mean \"robust-int4\"?"
            ),
            (
                start + rung + "gate:\n  required-checks: {release-context: web}\n", 7,
                "internal, api, open-weights", nil
            ),
            (
                start + rung + "gate:\n  required-checks: {beam-width: 5}\n", 7,
                "either release-context or checks", nil
            ),
            (
                start + rung
                    + "gate:\n  required-checks:\n    checks: [robust-int8]\n    beam-width: 0\n",
                9, "beam-width", nil
            ),
            (
                start + rung + "gate:\n  twin-cout: 99\n", 7, "gate has no key \"twin-cout\"",
                "Did you mean \"twin-count\"?"
            ),
            (
                start + "method:\n  - method: npo\n", 4, "the policy has no key \"method\"",
                "Did you mean \"methods\"?"
            ),
            (
                start + "methods:\n  - method: nppo\n", 5, "there is no method \"nppo\"",
                "Did you mean \"npo\"?"
            ),
            (start + "methods:\n  - method: none\n", 5, "\"none\" is a control", nil),
            (
                start + "methods:\n  - method: npo\n    maximum-persons: 1\n", 5,
                "without maximum-persons", nil
            ),
            (start + "methods:\n  - method: npo\n  - method: npo\n", 6, "listed twice", nil),
            (
                start + "methods:\n  - method: npo\n    parameters: {beta: much}\n", 6,
                "beta must be a number", nil
            ),
            (start + rung + "gate:\n  twin-count: 20\n", 7, "at least 79", nil),
            (start + rung + "gate:\n  min-k-share: .nan\n", 7, "must be a number", nil),
            ("lethe-policy: 2\nname: own\nregime: ccpa\n" + rung, 1, "lethe-policy must be 1", nil),
            ("lethe-policy: 1\nname: own\nregime: gdpr\n" + rung, 3, "gdpr-eu, gdpr-uk, ccpa", nil),
            ("lethe-policy: 1\nname: Jane Oakfield\nregime: ccpa\n" + rung, 2, "lower-case", nil),
            (start, 1, "methods is missing", nil),
        ] as [(String, Int, String, String?)])
    func faulty(_ text: String, _ line: Int, _ part: String, _ remedy: String?) {
        let error = reported {
            _ = try PolicyFile.parse(text, name: "own.yaml", methods: Self.methods)
        }
        #expect(error?.kind == .badInput)
        #expect(error?.details["line"] == String(line))
        #expect(error?.message.hasPrefix("own.yaml, line \(line): ") == true)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "accepted")")
        if let remedy { #expect(error?.remedy == remedy) }
    }

    @Test(
        "Text that is no policy at all is refused", arguments: ["", "a: [1", "- 1", "x: 1\nx: 2"])
    func notAPolicy(_ text: String) {
        let error = reported {
            _ = try PolicyFile.parse(text, name: "own.yaml", methods: Self.methods)
        }
        #expect(error?.kind == .badInput)
    }
}

/// The error that a policy file is refused with.
private func reported(_ body: () throws -> Void) -> (any ReportableError)? {
    do {
        try body()
        return nil
    } catch { return error as? any ReportableError }
}
