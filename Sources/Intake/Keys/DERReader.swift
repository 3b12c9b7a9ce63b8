import Foundation

/// As much of DER (X.690) as it takes to find a public key: elements with definite lengths.
struct DERReader {
    struct Element {
        let tag: UInt8
        let content: Data
        /// Tag, length and content.
        let whole: Data
    }

    static let sequence: UInt8 = 0x30
    static let objectIdentifier: UInt8 = 0x06
    static let bitString: UInt8 = 0x03

    private var rest: Data

    init(_ data: Data) { rest = data }

    /// The next element; nil at the end or where the bytes are no DER.
    mutating func next() -> Element? {
        let start = rest
        guard let tag = rest.popFirst(), tag & 0x1F != 0x1F, let first = rest.popFirst() else {
            return nil
        }
        var count = Int(first)
        if first >= 0x80 {
            let byteCount = Int(first & 0x7F)
            guard (1...4).contains(byteCount), rest.count >= byteCount else { return nil }
            count = 0
            for _ in 0..<byteCount { count = count << 8 | Int(rest.popFirst() ?? 0) }
        }
        guard count <= rest.count else { return nil }
        let content = Data(rest.prefix(count))
        rest = rest.dropFirst(count)
        return Element(
            tag: tag, content: content, whole: Data(start.prefix(start.count - rest.count)))
    }

    /// The next element, if it has this tag.
    mutating func next(_ tag: UInt8) -> Element? {
        guard let element = next(), element.tag == tag else { return nil }
        return element
    }

    /// The SubjectPublicKeyInfo inside an X.509 certificate (RFC 5280, 4.1): the element after the
    /// subject. The certificate's own signature and dates are not looked at: whoever puts it into
    /// the key file trusts it.
    static func publicKeyInfo(inCertificate der: Data) -> Data? {
        var outer = DERReader(der)
        guard let certificate = outer.next(sequence) else { return nil }
        var parts = DERReader(certificate.content)
        guard let toBeSigned = parts.next(sequence) else { return nil }
        var fields = DERReader(toBeSigned.content)
        var field = fields.next()
        if field?.tag == 0xA0 { field = fields.next() }  // version; then serial number,
        for _ in 0..<4 where fields.next(sequence) == nil { return nil }  // algorithm ... subject
        return field == nil ? nil : fields.next(sequence)?.whole
    }

    /// Algorithm (content of the object identifier) and key bits of a SubjectPublicKeyInfo.
    static func algorithmAndKey(ofPublicKeyInfo der: Data) -> (algorithm: [UInt8], key: Data)? {
        var outer = DERReader(der)
        guard let info = outer.next(sequence) else { return nil }
        var parts = DERReader(info.content)
        guard let algorithm = parts.next(sequence), let bits = parts.next(bitString),
            bits.content.first == 0
        else { return nil }
        var names = DERReader(algorithm.content)
        guard let name = names.next(objectIdentifier) else { return nil }
        return ([UInt8](name.content), Data(bits.content.dropFirst()))
    }
}

/// The armour of RFC 7468.
enum PEMText {
    /// Label and bytes of the first block.
    static func decode(_ text: String) -> (label: String, der: Data)? {
        let lines = text.split(whereSeparator: \.isNewline).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        guard let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") }),
            lines[begin].hasSuffix("-----")
        else { return nil }
        let label = String(lines[begin].dropFirst(11).dropLast(5))
        guard let end = lines[begin...].firstIndex(of: "-----END \(label)-----") else { return nil }
        let body = lines[(begin + 1)..<end].joined()
        return Base64Text.decode(body.utf8).map { (label, $0) }
    }
}
