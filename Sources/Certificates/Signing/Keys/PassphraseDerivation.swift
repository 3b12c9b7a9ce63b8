import Crypto
import CryptoExtras
import Domain
import Foundation

/// How a key is made from a passphrase, as PBES2 names it. Work and memory are bounded, for the
/// numbers come from a file: one that asks for an hour, or for all memory, is refused.
enum PassphraseDerivation: Equatable {
    case pbkdf2(salt: Data, rounds: Int, hash: Hash)
    /// N, r and p of RFC 7914.
    case scrypt(salt: Data, rounds: Int, blockSize: Int, parallelism: Int)

    enum Hash: CaseIterable {
        case sha256, sha384, sha512

        /// The HMAC's identifier.
        var identifier: ObjectIdentifierText {
            switch self {
            case .sha256: "1.2.840.113549.2.9"
            case .sha384: "1.2.840.113549.2.10"
            case .sha512: "1.2.840.113549.2.11"
            }
        }

        var function: KDF.Insecure.PBKDF2.HashFunction {
            switch self {
            case .sha256: .sha256
            case .sha384: .sha384
            case .sha512: .sha512
            }
        }
    }

    private static let pbkdf2Name: ObjectIdentifierText = "1.2.840.113549.1.5.12"
    private static let scryptName: ObjectIdentifierText = "1.3.6.1.4.1.11591.4.11"
    /// A few seconds at most.
    static let maximumRoundCount = 10_000_000
    /// 1 GiB, eight times what OWASP recommends.
    static let maximumMemoryByteCount = 1 << 30
    /// N r p: two passes over that memory.
    private static let maximumWork = 1 << 24
    private static let saltByteCounts = 8...1024

    /// Reads the `AlgorithmIdentifier` that comes next.
    init(reading reader: inout DERReader, keyByteCount: Int) throws {
        var algorithm = try reader.enterSequence("the key derivation")
        let name = try algorithm.objectIdentifier("the key derivation's name")
        guard name == Self.pbkdf2Name || name == Self.scryptName else {
            throw EncryptedPrivateKey.unknownAlgorithm("key derivation", name)
        }
        var parameters = try algorithm.enterSequence("the derivation's parameters")
        try algorithm.finish("the derivation's parameters")
        let salt = try parameters.content(DERReader.Tag.octetString, "the salt")
        guard Self.saltByteCounts.contains(salt.count) else {
            throw EncryptedPrivateKey.malformed("its salt has \(salt.count) bytes, not 8 to 1024")
        }
        let rounds = try parameters.smallInteger("the number of rounds")
        if name == Self.pbkdf2Name {
            try Self.checkKeyLength(&parameters, keyByteCount)
            self = .pbkdf2(salt: salt, rounds: rounds, hash: try Self.hash(&parameters))
        } else {
            let blockSize = try parameters.smallInteger("the block size")
            let parallelism = try parameters.smallInteger("the parallelism")
            try Self.checkKeyLength(&parameters, keyByteCount)
            self = .scrypt(
                salt: salt, rounds: rounds, blockSize: blockSize, parallelism: parallelism)
        }
        try parameters.finish("the derivation's parameters")
        try checkBounds()
    }

    func key(_ passphrase: Data, byteCount: Int) throws -> SymmetricKey {
        switch self {
        case .pbkdf2(let salt, let rounds, let hash):
            // Old files have few rounds; they are read all the same, and written anew with more.
            try KDF.Insecure.PBKDF2.deriveKey(
                from: passphrase, salt: salt, using: hash.function, outputByteCount: byteCount,
                unsafeUncheckedRounds: rounds)
        case .scrypt(let salt, let rounds, let blockSize, let parallelism):
            try KDF.Scrypt.deriveKey(
                from: passphrase, salt: salt, outputByteCount: byteCount, rounds: rounds,
                blockSize: blockSize, parallelism: parallelism,
                maxMemory: Self.maximumMemoryByteCount + 1 << 20)
        }
    }

    /// For PBKDF2, the only one that is written.
    var algorithmIdentifier: Data {
        switch self {
        case .pbkdf2(let salt, let rounds, let hash):
            DERWriter.sequence([
                DERWriter.objectIdentifier(Self.pbkdf2Name),
                DERWriter.sequence([
                    DERWriter.octetString(salt), DERWriter.unsignedInteger(rounds),
                    DERWriter.sequence([
                        DERWriter.objectIdentifier(hash.identifier), DERWriter.null,
                    ]),
                ]),
            ])
        case .scrypt(let salt, let rounds, let blockSize, let parallelism):
            DERWriter.sequence([
                DERWriter.objectIdentifier(Self.scryptName),
                DERWriter.sequence(
                    [DERWriter.octetString(salt)]
                        + [rounds, blockSize, parallelism].map { DERWriter.unsignedInteger($0) }),
            ])
        }
    }

    private func checkBounds() throws {
        switch self {
        case .pbkdf2(_, let rounds, _):
            guard (1...Self.maximumRoundCount).contains(rounds) else {
                throw EncryptedPrivateKey.malformed(
                    "it asks for \(rounds) rounds; 1 to \(Self.maximumRoundCount) are allowed")
            }
        case .scrypt(_, let rounds, let blockSize, let parallelism):
            guard (2...1 << 24).contains(rounds), rounds & (rounds - 1) == 0,
                (1...256).contains(blockSize), (1...64).contains(parallelism),
                128 * rounds * blockSize <= Self.maximumMemoryByteCount,
                rounds * blockSize * parallelism <= Self.maximumWork
            else {
                throw EncryptedPrivateKey.malformed(
                    "it asks scrypt for N \(rounds), r \(blockSize), p \(parallelism), which "
                        + "is not allowed or takes more than 1 GiB")
            }
        }
    }

    private static func checkKeyLength(
        _ parameters: inout DERReader, _ expected: Int
    ) throws {
        guard parameters.nextTag == DERReader.Tag.integer else { return }
        let count = try parameters.smallInteger("the key's length")
        guard count == expected else {
            throw EncryptedPrivateKey.malformed("it asks for a key of \(count) bytes, not 32")
        }
    }

    private static func hash(_ parameters: inout DERReader) throws -> Hash {
        // Without a name it is HMAC-SHA1 (RFC 8018, A.2).
        var name: ObjectIdentifierText = "1.2.840.113549.2.7"
        if !parameters.isAtEnd {
            var algorithm = try parameters.enterSequence("the pseudorandom function")
            name = try algorithm.objectIdentifier("the pseudorandom function's name")
            try algorithm.skip(DERReader.Tag.null, "its parameters")
            try algorithm.finish("the pseudorandom function")
        }
        guard let hash = Hash.allCases.first(where: { $0.identifier == name }) else {
            throw EncryptedPrivateKey.unknownAlgorithm("pseudorandom function", name)
        }
        return hash
    }
}
