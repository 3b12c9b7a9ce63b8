import Domain
import Foundation

/// An in-toto Statement v1 whose subjects are the model after the deletion, as a folder and file by
/// file, and whose predicate is a `DeletionCertificate`.
///
/// Reference: in-toto/attestation, spec v1, `statement.md`. Unknown members are ignored.
struct Statement: Encodable {
    static let type = "https://in-toto.io/Statement/v1"
    static let payloadType = "application/vnd.in-toto+json"

    struct Subject: Codable, Equatable {
        let name: String
        let digest: [String: String]

        init(_ name: String, _ digest: Digest) {
            self.name = name
            self.digest = ["sha256": digest.hexadecimal]
        }
    }

    let certificate: DeletionCertificate

    private enum CodingKeys: String, CodingKey {
        case type = "_type"
        case subject, predicateType, predicate
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.type, forKey: .type)
        try container.encode(certificate.model.subjects, forKey: .subject)
        try container.encode(DeletionCertificate.predicateType, forKey: .predicateType)
        try container.encode(certificate, forKey: .predicate)
    }

    init(_ certificate: DeletionCertificate) { self.certificate = certificate }

    /// Reads a statement from the bytes that were signed.
    /// - Throws: `malformed-statement`, `wrong-statement-type`, `wrong-predicate-type`,
    ///   `malformed-subject`, `malformed-predicate`, `subject-mismatch`.
    init(parsing payload: Data) throws {
        let document: JSONValue
        do {
            document = try JSONParser.parse(
                payload, limits: .init(depth: 32, byteCount: Envelope.maximumByteCount))
        } catch let error as DomainError {
            throw Self.failure(
                .malformedStatement, "The signed content is not a statement. \(error.message)",
                cause: error)
        }
        let type = document["_type"]?.text
        guard type.map({ $0.utf8.elementsEqual(Self.type.utf8) }) == true else {
            throw Self.failure(
                .wrongStatementType,
                "The signed content is not an in-toto statement of version 1 (_type is "
                    + "\(shown(type ?? "missing"))).")
        }
        let predicateType = document["predicateType"]?.text
        guard
            predicateType.map({ $0.utf8.elementsEqual(DeletionCertificate.predicateType.utf8) })
                == true
        else {
            throw Self.failure(
                .wrongPredicateType,
                "The statement is not about a deletion (predicateType is "
                    + "\(shown(predicateType ?? "missing"))).")
        }
        let subjects = try Self.subjects(of: document)
        do {
            certificate = try JSONDecoder().decode(Predicate.self, from: payload).predicate
        } catch {
            throw Self.failure(
                .malformedPredicate,
                "The statement's predicate is not a deletion certificate: "
                    + "\(Self.position(of: error)).",
                cause: error)
        }
        guard subjects == certificate.model.subjects else {
            throw Self.failure(
                .subjectMismatch,
                "The statement's subjects are not the model and the files that its certificate "
                    + "names.")
        }
    }

    private struct Predicate: Decodable {
        let predicate: DeletionCertificate
    }

    private static func subjects(of document: JSONValue) throws -> [Subject] {
        guard let items = document["subject"]?.items, !items.isEmpty else {
            throw failure(.malformedSubject, "The statement has no subject, the model.")
        }
        return try items.enumerated().map { index, item in
            guard let name = item["name"]?.text else {
                throw failure(
                    .malformedSubject, "Subject \(index + 1) of the statement has no name.")
            }
            guard let text = item["digest"]?["sha256"]?.text,
                let digest = Digest(hexadecimal: text)
            else {
                throw failure(
                    .malformedSubject,
                    "Subject \(index + 1) of the statement has no SHA-256 digest of 64 lower-case "
                        + "digits.")
            }
            return Subject(name, digest)
        }
    }

    private static func failure(
        _ code: CertificateErrorCode, _ message: String, cause: (any Error)? = nil
    ) -> CertificateError {
        CertificateError(
            code, message, remedy: "Ask the issuer for the original certificate.", cause: cause)
    }

    /// Where and why decoding stopped, without the content.
    private static func position(of error: any Error) -> String {
        func path(_ keys: [any CodingKey]) -> String {
            keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        }
        return switch error as? DecodingError {
        case .keyNotFound(let key, let context):
            "\(path(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(path(context.codingPath)) has another type than expected"
        case .dataCorrupted(let context): "\(path(context.codingPath)) is not valid"
        default: "it cannot be read"
        }
    }
}

extension DeletionCertificate.Model {
    /// First the folder, then each file, so that whoever holds one file alone finds it. A verifier
    /// matches by digest.
    var subjects: [Statement.Subject] {
        [Statement.Subject(name, folderDigest)]
            + files.map { Statement.Subject("\(name)/\($0.path)", $0.digest) }
    }
}
