import Domain

/// Says of every date of a case by which rule it came.
struct DeadlineWords {
    let clock: LegalClock
    let calendar: WorkingCalendar
    let zone: ControllerZone
    let facts: ClockFacts

    func dates(
        receivedAt: Timestamp, start: CivilDate, startRule: StartRule, pausedDays: Int,
        due: CivilDate, extendedDue: CivilDate, confirm: CivilDate?, warning: CivilDate
    ) -> [ExplainedDate] {
        var dates = [received(receivedAt)]
        if startRule != .receipt { dates.append(started(start, startRule)) }
        if let confirm, let provision = clock.provisions.confirmation {
            let count = clock.confirmationWorkingDays ?? 0
            dates.append(
                ExplainedDate(
                    id: "confirm-receipt", date: confirm,
                    sentence: "Receipt is to be confirmed by \(confirm.inWords): \(count) business "
                        + "days after receipt (\(provision))."))
        }
        dates.append(
            ExplainedDate(
                id: "warning", date: warning,
                sentence: "From \(warning.inWords) on it is late to begin: "
                    + (warning == due
                        ? "the due day itself." : "28 days after the start, a line for planning.")))
        dates.append(
            ExplainedDate(
                id: "due", date: due,
                sentence: sentence(
                    "Due on", due, clock.period, clock.provisions.period, start, startRule,
                    pausedDays)))
        dates.append(longer(extendedDue, due, start, startRule, pausedDays))
        return dates
    }

    private func received(_ time: Timestamp) -> ExplainedDate {
        let date = zone.date(of: time)
        var sentence =
            "Received on \(date.inWords) at the controller's place (\(zone.id), "
            + "\(zone.offsetText(at: time)))"
        if facts.earlierReceipt != nil {
            sentence += ", earlier than it came to the desk, by evidence that is on record"
        }
        return ExplainedDate(id: "received", date: date, sentence: sentence + ".")
    }

    private func started(_ date: CivilDate, _ rule: StartRule) -> ExplainedDate {
        let because: String
        switch rule {
        case .receipt: because = "the request was received"
        case .reopening: because = "the cause of re-opening the case became known"
        case .identity:
            because = "the identity information asked for came (\(clock.provisions.start ?? ""))"
        case .fee: because = "the fee asked for was paid (\(clock.provisions.start ?? ""))"
        }
        return ExplainedDate(
            id: "start", date: date,
            sentence: "The clock starts on \(date.inWords), when \(because).")
    }

    private func longer(
        _ date: CivilDate, _ due: CivilDate, _ start: CivilDate, _ rule: StartRule, _ paused: Int
    ) -> ExplainedDate {
        guard let notice = facts.extended else {
            return ExplainedDate(
                id: "extended-due", date: date,
                sentence:
                    "With an extension due on \(date.inWords): \(clock.extendedPeriod.inWords) "
                    + "from \(from(rule)), if the person is told the reasons by \(due.inWords) "
                    + "(\(clock.provisions.extended)).")
        }
        return ExplainedDate(
            id: "extended-due", date: date,
            sentence: sentence(
                "Extended by notice of \(zone.date(of: notice.givenAt)), now due on", date,
                clock.extendedPeriod, clock.provisions.extended, start, rule, paused))
    }

    private func from(_ rule: StartRule) -> String { rule == .receipt ? "receipt" : "the start" }

    private func sentence(
        _ opening: String, _ date: CivilDate, _ period: Period, _ provision: String,
        _ start: CivilDate, _ rule: StartRule, _ pausedDays: Int
    ) -> String {
        var text =
            "\(opening) \(date.inWords): \(period.inWords) from \(from(rule)) (\(provision))"
        let end = period.end(after: start)
        if case .months = period, end.day != start.day {
            text += ", the last day of a month that has no day \(start.day)"
        }
        let plain = end.adding(days: pausedDays)
        if pausedDays > 0 {
            text +=
                ", and \(counted(pausedDays, "day")) on which the clock stood still"
                + (clock.provisions.pause.map { " (\($0))" } ?? "")
        }
        if plain != date {
            text +=
                "; that would be \(plain.inWords)\(holiday(plain)), so the next working day counts "
                + "(\(clock.provisions.end))"
        } else if !plain.isWeekend, !calendar.isWorkingDay(plain) {
            text += "; it is a holiday, and the period is not moved over it"
        }
        text += "."
        if clock.moves(calendar), !calendar.covers(date) {
            text +=
                " The calendar \(calendar.id ?? "") does not cover \(date.year): only weekends "
                + "were counted."
        }
        if let waitsFor = facts.waitsFor(clock) {
            text += " Provisional: the clock waits for \(waitsFor)."
        }
        return text
    }

    private func holiday(_ date: CivilDate) -> String {
        date.isWeekend ? "" : ", a public holiday (\(calendar.name))"
    }
}
