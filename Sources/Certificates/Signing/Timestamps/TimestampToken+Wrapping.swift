import Domain
import Foundation

/// What a time-stamp's content is wrapped in, and its rarer fields.
extension TimestampToken {
    private static let signedData: ObjectIdentifierText = "1.2.840.113549.1.7.2"
    private static let timestampInfo: ObjectIdentifierText = "1.2.840.113549.1.9.16.1.4"

    /// The bare token, from itself or from the answer it stands in.
    static func token(in data: Data) throws(DERReader.Defect) -> Data {
        var reader = DERReader(data)
        var whole = try reader.enterSequence("the time-stamp")
        try reader.finish("the time-stamp")
        guard whole.nextTag == DERReader.Tag.sequence else { return data }
        var status = try whole.enterSequence("the status")
        let value = try status.smallInteger("the status")
        // 0: granted; 1: granted with changes (RFC 3161, section 2.4.2).
        guard value <= 1 else {
            throw DERReader.Defect(
                defect: .unexpectedValue, rule: "the authority refused it with the status \(value)")
        }
        let content = try whole.content(DERReader.Tag.sequence, "the token")
        try whole.finish("the token")
        return DERWriter.element(DERReader.Tag.sequence, content)
    }

    /// The content that the authority signed.
    static func content(of token: Data) throws(DERReader.Defect) -> DERReader {
        var reader = DERReader(token)
        var info = try reader.enterSequence("the token")
        let kind = try info.objectIdentifier("the token's kind")
        guard kind == signedData else {
            throw DERReader.Defect(
                defect: .wrongType, rule: "the token is of the kind \(kind), not signed data")
        }
        var wrapped = try info.enter(DERReader.Tag.context(0), "the signed data")
        try info.finish("the signed data")
        var signed = try wrapped.enterSequence("the signed data")
        try wrapped.finish("the signed data")
        _ = try signed.smallInteger("the version of the signed data")
        _ = try signed.content(DERReader.Tag.set, "the digest algorithms")
        var inner = try signed.enterSequence("the signed content")
        let innerKind = try inner.objectIdentifier("the signed content's kind")
        guard innerKind == timestampInfo else {
            throw DERReader.Defect(
                defect: .wrongType,
                rule: "the signed content is of the kind \(innerKind), not a time-stamp")
        }
        var explicit = try inner.enter(DERReader.Tag.context(0), "the signed content")
        try inner.finish("the signed content")
        let bytes = try explicit.content(DERReader.Tag.octetString, "the signed content")
        try explicit.finish("the signed content")
        try signed.skip(DERReader.Tag.context(0), "the certificates")
        try signed.skip(DERReader.Tag.context(1), "the revocation lists")
        let signers = try signed.content(DERReader.Tag.set, "the signers")
        try signed.finish("the signers")
        guard !signers.isEmpty else {
            throw DERReader.Defect(defect: .missing, rule: "nobody signed the token")
        }
        return DERReader(bytes)
    }

    /// Seconds of `Accuracy`, rounded up; 0 if there is none.
    static func accuracySeconds(_ info: inout DERReader) throws(DERReader.Defect) -> Int {
        guard info.nextTag == DERReader.Tag.sequence else { return 0 }
        var accuracy = try info.enterSequence("the accuracy")
        var seconds = 0
        if accuracy.nextTag == DERReader.Tag.integer {
            seconds = try accuracy.smallInteger("the accuracy")
        }
        guard seconds <= 86_400 else {
            throw DERReader.Defect(
                defect: .unexpectedValue, rule: "its accuracy is worse than a day")
        }
        // Milliseconds and microseconds together are below two seconds, and below one by the text.
        let hasMilliseconds = try accuracy.skip(DERReader.Tag.implicit(0), "the milliseconds")
        let hasMicroseconds = try accuracy.skip(DERReader.Tag.implicit(1), "the microseconds")
        try accuracy.finish("the accuracy")
        return seconds + (hasMilliseconds ? 1 : 0) + (hasMicroseconds ? 1 : 0)
    }

    /// `YYYYMMDDhhmmss[.f]Z`, the only form of DER; the fraction has no trailing zero.
    static func time(_ bytes: Data) -> (whole: Timestamp, hasFraction: Bool)? {
        guard let text = String(validating: bytes, as: UTF8.self), text.utf8.last == 90 else {
            return nil
        }
        let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first.map({ Array($0.utf8) }), parts.count <= 2,
            whole.count == 14, whole.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
                let last = parts[1].utf8.last, last != 48
            else { return nil }
        }
        func field(_ from: Int, _ count: Int) -> String {
            String(decoding: whole[from..<from + count], as: UTF8.self)
        }
        let date = "\(field(0, 4))-\(field(4, 2))-\(field(6, 2))"
        let clock = "\(field(8, 2)):\(field(10, 2)):\(field(12, 2))"
        return Timestamp("\(date)T\(clock)Z").map { ($0, parts.count == 2) }
    }
}
