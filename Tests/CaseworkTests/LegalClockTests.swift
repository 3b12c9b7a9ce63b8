import Casework
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct LegalClockTests {
    static func date(_ text: Substring) throws -> CivilDate {
        try #require(CivilDate(String(text)))
    }

    @Test("Every regime has exactly one clock")
    func everyRegime() {
        #expect(
            builtinRegimes.map(\.regime.rawValue).sorted()
                == Regime.allCases.map(\.rawValue).sorted())
    }

    @Test("One month ends on the same date, the month's last day or the next working day")
    func table() throws {
        // Receipt, one month, the working day it is moved to, three months before any move.
        let rows = [
            ("2026-01-31", "2026-02-28", "2026-03-02", "2026-04-30"),
            ("2024-01-31", "2024-02-29", "2024-02-29", "2024-04-30"),
            ("2026-08-31", "2026-09-30", "2026-09-30", "2026-11-30"),
            ("2026-11-30", "2026-12-30", "2026-12-30", "2027-02-28"),
            ("2025-12-31", "2026-01-31", "2026-02-02", "2026-03-31"),
        ]
        for (receipt, month, due, extended) in rows {
            let received = try Self.date(receipt[...])
            #expect(received.adding(months: 1).description == month)
            #expect(gdprEUClock.dueDate(received, WorkingCalendar()).description == due)
            #expect(received.adding(months: 3).description == extended)
        }
    }

    @Test("Public holidays move the end on, and there are none unless they are given")
    func holidays() throws {
        let received = try Self.date("2026-03-05")
        let easterMonday = WorkingCalendar(holidays: [try Self.date("2026-04-06")])
        #expect(gdprEUClock.dueDate(received, easterMonday).description == "2026-04-07")
        #expect(gdprEUClock.dueDate(received, WorkingCalendar()).description == "2026-04-06")
    }

    @Test("Due dates equal those of Python's calendar for 535 days of receipt")
    func published() throws {
        let url = Fixtures.root.appendingPathComponent("casework/deadlines.csv")
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst()
        #expect(lines.count == 535)
        let calendar = WorkingCalendar()
        for line in lines {
            let columns = try line.split(separator: ",").map(Self.date)
            let received = columns[0]
            let computed = [gdprEUClock, gdprUKClock, ccpaClock].flatMap {
                [$0.dueDate(received, calendar), $0.extendedDueDate(received, calendar)]
            }
            #expect(computed == Array(columns[1...]), "\(received)")
        }
    }

    @Test("The period ends with the last second of its last day, whenever on the day it began")
    func lastSecond() throws {
        for time in ["2026-03-05T00:00:00Z", "2026-03-05T23:59:59Z"] {
            let receivedAt = try #require(Timestamp(time))
            #expect(ccpaClock.dueAt(receivedAt: receivedAt).description == "2026-04-19T23:59:59Z")
            #expect(
                gdprUKClock.extendedDueAt(receivedAt: receivedAt).description
                    == "2026-06-05T23:59:59Z")
            #expect(
                gdprEUClock.warningAt(receivedAt: receivedAt).description
                    == "2026-04-02T23:59:59Z")
        }
    }
}
