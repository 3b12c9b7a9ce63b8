import Domain

/// What is known of a certificate beyond itself when its page is made. A page is as old as it is; what
/// happens later only a look into the issuer's list or log can tell.
package enum CertificateStanding: Sendable, Equatable {
    /// Nothing was looked up.
    case unknown
    /// Not revoked and not superseded, by what was looked up at this time.
    case good(asOf: Timestamp)
    /// - reason: as the revocation words it; shown as text.
    case revoked(at: Timestamp, reason: String)
    /// By the certificate whose signed content has this digest.
    case superseded(by: Digest)
}
