import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct GroundsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grounds", abstract: "Lists the grounds for erasure and for refusal.",
        discussion: """
            Grounds that fit parts may be given for single records (`lethe case exempt`).

            Examples:
              lethe grounds
              lethe grounds --regime ccpa --json
            """)
    @OptionGroup var options: GlobalOptions
    @Option(help: "Only those that this law knows: gdpr-eu, gdpr-uk or ccpa.") var regime: String?

    private struct Row: Encodable {
        let id: String
        /// `erasure` or `refusal`.
        let use: String
        /// Of a refusal, as other systems are told.
        let kind: RefusalKind?
        let regimes: [Regime]
        let article: String
        let sentence: String
        let fitsParts: Bool
        let duties: [String]
    }

    func run() throws {
        let wanted = try regime.map {
            try lookUp($0, in: Regime.allCases, kind: "regime", by: \.rawValue)
        }
        let erasing: [Row] = builtinErasureGrounds.map {
            Row(
                id: $0.id, use: "erasure", kind: nil, regimes: [.gdprEU, .gdprUK],
                article: $0.article, sentence: $0.sentence, fitsParts: false, duties: [])
        }
        let refusing: [Row] = builtinRefusalGrounds.map {
            Row(
                id: $0.id, use: "refusal", kind: $0.kind, regimes: $0.regimes, article: $0.article,
                sentence: $0.sentence, fitsParts: $0.fitsParts, duties: $0.duties)
        }
        let rows = (erasing + refusing).filter { row in
            wanted.map { row.regimes.contains($0) } ?? true
        }
        try options.emit(Listing("grounds", rows)) {
            Terminal.table(
                ["ID", "FOR", "ARTICLE", "PARTS", "IF"],
                rows.map { [$0.id, $0.use, $0.article, $0.fitsParts ? "yes" : "-", $0.sentence] })
        }
    }
}

struct CalendarsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendars", abstract: "Shows the calendars of public holidays.",
        subcommands: [CalendarsList.self, CalendarsShow.self], defaultSubcommand: CalendarsList.self
    )
}

private struct CalendarRow: Encodable {
    let id: String
    let name: String
    let firstYear: Int?
    let lastYear: Int?
    let digest: Digest?

    init(_ calendar: WorkingCalendar) {
        id = calendar.id ?? ""
        name = calendar.name
        firstYear = calendar.years?.lowerBound
        lastYear = calendar.years?.upperBound
        digest = calendar.digest
    }

    var years: String { "\(firstYear ?? 0)-\(lastYear ?? 0)" }
}

struct CalendarsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the built-in calendars.",
        discussion:
            "Of countries, German Länder and UK nations. A policy names one as `calendar`.")
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let rows = try builtinCalendars.map { CalendarRow(try $0.calendar()) }
        try options.emit(Listing("calendars", rows)) {
            Terminal.table(
                ["ID", "PLACE", "YEARS", "SHA-256"],
                rows.map { [$0.id, $0.name, $0.years, $0.digest?.short ?? "-"] })
        }
    }
}

struct CalendarsShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows the holidays of a calendar, and its file's digest.",
        discussion: "Example:\n  lethe calendars show DE --year 2026")
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Id, from `lethe calendars`.") var id: String
    @Option(help: "Only this year.") var year: Int?

    private struct Result: Encodable {
        let schema = "lethe.calendar.v1"
        let calendar: CalendarRow
        let holidays: [CivilDate]
    }

    func run() throws {
        let calendar = try WorkingCalendar.named(id)
        let result = Result(
            calendar: CalendarRow(calendar),
            holidays: calendar.holidays.sorted().filter { $0.year == year ?? $0.year })
        try options.emit(result) {
            "\(result.calendar.id)  \(calendar.name), \(result.calendar.years)\n"
                + "SHA-256 \(calendar.digest?.hexadecimal ?? "-")\n"
                + result.holidays.map { "\($0.inWords)\n" }.joined()
        }
    }
}
