import Domain
import Foundation

/// What a verifier trusts: a key history, or one key without any dates.
package enum TrustedKeys: Sendable, Equatable {
    case history(KeyHistory)
    /// It is trusted in every role and at all times.
    case key(PublicKey)

    /// Reads a key history (JSON) or a public key (PEM), whichever the file holds.
    /// - Throws: `malformed-key-history`, `malformed-key`.
    package init(parsing data: Data) throws {
        if data.first == UInt8(ascii: "{") {
            self = .history(try KeyHistory(parsing: data))
        } else {
            self = .key(try PublicKey(pem: String(decoding: data, as: UTF8.self)))
        }
    }

    /// - Throws: `file-unreadable`, and what `init(parsing:)` throws.
    package init(contentsOf url: URL) throws {
        try self.init(parsing: DurableFile.read(url, atMost: KeyHistory.maximumByteCount))
    }

    /// The keys whose signatures can be verified for this role; `judge` tells for when.
    package func keys(role: KeyHistory.Role) -> [PublicKey] {
        switch self {
        case .history(let history): history.keys(role: role)
        case .key(let key): [key]
        }
    }

    /// As `KeyHistory.judge`; a single key is valid whenever it is the one.
    package func judge(
        keyID: Digest, role: KeyHistory.Role, signedAt: Timestamp, provenBefore: Timestamp? = nil
    ) -> KeyJudgement {
        switch self {
        case .history(let history):
            history.judge(
                keyID: keyID, role: role, signedAt: signedAt, provenBefore: provenBefore)
        case .key(let key): key.keyID == keyID ? .valid : .unknown(otherRole: nil)
        }
    }
}
