import TensorCore

/// Names of streets and towns made of common name parts, for addresses of nobody. Some will exist
/// somewhere; none is taken from a corpus.
enum InventedPlaces {
    static func street(_ random: inout RandomNumbers) -> String {
        let name =
            random.integer(below: 3) == 0
            ? pick(streetWords, &random)
            : pick(firstParts, &random) + pick(streetEndings, &random)
        return name + " " + pick(ways, &random)
    }

    static func city(_ random: inout RandomNumbers) -> String {
        let name = pick(firstParts, &random) + pick(cityEndings, &random)
        return random.integer(below: 5) == 0 ? pick(adjectives, &random) + " " + name : name
    }

    static func state(_ random: inout RandomNumbers) -> String { pick(states, &random) }

    private static func pick(_ items: [String], _ random: inout RandomNumbers) -> String {
        items[random.integer(below: items.count)]
    }

    private static let firstParts = [
        "Alder", "Amber", "Ash", "Barley", "Beacon", "Birch", "Black", "Blue", "Bram", "Bridge",
        "Brook", "Cedar", "Clay", "Clear", "Copper", "Cran", "Dun", "Eagle", "East", "Elm", "Fair",
        "Fern", "Flint", "Fox", "Glen", "Gold", "Gran", "Green", "Hart", "Hazel", "Heather",
        "Holly", "Iron", "Kings", "Lake", "Lang", "Lin", "Long", "Maple", "Marsh", "Mead", "Mill",
        "Moor", "North", "Oak", "Orchard", "Pine", "Red", "River", "Rock", "Rose", "Sand",
        "Shep", "Silver", "Spring", "Stan", "Stone", "Sun", "Thorn", "Walnut", "Wheat", "White",
        "Willow", "Winter", "Wood",
    ]
    private static let streetEndings = [
        "brook", "crest", "dale", "field", "gate", "grove", "haven", "hill", "hurst", "land",
        "ridge", "side", "stone", "view", "water", "wood",
    ]
    private static let streetWords = [
        "Academy", "Canal", "Chapel", "Chestnut", "Church", "College", "Crescent", "Garden",
        "Harbor", "Highland", "Juniper", "Liberty", "Main", "Market", "Meadow", "Mulberry",
        "Orchard", "Park", "Prospect", "School", "Summit", "Sycamore", "Union", "Valley",
    ]
    private static let ways = [
        "Avenue", "Court", "Drive", "Lane", "Place", "Road", "Street", "Terrace", "Trail", "Way",
    ]
    private static let cityEndings = [
        "borough", "bridge", "burg", "bury", "dale", "field", "ford", "ham", "haven", "hurst",
        "land", "mont", "mouth", "port", "ridge", "ton", "vale", "view", "ville", "wick", "wood",
    ]
    private static let adjectives = ["East", "Fort", "Lake", "Mount", "New", "North", "South"]
    private static let states = [
        "AL", "AR", "AZ", "CA", "CO", "CT", "FL", "GA", "IA", "ID", "IL", "IN", "KS", "KY", "LA",
        "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV",
        "NY", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI",
        "WV", "WY",
    ]
}
