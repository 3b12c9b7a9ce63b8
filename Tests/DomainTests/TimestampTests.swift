import Domain
import Foundation
import Testing

@Suite struct TimestampTests {
    /// Seconds and UTC texts by Python's datetime.
    private static let known: [(text: String, seconds: Int64, utc: String)] = [
        ("1970-01-01T00:00:00+00:00", 0, "1970-01-01T00:00:00Z"),
        ("1969-12-31T23:59:59+00:00", -1, "1969-12-31T23:59:59Z"),
        ("2000-02-29T12:00:00+00:00", 951_825_600, "2000-02-29T12:00:00Z"),
        ("1900-02-28T23:59:59+00:00", -2_203_891_201, "1900-02-28T23:59:59Z"),
        ("1900-03-01T00:00:00+00:00", -2_203_891_200, "1900-03-01T00:00:00Z"),
        ("2024-02-29T23:59:59+14:00", 1_709_200_799, "2024-02-29T09:59:59Z"),
        ("2026-03-05T09:14:00-11:30", 1_772_743_440, "2026-03-05T20:44:00Z"),
        ("2100-02-28T00:00:00+00:00", 4_107_456_000, "2100-02-28T00:00:00Z"),
        ("2100-03-01T00:00:00+00:00", 4_107_542_400, "2100-03-01T00:00:00Z"),
        ("0001-01-01T00:00:00+00:00", -62_135_596_800, "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59+00:00", 253_402_300_799, "9999-12-31T23:59:59Z"),
        ("2016-12-31T23:59:59+05:30", 1_483_208_999, "2016-12-31T18:29:59Z"),
        ("2026-12-31T23:30:00-01:00", 1_798_763_400, "2027-01-01T00:30:00Z"),
        ("1600-02-29T00:00:00+00:00", -11_670_998_400, "1600-02-29T00:00:00Z"),
    ]

    @Test("Times agree with Python", arguments: known)
    func timesAgreeWithPython(_ text: String, _ seconds: Int64, _ utc: String) throws {
        let time = try #require(Timestamp(text))
        #expect(time.secondsSince1970 == seconds)
        #expect(time.description == utc)
        #expect(Timestamp(utc) == time)
        #expect(time.dateText == String(utc.prefix(10)))
    }

    @Test(
        "Other forms of RFC 3339 are read",
        arguments: [
            ("2026-03-05", "2026-03-05T00:00:00Z"),
            ("2026-03-05t09:14:00z", "2026-03-05T09:14:00Z"),
            ("2026-03-05 09:14:00Z", "2026-03-05T09:14:00Z"),
            ("2026-03-05T09:14:00.999Z", "2026-03-05T09:14:00Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("2026-03-05T09:14:00-00:00", "2026-03-05T09:14:00Z"),
        ])
    func otherFormsOfRFC3339AreRead(_ text: String, _ utc: String) {
        #expect(Timestamp(text)?.description == utc)
    }

    @Test(
        "What is no time is refused",
        arguments: [
            "", "2026", "2026-3-5", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10",
            "2026-01-00", "2026-04-31", "2026-03-05T09:14Z", "2026-03-05T09:14:00",
            "2026-03-05T24:00:00Z", "2026-03-05T09:60:00Z", "2026-03-05T09:14:61Z",
            "2026-03-05T09:14:00.Z", "2026-03-05T09:14:00.5", "2026-03-05T09:14:00+0100",
            "2026-03-05T09:14:00+24:00", "2026-03-05T09:14:00+01:60", "2026-03-05T09:14:00Zz",
            "2026-03-05T", "2026-03-05X09:14:00Z", "+026-03-05", "２０２６-03-05", " 2026-03-05",
        ])
    func whatIsNoTimeIsRefused(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("Every day of four centuries has the next number")
    func everyDayOfFourCenturiesHasTheNextNumber() {
        var day = Timestamp.daysSince1970(1799, 12, 31)
        for year in 1800..<2200 {
            for month in 1...12 {
                for date in 1...Timestamp.dayCount(year, month) {
                    day += 1
                    guard Timestamp.daysSince1970(year, month, date) == day,
                        Timestamp.civilDate(day) == (year, month, date)
                    else {
                        Issue.record("\(year)-\(month)-\(date) is not day \(day)")
                        return
                    }
                }
            }
        }
        // Python: (date(2199, 12, 31) - date(1970, 1, 1)).days
        #expect(day == 84_005)
    }

    @Test("A time is coded as its text") func aTimeIsCodedAsItsText() throws {
        let time = Timestamp(secondsSince1970: 951_825_600)
        let data = try CanonicalJSON.compact([time])
        #expect(String(decoding: data, as: UTF8.self) == "[\"2000-02-29T12:00:00Z\"]")
        #expect(try CanonicalJSON.decode([Timestamp].self, from: data) == [time])
        #expect(throws: DomainError.self) {
            try CanonicalJSON.decode([Timestamp].self, from: Data("[\"soon\"]".utf8))
        }
    }

    @Test("Times are ordered and the fixed clock stands still")
    func timesAreOrderedAndTheFixedClockStandsStill() {
        let early = Timestamp(secondsSince1970: -5)
        let late = Timestamp(secondsSince1970: 5)
        #expect(early < late)
        #expect(FixedClock(late).now() == late)
        #expect(Timestamp(Date(timeIntervalSince1970: -0.5)).secondsSince1970 == -1)
        #expect(SystemClock().now() > late)
    }
}
