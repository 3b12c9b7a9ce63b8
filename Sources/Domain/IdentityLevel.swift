/// How it was made sure that a request comes from the person, weakest first. The raw values are
/// permanent.
package enum IdentityLevel: String, CaseIterable, Codable, Sendable, Comparable {
    case unverified
    /// Somebody who reads the person's mailbox answered.
    case emailControl = "email-control"
    /// The request was signed with a key that the controller knows.
    case authenticatedRequest = "authenticated-request"
    /// The person logged in to an account.
    case accountLogin = "account-login"
    /// Somebody who showed a power of attorney.
    case authorisedAgent = "authorised-agent"
    /// A document was seen.
    case document

    /// Position among all levels, from 0.
    package var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    package static func < (a: IdentityLevel, b: IdentityLevel) -> Bool { a.rank < b.rank }
}
