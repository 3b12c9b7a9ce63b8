import Domain

/// One month beginning with the relevant time, two further months on extension (UK GDPR Art. 12(3)
/// and 12A). The relevant time is the latest of receipt, the requested proof of identity and a fee;
/// whoever records one of the later two gives that as the time of receipt. The end is not moved over
/// weekends: the earlier day is the safe one where guidance would allow the next working day.
package let gdprUKClock = LegalClock(
    regime: .gdprUK, title: "UK General Data Protection Regulation",
    source: "UK GDPR Art. 12(3), 12A, as amended by the Data (Use and Access) Act 2025",
    dueDate: { received, _ in received.adding(months: 1) },
    extendedDueDate: { received, _ in received.adding(months: 3) })
