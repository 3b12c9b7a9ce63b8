/// Names of months as they stand in folded text: full names and usual abbreviations.
enum MonthNames {
    /// One language a line, January first; forms of one month are separated by `|`.
    private static let languages = [
        // English, German (with Austrian names), Dutch.
        "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug "
            + "september|sept|sep october|oct november|nov december|dec",
        "januar|jänner|jän februar|feber märz|mrz april mai juni juli august september "
            + "oktober|okt november dezember|dez",
        "januari februari maart|mrt april mei juni juli augustus september oktober november "
            + "december",
        // French, Spanish, Italian, Portuguese.
        "janvier|janv février|févr|fév mars avril|avr mai juin juillet|juil août septembre "
            + "octobre novembre décembre|déc",
        "enero|ene febrero marzo abril|abr mayo junio julio agosto|ago septiembre|setiembre "
            + "octubre noviembre diciembre|dic",
        "gennaio|gen febbraio|febbr marzo aprile maggio|mag giugno|giu luglio|lug agosto "
            + "settembre|sett|set ottobre|ott novembre dicembre",
        "janeiro fevereiro|fev março abril maio junho julho agosto setembro outubro|out "
            + "novembro dezembro",
        // Danish and Norwegian, Swedish, Polish and Russian in the genitive.
        "januar februar marts|mars april maj|mai juni juli august september oktober november "
            + "december|desember|des",
        "januari februari mars april maj juni juli augusti september oktober november december",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września "
            + "października listopada grudnia",
        "января|янв февраля|фев марта|мар апреля|апр мая|май июня|июн июля|июл августа|авг "
            + "сентября|сен октября|окт ноября|ноя декабря|дек",
    ]

    static let number: [String: Int] = {
        var numbers: [String: Int] = [:]
        for language in languages {
            for (index, month) in language.split(separator: " ").enumerated() {
                for form in month.split(separator: "|") {
                    numbers[IdentifierForms.folded(String(form))] = index + 1
                }
            }
        }
        return numbers
    }()

    /// Bytes of the shortest and longest name.
    static let byteCounts = 3...24

    /// Words between the parts of a date: `31st of December`, `31 de diciembre del 1984`,
    /// `December the 31st`.
    static let connectors: Set<String> = ["of", "the", "day", "de", "del", "di", "den"]

    /// What follows the digits of a day: English, French, Dutch, Italian and Spanish.
    static let daySuffixes: Set<String> = ["", "st", "nd", "rd", "th", "er", "e", "o", "a", "ro"]
}
