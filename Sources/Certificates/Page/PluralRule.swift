/// Which form of a message a number takes (Unicode CLDR, cardinal plurals, whole numbers only). A
/// catalogue names its rule under `language.plural`.
package enum PluralRule: String, CaseIterable, Sendable {
    /// English, German, Dutch, Italian, the Scandinavian languages, ...
    case one
    /// French, Portuguese of Brazil: nought is singular, too.
    case zeroOrOne = "zero-or-one"
    case polish
    /// Czech, Slovak.
    case czech
    /// Russian, Ukrainian.
    case eastSlavic = "east-slavic"
    /// Japanese, Chinese, ...: no plurals.
    case none

    /// The forms a message needs.
    package var categories: [String] {
        switch self {
        case .one, .zeroOrOne: ["one", "other"]
        case .czech: ["few", "one", "other"]
        case .polish, .eastSlavic: ["few", "many", "one"]
        case .none: ["other"]
        }
    }

    package func category(of count: Int) -> String {
        let number = count.magnitude
        let isFew = (2...4).contains(number % 10) && !(12...14).contains(number % 100)
        return switch self {
        case .one: number == 1 ? "one" : "other"
        case .zeroOrOne: number <= 1 ? "one" : "other"
        case .polish: number == 1 ? "one" : isFew ? "few" : "many"
        case .czech: number == 1 ? "one" : (2...4).contains(number) ? "few" : "other"
        case .eastSlavic:
            number % 10 == 1 && number % 100 != 11 ? "one" : isFew ? "few" : "many"
        case .none: "other"
        }
    }
}
