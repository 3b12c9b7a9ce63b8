import Domain

/// One thing that was looked at when a certificate was checked. What does not hold is an error and ends
/// the check, so a finding never says `failed`.
package struct VerificationFinding: Codable, Sendable, Equatable {
    /// The raw values are permanent.
    package enum Check: String, Codable, CaseIterable, Sendable {
        /// Every signature by a key that was given, and as many as the certificate asks for.
        case signature
        /// The key was in force when it signed.
        case key
        /// The content is of the published form and supports what it claims.
        case content
        /// The certificate stands in the log that it names.
        case log
        /// It was not taken back.
        case revocation
        /// A model's files are those of the certificate.
        case model
        /// It is about the person of a receipt.
        case receipt
        /// A time-stamp is about this certificate.
        case timestamp

        /// Without it a certificate is not accepted; the others are made where something is given to
        /// make them with.
        package var isNeeded: Bool {
            switch self {
            case .signature, .key, .content, .log, .revocation: true
            case .model, .receipt, .timestamp: false
            }
        }
    }

    package let check: Check
    /// `passed` or `couldNotCheck`.
    package let outcome: CheckOutcome
    /// One sentence; what to do where it could not be checked.
    package let detail: String

    package init(_ check: Check, _ outcome: CheckOutcome, _ detail: String) {
        self.check = check
        self.outcome = outcome
        self.detail = detail
    }
}
