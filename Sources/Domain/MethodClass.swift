/// The guarantee an unlearning method gives. The raw values are permanent.
package enum MethodClass: String, Codable, CaseIterable, Sendable {
    case exact, approximate
    /// Changes nothing; exists to show that verification fails then. Never certified.
    case control

    /// For people, as it stands at the head of a certificate.
    package var text: String {
        switch self {
        case .exact: "exactly retrained"
        case .approximate: "approximately unlearned"
        case .control: "not unlearned"
        }
    }
}
