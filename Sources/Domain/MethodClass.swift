/// The guarantee an unlearning method gives. The raw values are permanent.
package enum MethodClass: String, Codable, CaseIterable, Sendable {
    case exact, approximate
    /// Hides what was learned behind other answers; the weights may still hold it.
    case suppression
    /// Changes nothing; exists to show that verification fails then. Never certified.
    case control

    /// Whether a result of this class can be certified as a deletion at all.
    package var isCertifiable: Bool { self == .exact || self == .approximate }

    /// For people, as it stands at the head of a certificate.
    package var text: String {
        switch self {
        case .exact: "exactly retrained"
        case .approximate: "approximately unlearned"
        case .suppression: "answers suppressed, not unlearned"
        case .control: "not unlearned"
        }
    }
}
