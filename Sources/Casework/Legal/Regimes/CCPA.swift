import Domain

/// 45 calendar days from the day of receipt, whatever verification takes; one extension to at most
/// 90 calendar days in total (11 CCR section 7021(b)). Receipt is confirmed within 10 business days
/// (section 7021(a)).
package let ccpaClock = LegalClock(
    regime: .ccpa, title: "California Consumer Privacy Act",
    source: "11 CCR section 7021",
    period: .days(45), extendedPeriod: .days(90), endRule: .never,
    provisions: .init(
        period: "11 CCR section 7021(b)", extended: "11 CCR section 7021(b)",
        end: "11 CCR section 7021(b)", confirmation: "11 CCR section 7021(a)"),
    startsWithWhatWasAskedFor: false, hasPauses: false, confirmationWorkingDays: 10)
