import Domain

/// A piece of HTML that is safe by construction: what is interpolated into a literal is escaped,
/// except other fragments. Every element is closed, so that the pages are well-formed XML, too.
package struct HTMLFragment: ExpressibleByStringInterpolation, Sendable {
    package private(set) var markup: String

    package init(stringLiteral value: String) { markup = value }
    package init(stringInterpolation: Interpolation) { markup = stringInterpolation.markup }
    private init(markup: String) { self.markup = markup }

    package static let empty: HTMLFragment = ""

    package static func joined(_ fragments: some Sequence<HTMLFragment>) -> HTMLFragment {
        HTMLFragment(markup: fragments.map(\.markup).joined())
    }

    package var isEmpty: Bool { markup.isEmpty }

    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var markup = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            markup.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        package mutating func appendLiteral(_ literal: String) { markup += literal }
        package mutating func appendInterpolation(_ fragment: HTMLFragment) {
            markup += fragment.markup
        }
        package mutating func appendInterpolation(_ text: String) {
            markup += HTMLFragment.escaped(text)
        }
        package mutating func appendInterpolation(_ number: some FixedWidthInteger) {
            markup += String(number)
        }
        /// A length or place in a picture, to a tenth.
        package mutating func appendInterpolation(at coordinate: Double) {
            markup += NumberText.coordinate(coordinate)
        }
        package mutating func appendInterpolation(_ time: Timestamp) {
            let text = time.description
            markup +=
                "<time datetime=\"\(text)\">"
                + "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC</time>"
        }
        package mutating func appendInterpolation(_ digest: Digest) {
            markup += "<code class=\"digest\">\(digest.hexadecimal)</code>"
        }
    }

    /// Escapes markup, and shows control characters and those that turn the direction of writing by
    /// their number: a name must not be able to rearrange the text around it.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where isDeceptive(scalar):
                result += "[U+\(String(scalar.value, radix: 16, uppercase: true))]"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isDeceptive(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
            0xFFF9...0xFFFB, 0xFFFE...0xFFFF, 0xE0000...0xE0FFF:
            true
        default: false
        }
    }
}
