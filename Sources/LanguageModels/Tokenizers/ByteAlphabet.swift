/// GPT-2's printable stand-ins for the 256 bytes, as they appear in vocabularies: printable Latin-1
/// stands for itself, the rest are mapped to U+0100 and on.
enum ByteAlphabet {
    static let characters: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (0..<256).map { byte in
            switch byte {
            case 0x21...0x7e, 0xa1...0xac, 0xae...0xff:
                return Unicode.Scalar(UInt8(byte))
            default:
                defer { next += 1 }
                return Unicode.Scalar(next) ?? Unicode.Scalar(UInt8(0x3f))
            }
        }
    }()

    private static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
        uniqueKeysWithValues: characters.enumerated().map { ($0.element, UInt8($0.offset)) })

    /// The bytes a vocabulary entry stands for; nil if it holds other characters.
    static func decode(_ entry: String) -> [UInt8]? {
        var result: [UInt8] = []
        for scalar in entry.unicodeScalars {
            guard let byte = bytes[scalar] else { return nil }
            result.append(byte)
        }
        return result
    }

    static func encode(_ token: [UInt8]) -> String {
        var text = String.UnicodeScalarView()
        for byte in token { text.append(characters[Int(byte)]) }
        return String(text)
    }
}
