import Domain
import Foundation

/// Whether a key could sign what it signed.
package enum KeyJudgement: Sendable, Equatable {
    case valid
    case notYetValid(from: Timestamp)
    /// It was rotated, and the overlap had ended.
    case expired(at: Timestamp)
    case revoked(KeyHistory.Revocation)
    /// It is not in the history, or has another role there.
    case unknown(otherRole: KeyHistory.Role?)

    /// - Throws: `unknown-key`, `key-not-yet-valid`, `key-expired`, `key-revoked`; nothing if valid.
    package func require(
        keyID: Digest, role: KeyHistory.Role, signedAt: Timestamp
    ) throws {
        guard let (code, what, remedy) = refusal(role) else { return }
        throw CertificateError(
            code, "The key \(keyID.short) could not sign on \(signedAt): \(what).",
            details: [
                "keyID": keyID.hexadecimal, "role": role.rawValue,
                "signedAt": signedAt.description,
            ],
            remedy: remedy)
    }

    private func refusal(
        _ role: KeyHistory.Role
    ) -> (code: CertificateErrorCode, what: String, remedy: String)? {
        let ask = "Ask the issuer for a certificate signed with a valid key."
        return switch self {
        case .valid: nil
        case .notYetValid(let start):
            (.keyNotYetValid, "it is valid from \(start) on", ask)
        case .expired(let end):
            (.keyExpired, "it was replaced, and valid until \(end)", ask)
        case .revoked(let revocation) where revocation.reason == .compromised:
            (
                .keyRevoked,
                "it is compromised since \(revocation.at), so its dates prove nothing",
                "A time-stamp or a witnessed log checkpoint from before would prove the date."
            )
        case .revoked(let revocation):
            (.keyRevoked, "it was revoked (\(revocation.reason.rawValue)) on \(revocation.at)", ask)
        case .unknown(let other?):
            (.unknownKey, "it is known as key of role \(other.rawValue), not \(role.rawValue)", ask)
        case .unknown(nil):
            (
                .unknownKey, "it is not in the key history",
                "Get the issuer's present key history; this one may be older than the certificate."
            )
        }
    }
}

extension KeyHistory {
    /// Judges a signature by what the signed document says of its date.
    ///
    /// A date is a claim of whoever held the key. It is believed of a key that only its owner
    /// had; of a compromised one, only outside evidence from before counts.
    /// - Parameters:
    ///   - signedAt: the document's own date.
    ///   - provenBefore: a moment at which the signed bytes are shown to have existed, by a
    ///     verified time-stamp or a witnessed checkpoint; nil without such evidence.
    package func judge(
        keyID: Digest, role: Role, signedAt: Timestamp, provenBefore: Timestamp? = nil
    ) -> KeyJudgement {
        guard let entry = entry(keyID) else { return .unknown(otherRole: nil) }
        guard entry.role == role else { return .unknown(otherRole: entry.role) }
        if let revocation = entry.revocation, revocation.reason == .compromised,
            provenBefore.map({ $0 >= revocation.at }) ?? true
        {
            return .revoked(revocation)
        }
        guard entry.notBefore <= signedAt else { return .notYetValid(from: entry.notBefore) }
        if let revocation = entry.revocation, revocation.at <= signedAt {
            return .revoked(revocation)
        }
        if let end = entry.notAfter, end < signedAt { return .expired(at: end) }
        return .valid
    }
}
