import Domain

/// 45 calendar days from the day of receipt, whatever verification takes; one extension to at most
/// 90 calendar days in total (11 CCR section 7021(b)).
package let ccpaClock = LegalClock(
    regime: .ccpa, title: "California Consumer Privacy Act",
    source: "11 CCR section 7021(b)",
    dueDate: { received, _ in received.adding(days: 45) },
    extendedDueDate: { received, _ in received.adding(days: 90) })
