import Crypto
import CryptoExtras
import Domain
import Foundation

/// How a key file is protected by a passphrase: scrypt (RFC 7914), then AES-256-GCM.
package struct PassphraseProtection: Codable, Equatable {
    let kdf: String
    /// N of the RFC: a power of two.
    let rounds: Int
    /// r of the RFC.
    let blockSize: Int
    /// p of the RFC.
    let parallelism: Int
    let salt: Data

    /// The first choice of OWASP's Password Storage Cheat Sheet for scrypt: 128 MiB of memory.
    static func fresh() -> PassphraseProtection {
        PassphraseProtection(
            kdf: "scrypt", rounds: 1 << 17, blockSize: 8, parallelism: 1,
            salt: VaultKeys.random())
    }

    func seal(_ content: Data, passphrase: Data) throws -> Data {
        guard
            let sealed = try AES.GCM.seal(
                content, using: try key(passphrase), authenticating: Self.name
            ).combined
        else { throw Self.wrong(nil) }
        return sealed
    }

    /// - Throws: `passphrase-wrong`; `malformed-key` for parameters that are out of bounds.
    func open(_ sealed: Data, passphrase: Data) throws -> Data {
        let key = try key(passphrase)
        do {
            return try AES.GCM.open(
                try AES.GCM.SealedBox(combined: sealed), using: key, authenticating: Self.name)
        } catch { throw Self.wrong(error) }
    }

    /// The bounds keep a changed file from asking for all memory, or for none of the work.
    private func key(_ passphrase: Data) throws -> SymmetricKey {
        guard kdf == "scrypt", (1 << 14...1 << 20).contains(rounds),
            rounds & (rounds - 1) == 0, (1...16).contains(blockSize),
            (1...16).contains(parallelism), salt.count >= 16
        else {
            throw CaseworkError(
                .malformedKey, "The key file's protection has parameters that are not allowed.",
                remedy: "Restore the key file from a backup.")
        }
        return try Self.derive(
            passphrase, salt: salt, rounds: rounds, blockSize: blockSize,
            parallelism: parallelism, byteCount: 32)
    }

    /// scrypt as such.
    package static func derive(
        _ passphrase: Data, salt: Data, rounds: Int, blockSize: Int, parallelism: Int,
        byteCount: Int
    ) throws -> SymmetricKey {
        try KDF.Scrypt.deriveKey(
            from: passphrase, salt: salt, outputByteCount: byteCount, rounds: rounds,
            blockSize: blockSize, parallelism: parallelism)
    }

    private static let name = Data("lethe.vault.keys.v1".utf8)

    private static func wrong(_ cause: (any Error)?) -> CaseworkError {
        CaseworkError(
            .passphraseWrong, "The passphrase does not open the vault's key file.",
            remedy: "Try again; a lost passphrase cannot be replaced.", cause: cause)
    }
}
