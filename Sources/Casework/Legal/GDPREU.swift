import Domain

/// One month from receipt, two further months on extension (GDPR Art. 12(3)), counted as Regulation
/// (EEC, Euratom) 1182/71 Art. 3 says: the period ends with the day of the same date, or the last
/// day of a month that has no such date; if that is a Saturday, Sunday or public holiday, with the
/// following working day. The extended period is counted from receipt, not from the first end.
package let gdprEUClock = LegalClock(
    regime: .gdprEU, title: "General Data Protection Regulation (EU)",
    source: "Regulation (EU) 2016/679 Art. 12(3); Regulation 1182/71 Art. 3",
    dueDate: { $1.workingDay(onOrAfter: $0.adding(months: 1)) },
    extendedDueDate: { $1.workingDay(onOrAfter: $0.adding(months: 3)) })
