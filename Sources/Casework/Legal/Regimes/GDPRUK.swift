import Domain

/// One month beginning with the relevant time, two further months on extension (UK GDPR Art. 12(3)
/// and 12A). The relevant time is the latest of receipt, the requested proof of identity and a fee;
/// while information to find the data was asked for, the clock stands still. Without a calendar the
/// end is not moved over weekends: the earlier day is the safe one. A controller that names its
/// nation's calendar takes the next working day, as the ICO's guidance allows.
package let gdprUKClock = LegalClock(
    regime: .gdprUK, title: "UK General Data Protection Regulation",
    source: "UK GDPR Art. 12(3), 12A, as amended by the Data (Use and Access) Act 2025",
    period: .months(1), extendedPeriod: .months(3), endRule: .nextWorkingDayWithCalendar,
    provisions: .init(
        period: "UK GDPR Art. 12A", extended: "UK GDPR Art. 12A",
        end: "ICO guidance on time limits", start: "UK GDPR Art. 12A", pause: "UK GDPR Art. 12A"),
    startsWithWhatWasAskedFor: true, hasPauses: true, confirmationWorkingDays: nil)
