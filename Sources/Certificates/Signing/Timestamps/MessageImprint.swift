import Crypto
import Domain
import Foundation

/// The digest that a time-stamp is about (RFC 3161, section 2.4.1).
package struct MessageImprint: Sendable, Equatable {
    package enum Algorithm: String, Sendable, CaseIterable {
        case sha256, sha384, sha512

        var identifier: ObjectIdentifierText {
            switch self {
            case .sha256: "2.16.840.1.101.3.4.2.1"
            case .sha384: "2.16.840.1.101.3.4.2.2"
            case .sha512: "2.16.840.1.101.3.4.2.3"
            }
        }

        func digest(_ data: Data) -> Data {
            switch self {
            case .sha256: Data(SHA256.hash(data: data))
            case .sha384: Data(SHA384.hash(data: data))
            case .sha512: Data(SHA512.hash(data: data))
            }
        }

        var byteCount: Int {
            switch self {
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }
    }

    package let algorithm: Algorithm
    package let digest: Data

    package init(of data: Data, algorithm: Algorithm = .sha256) {
        self.algorithm = algorithm
        digest = algorithm.digest(data)
    }

    /// - Throws: `DERReader.Defect`.
    init(reading reader: inout DERReader) throws {
        var imprint = try reader.enterSequence("the imprint")
        var identifier = try imprint.enterSequence("the digest algorithm")
        let name = try identifier.objectIdentifier("the digest algorithm's name")
        try identifier.skip(DERReader.Tag.null, "the digest algorithm's parameters")
        try identifier.finish("the digest algorithm")
        guard let algorithm = Algorithm.allCases.first(where: { $0.identifier == name }) else {
            throw DERReader.Defect(
                defect: .unknownAlgorithm,
                rule: "the digest algorithm \(name) is not SHA-256, SHA-384 or SHA-512")
        }
        digest = try imprint.content(DERReader.Tag.octetString, "the digest")
        try imprint.finish("the digest")
        guard digest.count == algorithm.byteCount else {
            throw DERReader.Defect(
                defect: .unexpectedValue,
                rule: "the digest has \(digest.count) bytes, not \(algorithm.byteCount)")
        }
        self.algorithm = algorithm
    }

    /// With the NULL that OpenSSL writes.
    var derRepresentation: Data {
        DERWriter.sequence([
            DERWriter.sequence([
                DERWriter.objectIdentifier(algorithm.identifier), DERWriter.null,
            ]),
            DERWriter.octetString(digest),
        ])
    }

    /// Whether it is the digest of exactly these bytes.
    package func matches(_ data: Data) -> Bool { algorithm.digest(data) == digest }
}
