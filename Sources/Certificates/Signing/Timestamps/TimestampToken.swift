import Domain
import Foundation

/// A time-stamp of an authority: that a digest existed at a time.
///
/// Reference: RFC 3161, section 2.4.2, inside CMS SignedData (RFC 5652). Its content is read and compared with
/// the stamped bytes. The authority's signature and certificates are NOT checked here: anybody could
/// write such a file. `openssl ts -verify` does that, and `notChecked` says so.
package struct TimestampToken: Sendable, Equatable {
    package let imprint: MessageImprint
    /// When the authority says it saw the digest; a fraction of a second is dropped.
    package let time: Timestamp
    /// The latest moment it can have been: a begun second and the stated accuracy are added.
    package let latestTime: Timestamp
    /// The authority's number of this stamp, hexadecimal.
    package let serialNumber: String
    /// The authority's policy as dotted decimal.
    package let policy: String
    /// The query's nonce, hexadecimal.
    package let nonce: String?
    /// The token as it has to be given to `openssl ts -verify -token_in`.
    package let token: Data

    /// Larger files are not read.
    static let maximumByteCount = 1 << 20

    /// What reading the token and `check(covers:nonce:)` show.
    package static let checked = [
        "The file is a time-stamp token in DER.",
        "Its digest is that of the given bytes, by SHA-256, SHA-384 or SHA-512.",
        "Its nonce is the query's, if one is given.",
    ]

    /// What only `openssl ts -verify` shows.
    package static let notChecked = [
        "The authority's signature over the token.",
        "The authority's certificate, its purpose, its chain to a trusted root, its revocation.",
        "The token's signed attributes, extensions and the name of the authority.",
    ]

    /// The command that checks the rest.
    /// - Parameter isToken: the file holds the bare token, not the authority's whole answer.
    package static func verificationCommand(
        data: String, file: String, isToken: Bool, authority: String = "tsa-ca.pem"
    ) -> String {
        "openssl ts -verify -data \(data) -in \(file)\(isToken ? " -token_in" : "") "
            + "-CAfile \(authority)"
    }

    /// Reads an authority's answer (`TimeStampResp`) or the bare token, in DER.
    /// - Throws: `malformed-timestamp` with the rule that is broken and its `FileDefect`, also for
    ///   an answer that grants nothing; `unknown-algorithm`.
    package init(parsing data: Data) throws {
        guard data.count <= Self.maximumByteCount else {
            throw Self.malformed(
                .init(
                    defect: .oversized,
                    rule: "it is larger than \(Self.maximumByteCount) bytes"))
        }
        do { try self.init(reading: data) } catch let defect as DERReader.Defect {
            throw Self.malformed(defect)
        }
    }

    /// Checks that the stamp is about exactly these bytes.
    /// - Parameter nonce: the one of the query, if there was one.
    /// - Throws: `timestamp-mismatch`.
    package func check(covers data: Data, nonce: Data? = nil) throws {
        guard imprint.matches(data) else {
            throw CertificateError(
                .timestampMismatch,
                "The time-stamp is about other bytes: its \(imprint.algorithm.rawValue) digest is "
                    + "not theirs.",
                details: ["imprint": hexadecimalText(imprint.digest)],
                remedy: "Give the file that was stamped, or its own time-stamp.")
        }
        guard let nonce else { return }
        guard self.nonce == hexadecimalText(Self.shortest(nonce)) else {
            throw CertificateError(
                .timestampMismatch, "The time-stamp does not answer this query: its nonce differs.",
                remedy: "Ask the authority again.")
        }
    }

    /// `TSTInfo` and what it is wrapped in.
    private init(reading data: Data) throws {
        token = try Self.token(in: data)
        var content = try Self.content(of: token)
        var info = try content.enterSequence("the time-stamp's content")
        try content.finish("the time-stamp's content")
        guard try info.smallInteger("the version") == 1 else {
            throw DERReader.Defect(defect: .unexpectedValue, rule: "its version is not 1")
        }
        policy = try info.objectIdentifier("the policy").description
        imprint = try MessageImprint(reading: &info)
        serialNumber = hexadecimalText(try info.unsignedInteger("the serial number"))
        let text = try info.content(DERReader.Tag.generalizedTime, "the time")
        guard let time = Self.time(text) else {
            throw DERReader.Defect(
                defect: .unexpectedValue, rule: "its time is not like 20260305091400Z")
        }
        self.time = time.whole
        let accuracy = try Self.accuracySeconds(&info)
        let later = accuracy + (time.hasFraction ? 1 : 0)
        latestTime = Timestamp(secondsSince1970: time.whole.secondsSince1970 + Int64(later))
        if info.nextTag == DERReader.Tag.boolean { _ = try info.boolean("the ordering") }
        nonce =
            info.nextTag == DERReader.Tag.integer
            ? hexadecimalText(try info.unsignedInteger("the nonce")) : nil
        try info.skip(DERReader.Tag.context(0), "the authority's name")
        try info.skip(DERReader.Tag.context(1), "the extensions")
        try info.finish("the time-stamp's content")
    }

    static func shortest(_ number: Data) -> Data {
        let digits = Data(number.drop { $0 == 0 })
        return digits.isEmpty ? Data([0]) : digits
    }

    static func malformed(_ defect: DERReader.Defect) -> CertificateError {
        CertificateError(
            defect.defect == .unknownAlgorithm ? .unknownAlgorithm : .malformedTimestamp,
            "This is not a usable time-stamp: \(defect.rule).",
            details: ["rule": defect.rule, "defect": defect.defect.rawValue],
            remedy: "Give the authority's answer as it came, e.g. the .tsr file.")
    }
}
