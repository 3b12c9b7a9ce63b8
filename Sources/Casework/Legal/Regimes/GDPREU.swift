import Domain

/// One month from receipt, two further months on extension (GDPR Art. 12(3)), counted as Regulation
/// (EEC, Euratom) 1182/71 Art. 3 says: the period ends with the day of the same date, or the last
/// day of a month that has no such date; if that is a Saturday, Sunday or public holiday, with the
/// following working day. The extended period is counted from receipt, not from the first end.
/// Asking for identity information or a fee does not move the start.
package let gdprEUClock = LegalClock(
    regime: .gdprEU, title: "General Data Protection Regulation (EU)",
    source: "Regulation (EU) 2016/679 Art. 12(3); Regulation 1182/71 Art. 3",
    period: .months(1), extendedPeriod: .months(3), endRule: .nextWorkingDay,
    provisions: .init(
        period: "GDPR Art. 12(3)", extended: "GDPR Art. 12(3)",
        end: "Regulation 1182/71 Art. 3(4)"),
    startsWithWhatWasAskedFor: false, hasPauses: false, confirmationWorkingDays: nil)
