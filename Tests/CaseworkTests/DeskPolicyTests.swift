import Casework
import Domain
import Testing

@Suite struct DeskPolicyTests {
    static func parse(_ lines: String) throws -> Policy {
        try PolicyFile.parse(
            PolicyFileTests.start + PolicyFileTests.rung + lines, name: "own.yaml",
            methods: PolicyFileTests.methods)
    }

    @Test("The desk's keys are taken as written")
    func values() throws {
        let policy = try Self.parse(
            """
            identity: account-login
            calendar: GB-SCT
            time-zone: Europe/London
            four-eyes: true
            groups: {window-seconds: 3600, maximum-persons: 20}
            drift: {maximum-utility-loss: 0.05, then: replay}
            retention-days: 730

            """)
        #expect(policy.identity == .accountLogin)
        #expect(try policy.workingCalendar().name == "Scotland")
        #expect(try policy.controllerZone().id == "Europe/London")
        #expect(policy.fourEyes == true)
        #expect(policy.groups == GroupingPolicy(windowSeconds: 3_600, maximumPersons: 20))
        #expect(policy.drift == DriftBudget(maximumUtilityLoss: 0.05, then: .replay))
        #expect(policy.retentionDays == 730)
    }

    @Test("Without them, and with keys that ask for nothing, a policy keeps its digest")
    func nothing() throws {
        let plain = try Self.parse("")
        let explicit = try Self.parse(
            "identity: none\ncalendar: none\ntime-zone: UTC\nfour-eyes: false\n")
        #expect(plain == explicit)
        let json = String(decoding: try CanonicalJSON.compact(plain), as: UTF8.self)
        for key in ["identity", "calendar", "timeZone", "fourEyes", "groups", "drift", "retention"]
        {
            #expect(!json.contains("\"\(key)"), "\(key)")
        }
    }

    @Test(
        "A faulty value is refused with its line",
        arguments: [
            "identity: passport", "identity: unverified", "calendar: XX", "time-zone: Berlin",
            "four-eyes: 2", "groups: {maximum-persons: 0}", "groups: {window-seconds: -1}",
            "groups: {window: 1}", "drift: {then: replay}", "drift: {maximum-utility-loss: 0.1}",
            "drift: {maximum-utility-loss: 1.5, then: stop}",
            "drift: {maximum-utility-loss: 0.1, then: wait}", "retention-days: -1",
        ])
    func faulty(line: String) {
        do {
            _ = try Self.parse(line + "\n")
            Issue.record("accepted")
        } catch let error as any ReportableError {
            #expect(error.details["line"] == "6")
            #expect(error.kind == .badInput)
        } catch { Issue.record(error) }
    }
}
