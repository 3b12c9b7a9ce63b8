import Domain
import TensorCore

/// Addresses put together from parts.
///
/// A street's name, or a city with its state, is another person's only where `sharedCount` people
/// have it, as often as they have it: a part that one person has could lead the model to that
/// person. The share of people whose part nobody else has is drawn from invented places instead.
/// Numbers and postcodes are drawn by character, a postcode from those of its state where there are
/// enough.
struct AddressSource: ValueSource {
    private let numbers: [String]
    private let streets: SharedParts
    private let units: SharedParts
    private let cities: SharedParts
    private let states: SharedParts
    private let postcodes: [(state: String, code: String)]
    private let withUnit: Bool

    private static let sharedCount = 5
    private static let statePostcodeCount = 10
    /// Share of people who must share their street's name, and their city, with enough others. Of
    /// more invented places a model tells true ones apart: of LUME's addresses, of which next to
    /// none share a part, byte statistics rank the true ones above 95 of 100 generated ones.
    private static let neededShare = 0.8
    /// Not a character of any address that is read: parts are cut at commas.
    private static let joint: Character = ","

    /// - Parameter known: addresses of one shape.
    /// - Returns: nil without an address, with too many parts that are not shared, or with units of
    ///   which no form is.
    init?(_ known: [String]) {
        let addresses = known.compactMap(AddressParts.init)
        guard let first = addresses.first else { return nil }
        numbers = addresses.compactMap { HouseNumber(street: $0.street)?.number }
        guard numbers.isEmpty || numbers.count == addresses.count else { return nil }
        streets = SharedParts(
            addresses.map { HouseNumber(street: $0.street)?.streetName ?? $0.street },
            sharedBy: Self.sharedCount)
        cities = SharedParts(
            addresses.map { "\($0.city)\(Self.joint)\($0.state)" }, sharedBy: Self.sharedCount)
        states = SharedParts(addresses.map(\.state), sharedBy: Self.sharedCount)
        postcodes = addresses.map { ($0.state, $0.postcode) }
        withUnit = first.unit != nil
        units = SharedParts(
            addresses.compactMap(\.unit).map(Self.unitForm), sharedBy: Self.sharedCount)
        guard streets.share >= Self.neededShare, cities.share >= Self.neededShare,
            !withUnit || !units.isEmpty
        else { return nil }
    }

    /// The words of a unit with `9` for each digit: `Apt. #99`.
    private static func unitForm(_ unit: String) -> String {
        String(unit.map { $0.isASCII && $0.isNumber ? "9" : $0 })
    }

    func draw(_ random: inout RandomNumbers) -> String {
        var street = streets.draw(&random) ?? InventedPlaces.street(&random)
        if !numbers.isEmpty {
            street = drawn(likeOneOf: numbers, &random) + " " + street
        }
        let place = (cities.draw(&random) ?? inventedCity(&random))
            .split(separator: Self.joint, maxSplits: 1).map(String.init)
        let (city, state) = (place.first ?? "", place.last ?? "")
        var parts = [street]
        if withUnit {
            let form = units.drawShared(&random) ?? ""
            parts.append(
                String(form.map { $0 == "9" ? Character("\(random.integer(below: 10))") : $0 }))
        }
        let own = postcodes.filter { $0.state == state }
        let codes = (own.count >= Self.statePostcodeCount ? own : postcodes).map(\.code)
        parts += [city, state, drawn(likeOneOf: codes, &random)]
        return parts.joined(separator: ", ")
    }

    private func inventedCity(_ random: inout RandomNumbers) -> String {
        let state = states.drawShared(&random) ?? InventedPlaces.state(&random)
        return "\(InventedPlaces.city(&random))\(Self.joint)\(state)"
    }

    /// A number of the form of one of these.
    private func drawn(likeOneOf known: [String], _ random: inout RandomNumbers) -> String {
        let shape = characterClasses(of: known[random.integer(below: known.count)])
        let alike = known.filter { characterClasses(of: $0) == shape }
        return CharacterSource(alike, shape: shape).draw(&random)
    }
}

/// Parts of addresses, told apart by how many people have them.
struct SharedParts: Sendable {
    /// Of everybody who shares theirs with enough others; in the order of the people.
    private let shared: [String]
    private let count: Int

    var isEmpty: Bool { shared.isEmpty }
    /// Of the people whose parts are shared.
    var share: Double { Double(shared.count) / Double(max(1, count)) }

    init(_ parts: [String], sharedBy needed: Int) {
        let counts = parts.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        shared = parts.filter { counts[$0] ?? 0 >= needed }
        count = parts.count
    }

    /// - Returns: nil as often as people's parts are not shared.
    func draw(_ random: inout RandomNumbers) -> String? {
        let pick = random.integer(below: max(1, count))
        return shared.indices.contains(pick) ? shared[pick] : nil
    }

    /// - Returns: nil if nobody shares theirs.
    func drawShared(_ random: inout RandomNumbers) -> String? {
        shared.isEmpty ? nil : shared[random.integer(below: shared.count)]
    }
}
