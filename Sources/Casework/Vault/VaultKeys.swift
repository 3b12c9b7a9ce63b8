import Crypto
import Domain
import Foundation

/// The bytes of a workspace's keys.
struct VaultKeys: Codable, Equatable {
    /// What case keys are wrapped under. The last one is the newest; there are two only while the key
    /// is being changed.
    var wrapping: [Data]
    /// What digests are keyed with; it stays.
    let digest: Data

    init(wrapping: [Data], digest: Data) {
        self.wrapping = wrapping
        self.digest = digest
    }

    /// What a workspace begins with: one key for both.
    init(masterKey: Data) throws {
        try Self.check(masterKey)
        let digest = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: masterKey),
            info: Data("lethe.source-id.v1".utf8), outputByteCount: 32)
        self.init(wrapping: [masterKey], digest: digest.withUnsafeBytes { Data($0) })
    }

    static func random() -> Data { SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) } }

    /// 32 bytes for a purpose of its own; they do not tell anything about the key.
    static func derived(from key: Data, for purpose: String) -> Data {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key), info: Data(purpose.utf8),
            outputByteCount: 32
        ).withUnsafeBytes { Data($0) }
    }

    /// Names a key without telling anything about it.
    static func id(of key: Data) -> String {
        let derived = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key),
            info: Data("lethe.vault.key-id.v1".utf8), outputByteCount: 8)
        return derived.withUnsafeBytes { hexadecimalText($0) }
    }

    /// - Throws: `malformed-key` unless there are 32 bytes.
    static func check(_ key: Data) throws {
        guard key.count == 32 else {
            throw CaseworkError(
                .malformedKey, "The master key has \(key.count) bytes instead of 32.",
                remedy: "Restore the key file from a backup; without it no request can be read.")
        }
    }
}
