/// How a message was signed. The raw values are permanent.
package enum SignatureScheme: String, CaseIterable, Codable, Sendable {
    /// Ed25519 (RFC 8032); `EdDSA` in JSON web tokens.
    case ed25519
    /// ECDSA over P-256 with SHA-256 (FIPS 186); `ES256` in JSON web tokens.
    case ecdsaP256 = "ecdsa-p256-sha256"
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017); `RS256` in JSON web tokens.
    case rsaPKCS1 = "rsa-pkcs1-sha256"
    /// A secret shared with the sender (RFC 2104).
    case hmacSHA256 = "hmac-sha256"
}

/// Whether it is known who sent a request. A message whose signature does not hold is refused and
/// never becomes a request, so there are two cases only.
package enum RequestAuthenticity: Hashable, Sendable, Codable {
    /// Nothing was verified: no signature, or no key to check it with. The desk asks for identity.
    case unauthenticated
    /// The signature holds under this key of the operator's key file.
    case verified(scheme: SignatureScheme, keyID: String)

    package var isVerified: Bool { self != .unauthenticated }
}
