import Casework
import Domain
import Foundation
import Testing

@Suite struct HolidayCalendarTests {
    static let laender = [
        "BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST",
        "TH",
    ].map { "DE-" + $0 }

    @Test("There is a calendar for each member state, German Land, UK nation and the United States")
    func complete() throws {
        let members = [
            "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
            "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
        ]
        #expect(members.count == 27)
        #expect(
            Set(builtinCalendars.map(\.id))
                == Set(members + Self.laender + ["GB-ENG", "GB-NIR", "GB-SCT", "GB-WLS", "US"]))
        for item in builtinCalendars {
            let calendar = try item.calendar()
            #expect(calendar.id == item.id)
            #expect(calendar.years == 2024...2030)
            #expect(calendar.digest == Digest(of: item.data))
            for year in 2024...2030 {
                #expect(calendar.holidays.contains { $0.year == year })
            }
        }
    }

    @Test("Days that everybody knows are in them")
    func known() throws {
        // The date, where it is one, and where it is not.
        let rows = [
            ("2026-10-03", "DE", "FR"), ("2026-07-14", "FR", "DE"), ("2026-04-06", "DE", "PT"),
            ("2026-07-12", "GB-NIR", "GB-ENG"), ("2026-11-30", "GB-SCT", "GB-WLS"),
            ("2026-11-26", "US", "GB-ENG"), ("2025-05-05", "GB-ENG", "DE"),
            ("2026-05-30", "HR", "AT"), ("2028-06-24", "SE", "IE"), ("2029-03-15", "HU", "RO"),
        ]
        for (day, place, other) in rows {
            let date = try #require(CivilDate(day))
            #expect(try WorkingCalendar.named(place).holidays.contains(date), "\(day) \(place)")
            #expect(!(try WorkingCalendar.named(other).holidays.contains(date)), "\(day) \(other)")
        }
    }

    @Test("Each German Land has the federal holidays and those of its own law")
    func germanLaender() throws {
        #expect(Self.laender.count == 16)
        let federal = try WorkingCalendar.named("DE").holidays
        // The laws on holidays of the Länder: a day, and all the Länder that have it.
        let rows: [(String, String?)] = [
            ("2026-01-06", "BW BY ST"), ("2026-03-08", "BE MV"), ("2026-04-05", "BB"),
            ("2026-06-04", "BW BY HE NW RP SL"), ("2026-08-15", "SL"), ("2026-09-20", "TH"),
            ("2026-10-31", "BB HB HH MV NI SH SN ST TH"), ("2026-11-01", "BW BY NW RP SL"),
            ("2026-11-18", "SN"), ("2025-05-08", "BE"), ("2026-05-08", ""), ("2026-10-03", nil),
        ]
        for id in Self.laender {
            let calendar = try WorkingCalendar.named(id)
            #expect(federal.isSubset(of: calendar.holidays), "\(id)")
            for (day, places) in rows {
                let date = try #require(CivilDate(day))
                let expected = places.map {
                    $0.split(separator: " ").contains { id.hasSuffix("-\($0)") }
                }
                #expect(
                    calendar.holidays.contains(date) == (expected ?? true), "\(day) \(id)")
            }
        }
    }

    @Test("An unknown calendar is refused with the nearest name, none means weekends alone")
    func unknown() throws {
        #expect(try WorkingCalendar.named(nil) == WorkingCalendar())
        let error = #expect(throws: DomainError.self) { try WorkingCalendar.named("GB-ENQ") }
        #expect(error?.remedy == "Did you mean \"GB-ENG\"?")
    }

    @Test("A file in another form is refused with its line")
    func malformed() throws {
        let good = "lethe-holidays 1\nid X\nname Y\nsource z\n2024 01-01 12-25\n2025 01-01\n"
        let read = try WorkingCalendar(parsing: Data(good.utf8))
        #expect(read.holidays.count == 3)
        let bad: [(String, String)] = [
            ("lethe-holidays 1", "lethe-holidays 2"), ("name Y\n", ""), ("2025", "2026"),
            ("01-01 12-25", "12-25 01-01"), ("12-25", "02-30"), ("12-25", "12/25"),
            ("2025 01-01\n", "2025 01-01"), ("12-25", "01-01"),
        ]
        for (old, new) in bad {
            let text = good.replacingOccurrences(of: old, with: new)
            let error = caseworkError { _ = try WorkingCalendar(parsing: Data(text.utf8)) }
            #expect(error?.code == .malformedCalendar, "\(new)")
            #expect(error?.details["line"] != nil)
        }
    }
}
