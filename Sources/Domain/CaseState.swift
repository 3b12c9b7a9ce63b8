/// The states of a deletion case. The raw values are permanent; which change is allowed from where
/// stands in one table in the module `Casework`.
package enum CaseState: String, CaseIterable, Codable, Sendable {
    case received, scoped, unlearned, verified, certified
    case awaitingClarification = "awaiting-clarification"
    case awaitingIdentity = "awaiting-identity"
    case failedVerification = "failed-verification"
    case onHold = "on-hold"
    case refused, withdrawn, superseded, reopened

    /// The case is closed: nothing runs and no deadline applies. Only an operator's decision to open
    /// it again leads out.
    package var isFinal: Bool {
        switch self {
        case .certified, .refused, .withdrawn, .superseded: true
        default: false
        }
    }
}

/// A case's id: short, typable and in order of arrival within a year, `C-2026-0007`.
package struct CaseID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let year: Int
    package let number: Int

    package init(year: Int, number: Int) {
        self.year = year
        self.number = number
    }

    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        func isNumber(_ part: Substring) -> Bool {
            !part.isEmpty && part.utf8.allSatisfy { (48...57).contains($0) }
        }
        guard parts.count == 3, parts[0] == "C" || parts[0] == "c", parts[1].count == 4,
            isNumber(parts[1]), isNumber(parts[2]), let year = Int(parts[1]),
            let number = Int(parts[2]), year > 0, number > 0
        else { return nil }
        self.init(year: year, number: number)
    }

    package var description: String {
        let text = String(number)
        return "C-\(year)-" + String(repeating: "0", count: max(0, 4 - text.count)) + text
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = CaseID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a case id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package static func < (a: CaseID, b: CaseID) -> Bool {
        (a.year, a.number) < (b.year, b.number)
    }
}
