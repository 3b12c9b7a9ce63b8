import Casework
import Domain
import Testing

@Suite struct DeadlineTests {
    static func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }
    static func date(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    static func deadline(
        _ clock: LegalClock, _ receipt: String, calendar id: String? = nil, zone: String = "UTC",
        now: String? = nil, closed: String? = nil,
        _ change: (inout ClockFacts) throws -> Void = { _ in }
    ) throws -> Deadline {
        let received = try time(receipt)
        let calendar = try WorkingCalendar.named(id)
        var facts = ClockFacts(
            receivedAt: received, zone: try #require(ControllerZone(id: zone)), calendar: calendar)
        try change(&facts)
        return clock.deadline(
            receivedAt: received, facts: facts, calendar: calendar, now: try time(now ?? receipt),
            closedAt: try closed.map(time))
    }

    @Test("The table of receipts ends on the days the law's own counting gives")
    func table() throws {
        // Receipt, due in Germany, three months from receipt before any move.
        let rows = [
            ("2026-01-31", "2026-03-02", "2026-04-30"), ("2024-01-31", "2024-02-29", "2024-04-30"),
            ("2026-03-05", "2026-04-07", "2026-06-05"), ("2026-08-31", "2026-09-30", "2026-11-30"),
            ("2026-11-30", "2026-12-30", "2027-02-28"), ("2025-12-31", "2026-02-02", "2026-03-31"),
        ]
        for (receipt, due, extended) in rows {
            let found = try Self.deadline(gdprEUClock, receipt, calendar: "DE")
            #expect(found.due.description == due)
            let end = try Self.date(extended)
            let calendar = try WorkingCalendar.named("DE")
            #expect(found.extendedDue == calendar.workingDay(onOrAfter: end))
        }
    }

    @Test("A period of two days or more holds two working days (Regulation 1182/71 Art. 3(5))")
    func twoWorkingDays() throws {
        let none = WorkingCalendar()
        let friday = try Self.date("2026-03-06")
        // Two days from Friday end on Sunday, moved to Monday: one working day, so Tuesday.
        #expect(Period.days(2).regulatedEnd(after: friday, none).description == "2026-03-10")
        #expect(Period.days(1).regulatedEnd(after: friday, none).description == "2026-03-09")
        #expect(Period.days(3).regulatedEnd(after: friday, none).description == "2026-03-10")
        #expect(Period.days(4).regulatedEnd(after: friday, none).description == "2026-03-10")
        #expect(Period.days(5).regulatedEnd(after: friday, none).description == "2026-03-11")
        // Maundy Thursday in Germany: Good Friday to Easter Monday are no working days.
        let thursday = try Self.date("2026-04-02")
        let german = try WorkingCalendar.named("DE")
        #expect(Period.days(2).regulatedEnd(after: thursday, german).description == "2026-04-08")
    }

    @Test("The day is the controller's, whatever the day is in UTC, and ends at its midnight")
    func zones() throws {
        // 23:30 UTC on Jan 31 is Feb 1 in Berlin; daylight saving begins before the end.
        let late = "2026-02-28T23:30:00Z"
        let berlin = try Self.deadline(gdprEUClock, late, zone: "Europe/Berlin")
        #expect(berlin.start.description == "2026-03-01")
        #expect(berlin.due.description == "2026-04-01")
        #expect(berlin.dueAt.description == "2026-04-01T21:59:59Z")
        let utc = try Self.deadline(gdprEUClock, late)
        #expect(utc.due.description == "2026-03-30")  // Saturday 28 March, moved
        #expect(ControllerZone(id: "Nowhere/Atlantis") == nil)
        #expect(ControllerZone(id: "CET") == nil)
        // A zone the machine does not know keeps the offset that was recorded.
        let fixed = ControllerZone(fixed: 3_600, id: "Nowhere/Atlantis")
        #expect(fixed.date(of: try Self.time(late)).description == "2026-03-01")
        #expect(fixed.offsetText(at: try Self.time(late)) == "+01:00")
    }

    @Test("Under the UK GDPR the clock starts with what was asked for; in the EU with receipt")
    func start() throws {
        let asked: (inout ClockFacts) throws -> Void = { facts in
            facts.identityRequestedAt = try Self.time("2026-03-06T10:00:00Z")
        }
        let given: (inout ClockFacts) throws -> Void = { facts in
            try asked(&facts)
            facts.identityReceivedAt = try Self.time("2026-03-16T10:00:00Z")
        }
        let waiting = try Self.deadline(gdprUKClock, "2026-03-05", asked)
        #expect(waiting.waitsFor == "the identity information that was asked for")
        #expect(waiting.dates.last { $0.id == "due" }?.sentence.contains("Provisional") == true)
        let uk = try Self.deadline(gdprUKClock, "2026-03-05", given)
        #expect(uk.start.description == "2026-03-16")
        #expect(uk.due.description == "2026-04-16")
        #expect(uk.waitsFor == nil)
        #expect(uk.dates.contains { $0.id == "start" && $0.sentence.contains("identity") })
        let eu = try Self.deadline(gdprEUClock, "2026-03-05", given)
        #expect(eu.start.description == "2026-03-05")
        #expect(eu.waitsFor == nil)
        let paid = try Self.deadline(gdprUKClock, "2026-03-05") {
            try given(&$0)
            $0.feeRequestedAt = try Self.time("2026-03-06")
            $0.feePaidAt = try Self.time("2026-03-20")
        }
        #expect(paid.start.description == "2026-03-20")
    }

    @Test("Only the UK's clock stands still, for the days between the question and the answer")
    func pauses() throws {
        let pause = ClockPause(
            from: try Self.time("2026-03-10T08:00:00Z"),
            until: try Self.time("2026-03-17T20:00:00Z"))
        let uk = try Self.deadline(gdprUKClock, "2026-03-05") { $0.pauses = [pause] }
        #expect(uk.due.description == "2026-04-12")  // 5 April and 7 days
        #expect(uk.hasPauses)
        for clock in [gdprEUClock, ccpaClock] {
            let plain = try Self.deadline(clock, "2026-03-05")
            #expect(try Self.deadline(clock, "2026-03-05") { $0.pauses = [pause] }.due == plain.due)
            var facts = ClockFacts(receivedAt: try Self.time("2026-03-05"))
            let error = caseworkError {
                try facts.record(
                    .paused, at: pause.from, receivedAt: try Self.time("2026-03-05"), clock: clock)
            }
            #expect(error?.code == .clockContradiction)
        }
    }

    @Test(
        "An extension is possible within the first period, once, and is kept or missed as extended")
    func extensions() throws {
        func possible(_ now: String) throws -> Bool {
            try Self.deadline(gdprEUClock, "2026-03-05", calendar: "DE", now: now).extensionPossible
        }
        #expect(try possible("2026-03-05T12:00:00Z"))
        #expect(try possible("2026-04-07T23:59:59Z"))
        #expect(!(try possible("2026-04-08T00:00:00Z")))
        #expect(!(try possible("2026-03-04T23:59:59Z")))
        let given: (inout ClockFacts) throws -> Void = {
            $0.extended = ClockExtension(
                givenAt: try Self.time("2026-03-20"), reason: "many", actor: "ada")
        }
        let extended = try Self.deadline(gdprEUClock, "2026-03-05", calendar: "DE", given)
        #expect(extended.dueAt.description == "2026-06-05T23:59:59Z")
        #expect(!extended.extensionPossible)
        func standing(_ closed: String?) throws -> DeadlineStanding {
            try Self.deadline(
                gdprEUClock, "2026-03-05", calendar: "DE", now: "2026-06-06", closed: closed, given
            ).standing
        }
        #expect(try standing("2026-06-05T23:59:59Z") == .kept)
        #expect(try standing("2026-06-06T00:00:00Z") == .missed)
        #expect(try standing(nil) == .overdue)
        let ccpa = try Self.deadline(ccpaClock, "2026-03-05", calendar: "US", now: "2026-04-19")
        #expect(ccpa.extensionPossible)
        #expect(ccpa.extendedDue.description == "2026-06-03")
        #expect(ccpa.confirmReceipt?.description == "2026-03-19")
        #expect(
            !(try Self.deadline(ccpaClock, "2026-03-05", now: "2026-04-20")).extensionPossible)
    }

    @Test("Every date is told with the rule and the provision it came by")
    func words() throws {
        let easter = try Self.deadline(
            gdprEUClock, "2026-03-05T09:00:00Z", calendar: "DE", zone: "Europe/Berlin")
        #expect(
            easter.dates.map(\.sentence) == [
                "Received on Thursday 2026-03-05 at the controller's place (Europe/Berlin, +01:00).",
                "From Thursday 2026-04-02 on it is late to begin: 28 days after the start, a line "
                    + "for planning.",
                "Due on Tuesday 2026-04-07: one month from receipt (GDPR Art. 12(3)); that "
                    + "would be Sunday 2026-04-05, so the next working day counts (Regulation "
                    + "1182/71 Art. 3(4)).",
                "With an extension due on Friday 2026-06-05: 3 months from receipt, if the person is "
                    + "told the reasons by Tuesday 2026-04-07 (GDPR Art. 12(3)).",
            ])
        let clamped = try Self.deadline(gdprEUClock, "2024-01-31")
        #expect(
            clamped.dates.first { $0.id == "due" }?.sentence
                == "Due on Thursday 2024-02-29: one month from receipt (GDPR Art. 12(3)), the last "
                + "day of a month that has no day 31.")
        let holiday = try Self.deadline(gdprEUClock, "2026-03-06", calendar: "DE")
        #expect(
            holiday.dates.first { $0.id == "due" }?.sentence.contains(
                "that would be Monday 2026-04-06, a public holiday (Germany), so") == true)
        let beyond = try Self.deadline(gdprEUClock, "2031-03-05", calendar: "DE")
        #expect(
            beyond.dates.first { $0.id == "due" }?.sentence.contains(
                "The calendar DE does not cover 2031: only weekends were counted.") == true)
        let ccpa = try Self.deadline(ccpaClock, "2026-03-05")
        #expect(
            ccpa.dates.first { $0.id == "confirm-receipt" }?.sentence
                == "Receipt is to be confirmed by Thursday 2026-03-19: 10 business days after "
                + "receipt (11 CCR section 7021(a)).")
    }
}
