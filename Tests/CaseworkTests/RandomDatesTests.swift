import Casework
import Domain
import Foundation
import TestSupport
import Testing

/// 4 000 random moments of receipt for each regime, counted by Python's dateutil and holidays.
@Suite struct RandomDatesTests {
    /// The zone each calendar was combined with; the generator has the same table.
    static let zones: [String: String] = [
        "AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia",
        "HR": "Europe/Zagreb", "CY": "Asia/Nicosia", "CZ": "Europe/Prague",
        "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn", "FI": "Europe/Helsinki",
        "FR": "Europe/Paris", "DE": "Europe/Berlin", "GR": "Europe/Athens",
        "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IT": "Europe/Rome", "LV": "Europe/Riga",
        "LT": "Europe/Vilnius", "LU": "Europe/Luxembourg", "MT": "Europe/Malta",
        "NL": "Europe/Amsterdam", "PL": "Europe/Warsaw", "PT": "Europe/Lisbon",
        "RO": "Europe/Bucharest", "SK": "Europe/Bratislava", "SI": "Europe/Ljubljana",
        "ES": "Europe/Madrid", "SE": "Europe/Stockholm", "GB-ENG": "Europe/London",
        "GB-NIR": "Europe/London", "GB-SCT": "Europe/London", "GB-WLS": "Europe/London",
        "US": "America/Los_Angeles", "-": "UTC",
    ]

    @Test(
        "Every deadline is the one Python's dateutil and holidays give", arguments: Regime.allCases)
    func published(regime: Regime) throws {
        let clock = try LegalClock.of(regime)
        var calendars: [String: WorkingCalendar] = ["-": WorkingCalendar()]
        for item in builtinCalendars { calendars[item.id] = try item.calendar() }
        let url = Fixtures.root.appendingPathComponent("casework/random-\(regime.rawValue).txt")
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst()
        #expect(lines.count == 4_000)
        var used: Set<String> = []
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            let calendar = try #require(calendars[words[1]])
            let zone = try #require(Self.zones[words[1]].flatMap { ControllerZone(id: $0) })
            let seconds = try #require(Int64(words[0]))
            func moment(_ word: String) throws -> Timestamp {
                Timestamp(secondsSince1970: seconds + (try #require(Int64(word))))
            }
            used.insert(words[1])
            let received = Timestamp(secondsSince1970: seconds)
            var facts = ClockFacts(receivedAt: received, zone: zone, calendar: calendar)
            let first = clock.deadline(
                receivedAt: received, facts: facts, calendar: calendar, now: received)
            #expect(first.dueAt == (try moment(words[2])), "\(line)")
            facts.extended = ClockExtension(givenAt: received, reason: "many", actor: "ada")
            let second = clock.deadline(
                receivedAt: received, facts: facts, calendar: calendar, now: received)
            #expect(second.dueAt == (try moment(words[3])), "\(line)")
            if words.count > 4 {
                let confirm = try #require(first.confirmReceipt)
                #expect(zone.lastSecond(of: confirm) == (try moment(words[4])), "\(line)")
            } else {
                #expect(first.confirmReceipt == nil)
            }
        }
        #expect(used.count == [.gdprEU: 28, .gdprUK: 5, .ccpa: 2][regime])
    }
}
