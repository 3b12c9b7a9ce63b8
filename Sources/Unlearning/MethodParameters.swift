import Domain
import Foundation

/// One parameter of a method, as operators see it.
package struct ParameterDescription: Codable, Sendable, Equatable {
    /// Kebab-case, as written in policies and `--set`.
    package let name: String
    package let defaultValue: Double
    package let meaning: String
    /// In words, e.g. `in (0, 1]`.
    package let range: String
    /// Where the default comes from.
    package let source: String
    private let lower: Double
    private let upper: Double
    private let isWhole: Bool

    private enum CodingKeys: String, CodingKey {
        case name, meaning, range, source, lower, upper, isWhole
        case defaultValue = "default"
    }

    package init(
        _ name: String, _ defaultValue: Double, in range: ClosedRange<Double>,
        isWhole: Bool = false, _ meaning: String, source: String
    ) {
        self.name = name
        self.defaultValue = defaultValue
        self.meaning = meaning
        self.source = source
        self.isWhole = isWhole
        lower = range.lowerBound
        upper = range.upperBound
        let kind = isWhole ? "a whole number" : "a number"
        self.range = "\(kind) in [\(range.lowerBound), \(range.upperBound)]"
    }

    func accepts(_ value: Double) -> Bool {
        value.isFinite && value >= lower && value <= upper
            && (!isWhole || value == value.rounded())
    }
}

/// The values a method runs with: every declared parameter, its default where nothing else is given.
package struct MethodParameters: Sendable, Equatable {
    package let values: [String: Double]

    /// - Throws: `unknown-parameter` listing the known ones; `parameter-out-of-range`.
    package init(
        _ given: [String: Double], descriptions: [ParameterDescription], method: String
    ) throws {
        var values = Dictionary(
            uniqueKeysWithValues: descriptions.map { ($0.name, $0.defaultValue) })
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            guard let description = descriptions.first(where: { $0.name == name }) else {
                let known = descriptions.map(\.name)
                throw UnlearningError(
                    .unknownParameter,
                    "\(method) has no parameter \"\(name)\". Known: "
                        + (known.isEmpty ? "none" : known.joined(separator: ", ")) + ".",
                    details: ["method": method, "parameter": name],
                    remedy: nearestName(to: name, among: known).map { "Did you mean \"\($0)\"?" })
            }
            guard description.accepts(value) else {
                throw UnlearningError(
                    .parameterOutOfRange,
                    "\(method): \(name) is \(value); it must be \(description.range).",
                    details: ["method": method, "parameter": name])
            }
            values[name] = value
        }
        self.values = values
    }

    /// The value of a declared parameter.
    subscript(name: String) -> Double { values[name] ?? .nan }
    func integer(_ name: String) -> Int { Int(self[name]) }
}
