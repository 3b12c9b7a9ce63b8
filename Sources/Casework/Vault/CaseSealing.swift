import Crypto
import Domain
import Foundation

/// Personal data that belongs to a case beside its request, kept in files: sealed under keys that the
/// case's own key gives, so that it cannot be read any more once that key is destroyed.
extension SQLiteCaseStore {
    /// AES-256-GCM; case and purpose are authenticated.
    /// - Parameter purpose: permanent, as for `derivedKey(of:for:)`.
    /// - Throws: `case-not-found`, `vault-shredded`, `vault-unreadable`.
    package func sealed(_ content: Data, of id: CaseID, for purpose: String) throws -> Data {
        let key = SymmetricKey(data: try derivedKey(of: id, for: purpose))
        guard
            let sealed = try AES.GCM.seal(
                content, using: key, authenticating: Self.sealName(id, purpose)
            ).combined
        else { throw Vault.unreadable(id, nil) }
        return sealed
    }

    /// - Throws: as `sealed(_:of:for:)`; `vault-unreadable` also if a byte was changed, or it was sealed
    ///   for another case or purpose.
    package func unsealed(_ sealed: Data, of id: CaseID, for purpose: String) throws -> Data {
        let key = SymmetricKey(data: try derivedKey(of: id, for: purpose))
        do {
            return try AES.GCM.open(
                try AES.GCM.SealedBox(combined: sealed), using: key,
                authenticating: Self.sealName(id, purpose))
        } catch { throw Vault.unreadable(id, error) }
    }

    /// HMAC-SHA-256 under a key of the case: equal contents give equal digests, nobody else can test a
    /// guess, and nobody at all once the case's key is destroyed.
    /// - Throws: as `sealed(_:of:for:)`.
    package func keyedDigest(
        of content: Data, of id: CaseID, for purpose: String
    ) throws -> Domain.Digest {
        let key = SymmetricKey(data: try derivedKey(of: id, for: purpose + "/digest"))
        let code = HMAC<SHA256>.authenticationCode(for: content, using: key)
        guard let digest = Domain.Digest(hexadecimal: hexadecimalText(code)) else {
            throw Vault.unreadable(id, nil)
        }
        return digest
    }

    private static func sealName(_ id: CaseID, _ purpose: String) -> Data {
        Data("\(purpose) \(id)".utf8)
    }

    /// Looks for the person's identifiers in a text before anything is done that keeps it for ever.
    /// - Throws: `case-not-found`, `personal-data-in-reason`.
    package func refusePersonalData(in text: String, of id: CaseID) throws {
        try read { db in
            _ = try Self.record(id, in: db)
            try refusePersonalData(in: text, of: id, in: db)
        }
    }
}
