import Domain
import Foundation
import TestSupport
import Testing

/// Reads the reference values in `Tests/Fixtures/metrics`.
enum MetricFixture {
    static func json(_ name: String) throws -> JSONValue {
        let url = Fixtures.root.appendingPathComponent("metrics").appendingPathComponent(name)
        return try JSONParser.parse(try DurableFile.read(url))
    }

    /// One document per line.
    static func lines(_ name: String) throws -> [JSONValue] {
        let url = Fixtures.root.appendingPathComponent("metrics").appendingPathComponent(name)
        return try DurableFile.read(url).split(separator: 10).map { try JSONParser.parse($0) }
    }
}

extension JSONValue {
    var reals: [Double]? { items?.compactMap(\.real) }

    /// Follows keys from the root.
    func at(_ keys: String...) -> JSONValue? {
        keys.reduce(Optional(self)) { $0?[$1] }
    }
}

/// `#require` within another one, which does not allow its like.
func unwrapped<Value>(_ value: Value?) throws -> Value { try #require(value) }
